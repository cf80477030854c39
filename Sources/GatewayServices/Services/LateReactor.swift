import Synchronization

/// A reactor that is made once the services are, which it needs itself: a command's runs their errands.
final class LateReactor: Reactor {
    private let reactor = Mutex<(any Reactor)?>(nil)

    /// Takes the reactor: once, before anything is written.
    func set(_ reactor: any Reactor) { self.reactor.withLock { $0 = reactor } }

    func react(to effects: Effects) { reactor.withLock { $0 }?.react(to: effects) }
}
