import ClaveDomain
public import GatewayStore

/// All that is known of a person but the contrast datum's value.
public struct PersonFile: Equatable, Sendable {
    public let person: Citizen
    /// The newest first.
    public let devices: [DeviceLine]
    /// The newest first.
    public let letters: [LetterLine]
}

/// Some of the people, in the order of their documents.
public struct PeoplePage: Equatable, Sendable {
    public let people: [Citizen]
    /// How many are registered in all.
    public let count: Int
}

/// A letter; its code is not known to anybody here.
public struct LetterLine: Equatable, Sendable {
    public let number: Int64
    public let document: String
    public let state: LetterState
    /// Whether it is live, but its time is over.
    public let isExpired: Bool
    /// Seconds since 1970; when it was asked for, when it was printed (0: not yet), until when it is good.
    public let sentAt: Int64
    public let printedAt: Int64
    public let expiresAt: Int64

    init(_ letter: LetterRecord, at now: Int64) {
        number = letter.number
        document = letter.document
        state = letter.state
        isExpired = letter.isExpired(at: now)
        sentAt = letter.sentAt
        printedAt = letter.printedAt
        expiresAt = letter.expiresAt
    }

    /// The state in one word.
    public var word: String { isExpired ? "expired" : state == .live && printedAt == 0 ? "to be printed" : "\(state)" }
}
