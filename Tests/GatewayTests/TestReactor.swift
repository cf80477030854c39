import GatewayServices
import Synchronization

/// Does what writes leave to be done at once, as a command does, unless a test holds it back or starts workers.
final class TestReactor: Reactor {
    private struct State {
        var inline: InlineReactor?
        var server: ServerReactor?
        var holdsErrands = false
        var holdsMessages = false
    }

    let listeners = DeviceListeners()
    /// Devices that were told of events, in order.
    let told = Mutex<[Int64]>([])
    private let state = Mutex(State())

    func begin(_ work: any BackgroundWork) { state.withLock { $0.inline = InlineReactor(work) } }

    /// Leaves errands until the test runs them.
    func holdErrands() { state.withLock { $0.holdsErrands = true } }

    /// Leaves text messages until the test sends them.
    func holdMessages() { state.withLock { $0.holdsMessages = true } }

    /// Lets workers do the work from now on; they wait for these bells.
    func serve() throws -> WorkBells {
        let bells = try WorkBells()
        state.withLock { $0.server = ServerReactor(bells: bells, listeners: listeners) }
        return bells
    }

    func react(to effects: Effects) {
        told.withLock { $0 += effects.devices.sorted() }
        let state = state.withLock { $0 }
        if let server = state.server { return server.react(to: effects) }
        for device in effects.devices { listeners.wake(device) }
        var rest = effects
        if state.holdsErrands { rest.hasErrands = false }
        if state.holdsMessages { rest.hasMessages = false }
        state.inline?.react(to: rest)
    }
}
