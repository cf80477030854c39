public import SmartCard

/// Finds a DNIe in the computer's readers.
public struct CardFinder {
    /// A reader with what may be a DNIe in it.
    public struct Candidate: Equatable, Sendable {
        public let reader: CardReader
        public let kind: CardKind
    }

    /// Why there is no card to work with.
    public enum Situation: Equatable, Sendable {
        case noReader
        case noCard
        /// There are cards, but none that serves.
        case otherCards([CardKind])
        /// A card that does not answer.
        case mute
    }

    private let readers: CardReaders

    /// - Throws: ``ReaderError/noService`` if the card service does not run.
    public init() throws(ReaderError) {
        readers = try CardReaders()
    }

    /// The cards that are there now, and why there is none.
    public func look() throws(ReaderError) -> ([Candidate], Situation) {
        let list = try readers.list()
        return (Self.candidates(list), Self.situation(list))
    }

    /// Waits for a card.
    ///
    /// - Parameters:
    ///   - milliseconds: how long at most, from one change to the next.
    ///   - tell: hears why there is none yet, each time that changes.
    /// - Throws: ``ReaderError/timedOut``, or that the service or its readers fail.
    public func wait(milliseconds: Int, _ tell: (Situation) -> Void) throws(ReaderError) -> [Candidate] {
        var (list, told) = (try readers.list(), Situation?.none)
        while true {
            let candidates = Self.candidates(list)
            if !candidates.isEmpty { return candidates }
            let situation = Self.situation(list)
            if told != situation { tell(situation) }
            told = situation
            list = try readers.change(after: list, milliseconds: milliseconds)
        }
    }

    /// Waits until what is in the readers changes.
    public func change(milliseconds: Int) throws(ReaderError) {
        _ = try readers.change(after: readers.list(), milliseconds: milliseconds)
    }

    /// The kind of each card that says what it is.
    private static func kinds(_ list: [CardReader]) -> [(CardReader, CardKind)] {
        list.compactMap { reader in
            guard case .present(let atr) = reader.card else { return nil }
            return (reader, atr.map { CardKind($0) } ?? .unknown)
        }
    }

    private static func candidates(_ list: [CardReader]) -> [Candidate] {
        kinds(list).filter { $0.1.isUsable }.map { Candidate(reader: $0.0, kind: $0.1) }
    }

    private static func situation(_ list: [CardReader]) -> Situation {
        if list.isEmpty { return .noReader }
        if list.contains(where: { $0.card == .mute }) { return .mute }
        let others = kinds(list).map(\.1)
        return others.isEmpty ? .noCard : .otherCards(others)
    }
}
