/// How long to wait before a stream is opened again: doubling with full jitter, so that a gateway that comes back is not
/// met by all its agents at once.
struct BackOff {
    /// Milliseconds: the first ceiling, and the last.
    static let first: UInt64 = 500
    static let longest: UInt64 = 60_000

    private var ceiling = BackOff.first

    init() {}

    /// The next pause, in milliseconds.
    ///
    /// - Parameters:
    ///   - isRefused: the gateway said no; asking again soon would not change its mind.
    ///   - hint: what the gateway asked for.
    mutating func next(
        isRefused: Bool = false, hint: UInt64? = nil, using generator: inout some RandomNumberGenerator
    ) -> UInt64 {
        defer { ceiling = min(ceiling * 2, Self.longest) }
        if isRefused { return Self.longest }
        let pause = UInt64.random(in: 0...ceiling, using: &generator)
        return max(pause, min(hint ?? 0, Self.longest))
    }

    /// The stream was open for a while, or brought something: the next failure is a new one.
    mutating func reset() {
        ceiling = Self.first
    }
}
