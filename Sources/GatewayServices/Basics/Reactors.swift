public import GatewayStore

/// Does what writes leave to be done: a gateway that serves wakes its threads and streams; a command does it itself.
public protocol Reactor: Sendable {
    /// Called after the commit, on the thread that wrote.
    func react(to effects: Effects)
}

/// What goes on beside the requests.
public protocol BackgroundWork: AnyObject, Sendable {
    /// Runs the errands that wait.
    func runErrands() throws(StoreError)
    /// Hands over the text messages that wait.
    func sendMessages() throws(StoreError)
}

/// The reactor of a gateway that serves: workers do the work, and streams bring the events. Whoever wrote does not wait for
/// them.
public struct ServerReactor: Reactor {
    private let bells: WorkBells
    private let listeners: DeviceListeners

    public init(bells: WorkBells, listeners: DeviceListeners) {
        self.bells = bells
        self.listeners = listeners
    }

    public func react(to effects: Effects) {
        for device in effects.devices { listeners.wake(device) }
        if effects.hasErrands { bells.errands.ring() }
        if effects.hasMessages { bells.messages.ring() }
        if effects.hasPost {
            bells.letters.ring()
            bells.mails.ring()
        }
    }
}

/// The reactor of a command: it waits for its errands and messages. Letters and e-mail are the gateway's that runs beside it,
/// or the next one's.
public final class InlineReactor: Reactor {
    private weak let work: (any BackgroundWork)?

    /// - Parameter work: is not kept: it has to live as long as anything is written.
    public init(_ work: any BackgroundWork) { self.work = work }

    public func react(to effects: Effects) {
        assert(work != nil, "whoever does what was left to be done is gone")
        // What fails here waits for the next time.
        if effects.hasErrands { try? work?.runErrands() }
        if effects.hasMessages { try? work?.sendMessages() }
    }
}
