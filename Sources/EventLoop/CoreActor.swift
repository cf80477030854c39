/// Isolation of a program's state: everything marked with it runs on ``EventLoop``.
@globalActor
public actor CoreActor {
    /// The one instance.
    public static let shared = CoreActor()

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe EventLoop.shared.asUnownedSerialExecutor()
    }

    /// Runs `body` at once, from code that is on the loop though the compiler can't know it: an event's or timer's action.
    /// `Actor.assumeIsolated` isolates to an instance, which does not count as the isolation of a global actor.
    public static func assumeIsolated<Value>(_ body: @CoreActor () -> Value) -> Value {
        EventLoop.shared.checkIsolated()
        return withoutActuallyEscaping(body) { body in
            unsafe unsafeBitCast(body, to: (() -> Value).self)()
        }
    }
}

/// A value that comes once: one waits, another fulfils; the first fulfilment counts, and so may a time's end or a
/// cancellation be the first. What comes later is dropped: a promise is for news, never for what somebody must give back,
/// as a turn (``TurnQueue``) or a process that was started.
@CoreActor
public final class Promise<Value: Sendable> {
    private var value: Value?
    private var waiter: CheckedContinuation<Value, Never>?

    /// Waits for a value.
    public init() {}

    /// Whether a value has come.
    public var isFulfilled: Bool { value != nil }

    /// Gives the value; later ones are dropped.
    public func fulfil(_ value: Value) {
        guard self.value == nil else { return }
        self.value = value
        waiter?.resume(returning: value)
        waiter = nil
    }

    /// The value, when it is there. At most one waits.
    public func wait() async -> Value {
        if let value { return value }
        precondition(waiter == nil)
        return await withCheckedContinuation { waiter = $0 }
    }

    /// The value; `ifCancelled` when the waiting task is cancelled first, `ifLate` when the time is over first.
    public func wait(milliseconds: UInt64? = nil, ifLate: Value, ifCancelled: Value) async -> Value {
        var timer: EventLoop.TimerToken?
        if let milliseconds {
            timer = EventLoop.shared.after(milliseconds: milliseconds) {
                CoreActor.assumeIsolated { self.fulfil(ifLate) }
            }
        }
        defer { EventLoop.shared.cancel(timer) }
        return await withTaskCancellationHandler {
            await wait()
        } onCancel: {
            Task { @CoreActor in self.fulfil(ifCancelled) }
        }
    }

    /// The value; `ifLate` when the time is over first. A cancelled task waits all the same.
    public func waitThrough(milliseconds: UInt64, ifLate: Value) async -> Value {
        let timer = EventLoop.shared.after(milliseconds: milliseconds) {
            CoreActor.assumeIsolated { self.fulfil(ifLate) }
        }
        defer { EventLoop.shared.cancel(timer) }
        return await wait()
    }
}
