public import GatewayStore

/// The moment at which calls are looked at, by which time changes them.
public struct CallClock: Sendable {
    private let clock: Clock
    private let isCommand: Bool

    /// - Parameter isCommand: a command can't tell whether the clock was set before it began, and so believes no clock.
    public init(_ clock: Clock, isCommand: Bool) {
        self.clock = clock
        self.isCommand = isCommand
    }

    /// The present moment.
    public func moment() -> Moment { Moment(now: clock.now(), isCertain: clock.isBelieved && !isCommand) }
}
