import SmartCard

/// What is being done with a card, to tell where something went wrong and to show progress.
public enum DNIeStage: Int, Comparable, CaseIterable, Sendable {
    /// Finding out what card it is.
    case recognition
    /// The channel over the air, by the card's number.
    case pace
    /// The chip's number and its own certificates.
    case identity
    /// The person's certificates.
    case files
    /// The secure channel.
    case channel
    /// The PIN.
    case pin
    /// The signature.
    case signature

    public static func < (one: DNIeStage, other: DNIeStage) -> Bool { one.rawValue < other.rawValue }
}

/// Why something can't be done with a card.
public enum DNIeError: Error, Equatable, Sendable {
    /// It is no DNIe, or not one that serves.
    case notUsable(CardKind)
    /// Over the air it answers as a DNIe, but has not a DNIe's files: a residence permit, perhaps.
    case notDNIe
    /// It is not the card that is meant.
    case otherCard
    /// The card access number is not this card's.
    case wrongCAN
    /// The number is needed and not there.
    case needsCAN
    /// The PIN is wrong; the tries that are left.
    case wrongPIN(triesLeft: Int)
    /// No tries are left: only the police's terminal helps.
    case blockedPIN
    /// The PIN must be verified first.
    case needsPIN
    /// The card was taken out or away.
    case removed(DNIeStage)
    /// The reader is not there any more.
    case readerGone(DNIeStage)
    /// The card says no; the status.
    case refused(DNIeStage, UInt16)
    /// What the card says has no form that is known.
    case malformed(DNIeStage)
    /// The card, or somebody in the way, can't prove what it says.
    case notAuthentic(DNIeStage)
    /// The card has no such key.
    case noKey
    /// The service or the reader failed; English, one line.
    case failed(DNIeStage, String)

    /// What a channel's failure means at a stage.
    init(_ error: CardError, _ stage: DNIeStage) {
        self =
            switch error {
            case .removed: .removed(stage)
            case .readerGone: .readerGone(stage)
            case .malformed: .malformed(stage)
            case .notAuthentic: .notAuthentic(stage)
            case .refused(let status): .refused(stage, status)
            case .failed(let words): .failed(stage, words)
            }
    }
}
