import Glibc
import Posix
import Synchronization

/// The server's open connections: how many each address has, and until when each must have sent what it owes.
///
/// libmicrohttpd's own timeout begins anew with every byte, so who sends one now and then could hold a connection for
/// ever. The deadlines here do not move.
public final class Connections: Sendable {
    /// How many connections there may be, and seconds that a client has.
    public struct Limits: Sendable {
        /// Connections of all addresses together.
        public var total = 8192
        /// Of one address; never more than ``mostPerAddress``.
        public var perAddress = 64
        /// Of one address behind which there are many clients: this machine's own, at which its agents and its people
        /// come, and a trusted proxy's.
        public var perShared = 4096
        /// For the handshake and the first request's headers, and for the headers of a later request once it has begun.
        public var headers: UInt64 = 10
        /// For a request's body.
        public var body: UInt64 = 60
        /// From one request to the next, and without a byte in either direction while an answer is sent.
        public var idle: UInt64 = 60
        /// An eighth of all, so that no address takes the room of others.
        public var mostPerAddress: Int { max(1, total / 8) }

        /// Limits as they are given above.
        public init() {}
    }

    /// What a connection waits for.
    enum Stage: Sendable {
        case headers
        case body
        case idle
        /// For the gateway: there is no deadline.
        case answer
    }

    private struct Entry {
        let socket: Int32
        let address: UInt32
        var deadline: UInt64?
    }

    private struct State {
        var entries: [UInt: Entry] = [:]
        var counts: [UInt32: Int] = [:]
    }

    let limits: Limits
    private let proxies: TrustedProxies
    private let state = Mutex(State())

    init(limits: Limits, proxies: TrustedProxies) {
        self.limits = limits
        self.proxies = proxies
    }

    /// How many are open.
    var count: Int { state.withLock { $0.entries.count } }

    /// Whether an IPv4 address may have one more; the address as a number, in the network's order of bytes.
    func admits(_ address: UInt32) -> Bool {
        let limit = limit(address)
        return state.withLock { $0.counts[address, default: 0] < limit }
    }

    /// A connection has begun. One above the limit, as when several threads accept at once, is ended.
    ///
    /// - Parameters:
    ///   - name: the connection, unlike all others that are open.
    ///   - socket: open until ``end(_:)`` has returned.
    func begin(_ name: UInt, socket: Int32, address: UInt32) {
        let (limit, deadline) = (limit(address), Self.now + limits.headers * 1000)
        state.withLock { state in
            state.entries[name] = Entry(socket: socket, address: address, deadline: deadline)
            state.counts[address, default: 0] += 1
            if state.counts[address, default: 0] > limit { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// A connection has ended; its socket is about to be closed.
    func end(_ name: UInt) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: name) else { return }
            let left = state.counts[entry.address, default: 1] - 1
            state.counts[entry.address] = left > 0 ? left : nil
        }
    }

    /// A connection waits for something else from now on.
    func expect(_ stage: Stage, of name: UInt) {
        let seconds: UInt64? =
            switch stage {
            case .headers: limits.headers
            case .body: limits.body
            case .idle: limits.idle
            case .answer: nil
            }
        let deadline = seconds.map { Self.now + $0 * 1000 }
        state.withLock { $0.entries[name]?.deadline = deadline }
    }

    /// Ends those whose deadline is over: the library sees that there is nothing more to read, and closes them.
    func endLate() {
        let now = Self.now
        // Under the lock, so that no socket is closed meanwhile and its number another's.
        state.withLock { state in
            for (name, entry) in state.entries {
                guard let deadline = entry.deadline, deadline <= now else { continue }
                shutdown(entry.socket, Int32(SHUT_RDWR))
                state.entries[name]?.deadline = nil
            }
        }
    }

    private func limit(_ address: UInt32) -> Int {
        let isLoopback = UInt32(bigEndian: address) >> 24 == 127
        return isLoopback || proxies.contains(address) ? limits.perShared : limits.perAddress
    }

    private static var now: UInt64 { SteadyClock.milliseconds }
}

/// Descriptors for the connections.
enum DescriptorLimit {
    /// Descriptors for everything that is no connection: database, outbox, responders, programs.
    static let reserve = 256

    /// Raises the process's limit of open files to what so many connections need, as far as the system lets it.
    ///
    /// - Returns: how many connections there are descriptors for; `connections` if the limit suffices.
    static func connections(_ connections: Int) -> Int {
        min(connections, max(1, OpenFiles.raiseLimit(to: connections + reserve) - reserve))
    }
}
