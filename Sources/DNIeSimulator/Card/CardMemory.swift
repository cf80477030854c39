/// What a card remembers without power, and the place where it is kept.
public final class CardMemory {
    /// The tries that a right PIN gives back.
    public static let pinTries = 3

    /// What is counted.
    public struct Counters: Equatable, Sendable {
        /// Tries left, 0...``CardMemory/pinTries``; with none the PIN is blocked.
        public var pinTries: Int
        /// Signatures made, for whoever looks.
        public var signatures: Int
        /// Wrong card access numbers since the last right one: they delay, and never block.
        public var accessFailures: Int

        /// A new card's.
        public init(pinTries: Int = CardMemory.pinTries, signatures: Int = 0, accessFailures: Int = 0) {
            self.pinTries = pinTries
            self.signatures = signatures
            self.accessFailures = accessFailures
        }
    }

    public private(set) var counters: Counters
    private let keep: (Counters) -> Bool

    /// A memory.
    ///
    /// - Parameter keep: writes the counters down, and says whether it could.
    public init(_ counters: Counters = Counters(), keep: @escaping (Counters) -> Bool = { _ in true }) {
        self.counters = counters
        self.keep = keep
    }

    /// Changes the counters, and only if they could be kept.
    func remember(_ change: (inout Counters) -> Void) -> Bool {
        var next = counters
        change(&next)
        guard keep(next) else { return false }
        counters = next
        return true
    }
}
