/// Values in the order of their coming; one task takes them.
@CoreActor
public final class Mailbox<Value: Sendable> {
    private var values = Fifo<Value>()
    private var arrival: Promise<Void>?

    /// An empty one.
    public init() {}

    /// How many wait to be taken.
    public var count: Int { values.count }

    /// Adds a value.
    public func put(_ value: Value) {
        values.append(value)
        arrival?.fulfil(())
        arrival = nil
    }

    /// The next value; `ifCancelled` if the taking task is cancelled, `ifLate` if none comes in time.
    public func take(milliseconds: UInt64? = nil, ifLate: Value? = nil, ifCancelled: Value) async -> Value {
        if values.isEmpty {
            let promise = Promise<Void>()
            arrival = promise
            await promise.wait(milliseconds: milliseconds, ifLate: (), ifCancelled: ())
        }
        if let value = values.popFirst() { return value }
        if Task.isCancelled { return ifCancelled }
        return ifLate ?? ifCancelled
    }
}
