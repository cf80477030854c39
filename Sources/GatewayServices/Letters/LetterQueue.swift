public import ClaveDomain
public import GatewayStore

/// Letters that wait to be printed: who may have one, and how many.
public struct LetterQueue: Sendable {
    /// As the audit calls them.
    public static let act = "letter"
    private static let month: Int64 = 30 * 86_400

    private let clock: Clock

    public init(clock: Clock) { self.clock = clock }

    /// Whether a letter may go out for these data: they are somebody's of the census who is not registered.
    public func mayHave(
        _ tx: StoreTransaction<some StoreAccess>, _ asked: ClaimedPerson
    ) throws(StoreError) -> Bool {
        guard let entry = try tx.census.find(asked.document), entry.datum == asked.datum,
            try tx.citizens.find(asked.document) == nil
        else { return false }
        return try isDue(tx, asked.document)
    }

    /// Whether the month's letters to a person leave one more.
    public func isDue(
        _ tx: StoreTransaction<some StoreAccess>, _ document: NationalDocument
    ) throws(StoreError) -> Bool {
        try tx.letters.count(to: document, after: clock.now() - Self.month) < ClaveRules.lettersPerMonth
    }

    /// Has a letter printed, in the caller's write; the one before is void.
    public func queue(
        _ tx: WriteTransaction, to document: NationalDocument, _ effects: inout Effects
    ) throws(StoreError) {
        try tx.letters.void(of: document)
        try tx.letters.issue(
            to: document, tries: ClaveRules.letterTries, at: clock.now(),
            until: clock.now() + ClaveRules.letterLife.wholeSeconds)
        effects.hasPost = true
    }
}
