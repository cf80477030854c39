import CMicrohttpd
import Glibc
import Synchronization

/// Where the bytes of a stream come from.
public protocol ByteSource: Sendable {
    /// What there is to send: asked at the beginning, and again after each ``ByteStream/wake()``, by one of the server's
    /// threads at a time, which waits for nothing but the disk.
    func next() -> ByteStream.Piece

    /// The stream is over; said once, whoever has ended it.
    func closed()
}

/// An answer without an end: sleeps, suspended in libmicrohttpd, until there is more to send.
@safe
public final class ByteStream: @unchecked Sendable {
    /// What a source gives at a time.
    public struct Piece: Sendable {
        /// Empty where there is nothing to send.
        public var bytes: [UInt8]
        /// Whether the source is to be asked once more, unwaked.
        public var hasMore: Bool
        /// Whether the stream ends behind the bytes.
        public var isLast: Bool

        /// Some bytes, and what comes behind them.
        public init(_ bytes: [UInt8] = [], hasMore: Bool = false, isLast: Bool = false) {
            self.bytes = bytes
            self.hasMore = hasMore
            self.isLast = isLast
        }
    }

    private let type: String
    private let source: any ByteSource
    private let state = Mutex(State())

    private struct State {
        var waiting: [UInt8] = []
        /// Whether the source may have something.
        var hasNews = true
        var isEnded = false
        var lastWritten = 0
        /// The connection that sleeps, as a number.
        var suspended: UInt?
    }

    /// A stream that an answer is to be.
    ///
    /// - Parameters:
    ///   - type: the media type.
    ///   - source: kept until the stream is over.
    public init(type: String, from source: any ByteSource) {
        self.type = type
        self.source = source
    }

    /// The source may have something.
    public func wake() {
        state.withLock { state in
            state.hasNews = true
            resume(&state)
        }
    }

    /// Ends the stream after what it has to say.
    public func end() {
        state.withLock { state in
            state.isEnded = true
            resume(&state)
        }
    }

    /// Sends these bytes as a sign of life if nothing was sent for so many seconds.
    public func beat(_ bytes: [UInt8], after seconds: Int) {
        state.withLock { state in
            guard time(nil) - state.lastWritten >= seconds else { return }
            state.waiting += bytes
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
        let feed = unsafe Unmanaged.passRetained(Feed(self, connection))
        let response = unsafe MHD_create_response_from_callback(
            UInt64.max, 4096,
            { context, _, buffer, capacity in
                let feed = unsafe Unmanaged<Feed>.fromOpaque(context!).takeUnretainedValue()
                return unsafe feed.stream.fill(buffer!, capacity, feed.connection)
            }, feed.toOpaque(),
            { context in unsafe Unmanaged<Feed>.fromOpaque(context!).takeRetainedValue().stream.source.closed() })
        guard let response = unsafe response else {
            unsafe feed.release()
            source.closed()
            return clave_mhd_no
        }
        defer { unsafe MHD_destroy_response(response) }
        unsafe MHD_add_response_header(response, "content-type", type)
        unsafe MHD_add_response_header(response, "cache-control", "no-store")
        return unsafe MHD_queue_response(connection, 200, response)
    }

    @safe
    private final class Feed {
        let stream: ByteStream
        let connection: OpaquePointer
        init(_ stream: ByteStream, _ connection: OpaquePointer) {
            self.stream = stream
            unsafe self.connection = connection
        }
    }

    /// Gives the next bytes, or puts the connection to sleep.
    private func fill(_ buffer: UnsafeMutablePointer<CChar>, _ capacity: Int, _ connection: OpaquePointer) -> Int {
        let name = UInt(bitPattern: connection)
        while true {
            let needsNews = state.withLock { state in
                let needs = state.waiting.isEmpty && state.hasNews
                if needs { state.hasNews = false }
                return needs
            }
            if needsNews { fetch() }
            switch state.withLock({ state in next(&state, capacity, name) }) {
            case .bytes(let bytes):
                for (index, byte) in bytes.enumerated() { unsafe buffer[index] = CChar(bitPattern: byte) }
                return bytes.count
            case .again: continue
            case .end: return -1  // MHD_CONTENT_READER_END_OF_STREAM
            case .asleep: return 0
            }
        }
    }

    /// Asks the source, without the lock: it may read the disk.
    private func fetch() {
        let piece = source.next()
        state.withLock { state in
            state.waiting += piece.bytes
            if piece.hasMore { state.hasNews = true }
            if piece.isLast { state.isEnded = true }
        }
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
