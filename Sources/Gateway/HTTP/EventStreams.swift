import GatewayServices
import Glibc
import Posix
import SecureMemory
import Synchronization
import WebServer

/// The events of one device behind a sequence number, as server-sent events (WHATWG HTML, section 9.2).
private final class DeviceEvents: ByteSource {
    private struct State {
        var sequence: UInt64
        var isWelcome = false
    }

    private let device: Int64
    private let services: Services
    private let onClose: @Sendable () -> Void
    private let state: Mutex<State>

    init(_ device: Int64, after sequence: UInt64, _ services: Services, onClose: @escaping @Sendable () -> Void) {
        self.device = device
        self.services = services
        self.onClose = onClose
        state = Mutex(State(sequence: sequence))
    }

    func next() -> ByteStream.Piece {
        let sequence: UInt64? = state.withLock { state in
            defer { state.isWelcome = true }
            return state.isWelcome ? state.sequence : nil
        }
        guard let sequence else { return ByteStream.Piece(Array(": welcome\n\n".utf8), hasMore: true) }
        let events = (try? services.devices.events(of: device, after: sequence)) ?? []
        var piece = ByteStream.Piece()
        for event in events { piece.bytes += "id: \(event.sequence)\ndata: \(base64(event.sealed))\n\n".utf8 }
        if let last = events.last { state.withLock { $0.sequence = last.sequence } }
        // There may be more than one look brings.
        piece.hasMore = events.count == DeviceService.eventsAtOnce
        piece.isLast = !services.devices.isActive(device)
        return piece
    }

    func closed() { onClose() }
}

/// All agents' open streams, at most one a device: a newer ends the older.
final class EventStreams: Sendable {
    /// Seconds between signs of life.
    private static let heartbeat = 15

    private let services: Services
    private let isStopped = Mutex(false)

    init(services: Services) throws(SystemError) {
        self.services = services
        try DetachedThread.start { [weak self] in
            while true {
                sleep(5)
                guard let self, !isStopped.withLock({ $0 }) else { return }
                for stream in all { stream.beat(Array(": alive\n\n".utf8), after: Self.heartbeat) }
            }
        }
    }

    /// Ends all streams.
    func endAll() {
        isStopped.withLock { $0 = true }
        for stream in all { stream.end() }
    }

    /// A device's stream of the events behind a sequence number, which the server is to answer with.
    func open(_ device: Int64, after sequence: UInt64) -> ByteStream {
        let listeners = services.listeners
        let number = listeners.makeNumber()
        let events = DeviceEvents(device, after: sequence, services) { listeners.remove(number, of: device) }
        let stream = ByteStream(type: "text/event-stream", from: events)
        let older = listeners.add(StreamListener(stream), number, for: device) as? StreamListener
        older?.stream.end()
        // A stream that begins while the server stops must not go to sleep: nobody would wake it.
        if isStopped.withLock({ $0 }) { stream.end() }
        return stream
    }

    private var all: [ByteStream] { services.listeners.all.compactMap { ($0 as? StreamListener)?.stream } }
}

/// A stream that listens for its device.
private final class StreamListener: DeviceListener {
    let stream: ByteStream

    init(_ stream: ByteStream) { self.stream = stream }

    func wake() { stream.wake() }
}
