import CMicrohttpd
import Glibc
import Posix
import SecureMemory
import Synchronization

/// One agent's open stream: sleeps, suspended in libmicrohttpd, until there is news or a sign of life is due.
@safe
final class EventStream: @unchecked Sendable {
    /// Seconds between signs of life.
    static let heartbeat = 15

    let device: Int64
    private let hub: EventStreams
    private let lock = Mutex<State>(State())

    private struct State {
        var sequence: UInt64 = 0
        var waiting: [UInt8] = []
        var hasNews = true
        var isEnded = false
        var lastWritten = 0
        /// The connection that sleeps, as a number.
        var suspended: UInt?
    }

    init(device: Int64, after sequence: UInt64, hub: EventStreams) {
        self.device = device
        self.hub = hub
        lock.withLock {
            $0.sequence = sequence
            $0.waiting = Array(": welcome\n\n".utf8)
        }
    }

    /// Wakes the stream: there is news.
    func wake() {
        lock.withLock { state in
            state.hasNews = true
            resume(&state)
        }
    }

    /// Ends the stream after what it has to say.
    func end() {
        lock.withLock { state in
            state.isEnded = true
            resume(&state)
        }
    }

    /// Says that it lives, if it has been silent for long.
    func beat() {
        lock.withLock { state in
            guard time(nil) - state.lastWritten >= Self.heartbeat else { return }
            state.waiting += Array(": alive\n\n".utf8)
            resume(&state)
        }
    }

    private func resume(_ state: inout State) {
        guard let connection = state.suspended else { return }
        state.suspended = nil
        unsafe MHD_resume_connection(OpaquePointer(bitPattern: connection))
    }

    // MARK: Writing

    /// Answers a connection with this stream.
    func queue(on connection: OpaquePointer) -> MHD_Result {
        let context = unsafe Unmanaged.passRetained(Feed(self, connection)).toOpaque()
        let response = unsafe MHD_create_response_from_callback(
            UInt64.max, 4096,
            { context, _, buffer, capacity in
                let feed = unsafe Unmanaged<Feed>.fromOpaque(context!).takeUnretainedValue()
                return unsafe feed.stream.fill(buffer!, capacity, feed.connection)
            }, context,
            { context in
                let feed = unsafe Unmanaged<Feed>.fromOpaque(context!).takeRetainedValue()
                feed.stream.hub.remove(feed.stream)
            })
        guard let response = unsafe response else { return clave_mhd_no }
        defer { unsafe MHD_destroy_response(response) }
        unsafe MHD_add_response_header(response, "content-type", "text/event-stream")
        unsafe MHD_add_response_header(response, "cache-control", "no-store")
        hub.add(self)
        return unsafe MHD_queue_response(connection, 200, response)
    }

    @safe
    private final class Feed {
        let stream: EventStream
        let connection: OpaquePointer
        init(_ stream: EventStream, _ connection: OpaquePointer) {
            self.stream = stream
            unsafe self.connection = connection
        }
    }

    /// Gives the next bytes, or puts the connection to sleep.
    private func fill(_ buffer: UnsafeMutablePointer<CChar>, _ capacity: Int, _ connection: OpaquePointer) -> Int {
        let name = UInt(bitPattern: connection)
        while true {
            let (sequence, needsNews) = lock.withLock { state in
                let needs = state.waiting.isEmpty && state.hasNews
                if needs { state.hasNews = false }
                return (state.sequence, needs)
            }
            if needsNews { fetch(after: sequence) }
            switch lock.withLock({ state in next(&state, capacity, name) }) {
            case .bytes(let bytes):
                for (index, byte) in bytes.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
                return bytes.count
            case .again: continue
            case .end: return -1  // MHD_CONTENT_READER_END_OF_STREAM
            case .asleep: return 0
            }
        }
    }

    private func fetch(after sequence: UInt64) {
        let events = hub.events(of: device, after: sequence)
        lock.withLock { state in
            for event in events {
                state.waiting += Array("id: \(event.sequence)\ndata: \(base64(event.sealed))\n\n".utf8)
                state.sequence = event.sequence
            }
            // There may be more than one fetch brings.
            if events.count == GatewayServices.eventsAtOnce { state.hasNews = true }
        }
        if !hub.isActive(device) { lock.withLock { $0.isEnded = true } }
    }

    private enum Next {
        case bytes([UInt8])
        case again
        case end
        case asleep
    }

    private func next(_ state: inout State, _ capacity: Int, _ connection: UInt) -> Next {
        if !state.waiting.isEmpty {
            let bytes = Array(state.waiting.prefix(capacity))
            state.waiting.removeFirst(bytes.count)
            state.lastWritten = time(nil)
            return .bytes(bytes)
        }
        if state.hasNews { return .again }
        if state.isEnded { return .end }
        state.suspended = connection
        unsafe MHD_suspend_connection(OpaquePointer(bitPattern: connection))
        return .asleep
    }
}

/// All open streams, at most one a device: a newer ends the older.
final class EventStreams: Sendable {
    private let services: GatewayServices
    private let streams = Mutex<[Int64: EventStream]>([:])
    private let isStopped = Mutex(false)

    init(services: GatewayServices) throws(SystemError) {
        self.services = services
        services.onNews { [weak self] device in self?.stream(of: device)?.wake() }
        try DetachedThread.start { [weak self] in
            while true {
                sleep(5)
                guard let self, !isStopped.withLock({ $0 }) else { return }
                for stream in streams.withLock({ Array($0.values) }) { stream.beat() }
            }
        }
    }

    /// Ends all streams.
    func endAll() {
        isStopped.withLock { $0 = true }
        for stream in streams.withLock({ Array($0.values) }) { stream.end() }
    }

    /// How many are open.
    var count: Int { streams.withLock { $0.count } }

    fileprivate func add(_ stream: EventStream) {
        let older = streams.withLock { streams in
            defer { streams[stream.device] = stream }
            return streams[stream.device]
        }
        older?.end()
        // A stream that begins while the server stops must not go to sleep: nobody would wake it.
        if isStopped.withLock({ $0 }) { stream.end() }
    }

    fileprivate func remove(_ stream: EventStream) {
        streams.withLock { if $0[stream.device] === stream { $0[stream.device] = nil } }
    }

    private func stream(of device: Int64) -> EventStream? { streams.withLock { $0[device] } }

    fileprivate func events(of device: Int64, after sequence: UInt64) -> [(sequence: UInt64, sealed: [UInt8])] {
        (try? services.events(of: device, after: sequence)) ?? []
    }

    fileprivate func isActive(_ device: Int64) -> Bool { services.isActive(device) }
}
