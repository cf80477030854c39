public import Localization
public import SmartCard

/// What people are told of readers and cards, and what to do, in their language.
public struct CardTexts {
    /// The most programs that are named at once.
    private static let namesLimit = 3

    private let t: Localizer

    public init(_ t: Localizer) { self.t = t }

    public func text(for situation: CardFinder.Situation) -> String {
        switch situation {
        case .noReader: t("No card reader is there. Connect one.")
        case .noCard: t("Hold the DNIe to the reader, or insert it…")
        case .mute: t("The card does not answer. Take it out, clean its chip, and insert it again the right way round.")
        case .otherCards(let kinds):
            kinds.lazy.compactMap { text(for: $0) }.first ?? t("The card in the reader is no DNIe.")
        }
    }

    /// Why a card of a kind does not serve; nil for one that does.
    public func text(for kind: CardKind) -> String? {
        switch kind {
        case .generation2, .generation3, .contactlessCandidate: nil
        case .unfinished: t("This DNIe was never handed over: it can't be used.")
        case .terminated, .burned: t("This DNIe has ended its life: it can't be used any more.")
        case .publicEmployee: t("This is a public employee's card, not a DNIe.")
        case .unknown: t("The card in the reader is no DNIe.")
        }
    }

    public func text(for error: ReaderError) -> String {
        switch error {
        case .noService, .serviceStopped:
            t("The card service (pcscd) does not run. Install it or start it: systemctl start pcscd.socket")
        case .serviceSilent(let seconds):
            t(
                "The card service (pcscd) has not answered for {1} seconds. Start it anew: systemctl restart pcscd.socket pcscd",
                "\(seconds)")
        case .readerGone: t("The card reader was disconnected.")
        case .noCard: t("No card is in the reader.")
        case .busy(let others): busy(others)
        case .mute: text(for: CardFinder.Situation.mute)
        case .unsupported: t("Reader and card don't understand each other. Try another reader.")
        case .cancelled: t("Nothing was done.")
        case .timedOut: t("No card came. Start again when you have it.")
        case .card(let error): text(for: DNIeError(error, .recognition))
        case .failed(let detail): t("The card or its reader failed: {1}", detail)
        }
    }

    public func text(for error: DNIeError) -> String {
        switch error {
        case .notUsable(let kind): text(for: kind) ?? t("The card in the reader is no DNIe.")
        case .notDNIe: t("The card in the reader is no DNIe. A residence permit does not serve.")
        case .otherCard: t("This is another card than the one that the identity was activated with.")
        case .wrongCAN: t("The number is not this card's.")
        case .needsCAN: t("Over the air the card wants its number (CAN).")
        case .wrongPIN(let left): t("The PIN was wrong.") + " " + t("Tries left: {1}.", "\(left)")
        case .blockedPIN:
            t(
                "The PIN is blocked. Only a terminal of the police's gives it back, with your fingerprint; no program can."
            )
        case .needsPIN: t("The card wants its PIN again. Start again.")
        case .removed(let stage) where stage < .pin:
            t("The card was taken away too soon. Hold it still until it is done.")
        case .removed: t("The card was taken away. Nothing was signed; start again.")
        case .readerGone: t("The card reader was disconnected.")
        case .refused(let stage, let status):
            t("The card refused ({1}, {2}). Take it away, and start again.", name(of: stage), String(status, radix: 16))
        case .malformed(let stage):
            t("The card says something that is not understood ({1}). Take it away, and start again.", name(of: stage))
        case .notAuthentic(.identity):
            t("The card can't prove that it is a DNIe: its certificate is of no known root. Nothing was sent to it.")
        case .notAuthentic(let stage):
            t(
                "What came from the card was not right ({1}): somebody may be in between. Take it away, and start again.",
                name(of: stage))
        case .noKey: t("The card has no such key.")
        case .failed(_, let detail): t("The card or its reader failed: {1}", detail)
        }
    }

    private func busy(_ others: [ServiceClient]) -> String {
        var names = [String]()
        for other in others where !other.name.isEmpty && !names.contains(other.name) { names.append(other.name) }
        guard !names.isEmpty else { return t("Another program uses the card. Close it, then try again.") }
        let rest = names.count > Self.namesLimit ? ", …" : ""
        return t(
            "Another program uses the card ({1}). Close it, then try again.",
            names.prefix(Self.namesLimit).joined(separator: ", ") + rest)
    }

    /// Where it went wrong: for the parentheses of a message.
    private func name(of stage: DNIeStage) -> String {
        switch stage {
        case .recognition: t("recognition of the card")
        case .pace: t("channel over the air")
        case .identity: t("the chip's certificates")
        case .files: t("the holder's files")
        case .channel: t("secure channel")
        case .pin: t("PIN")
        case .signature: t("signature")
        }
    }
}
