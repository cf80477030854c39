import CLinux
import Glibc

/// A file descriptor with one owner, closed when the owner ends.
public struct Descriptor: ~Copyable, Sendable {
    /// The kernel's number; valid while the value lives.
    public let number: Int32

    /// Takes ownership of an open descriptor.
    public init(owning number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Gives the number up to a caller who closes it.
    public consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// Opens a path, close-on-exec; `mode` is used when the flags create.
    public static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
        let number = try retrying("open \(path)") { unsafe Posix.open(path, flags | O_CLOEXEC, mode) }
        return Descriptor(owning: number)
    }

    /// Both ends of a unix stream, close-on-exec; the caller takes ownership of each at once.
    public static func pair() throws(SystemError) -> (Int32, Int32) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return unsafe try both("socketpair") { unsafe socketpair(AF_UNIX, type, 0, $0) }
    }

    /// Both ends of a pipe, close-on-exec: the end to read from, the end to write to; the caller takes ownership.
    public static func pipe() throws(SystemError) -> (Int32, Int32) {
        unsafe try both("pipe") { unsafe clave_pipe($0) }
    }

    private static func both(
        _ name: String, _ call: (UnsafeMutablePointer<Int32>) -> Int32
    ) throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let outcome = unsafe ends.withUnsafeMutableBufferPointer { unsafe call($0.baseAddress!) }
        guard outcome == 0 else { throw SystemError(name) }
        return (ends[0], ends[1])
    }

    /// Makes reads and writes return at once.
    public borrowing func setNonblocking() throws(SystemError) {
        let number = number
        let flags = try retrying("fcntl") { clave_fcntl(number, F_GETFL, 0) }
        try retrying("fcntl") { clave_fcntl(number, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Writes all bytes, waiting for room where the descriptor does not block.
    public borrowing func writeAll(_ bytes: RawSpan) throws(SystemError) {
        try Self.writeAll(bytes, to: number)
    }

    /// Writes all bytes to a descriptor of somebody else's, such as standard output, as ``writeAll(_:)`` does.
    public static func writeAll(_ bytes: RawSpan, to number: Int32) throws(SystemError) {
        try unsafe inParts(bytes) { part throws(SystemError) in
            while true {
                let count = unsafe write(number, part.baseAddress!, part.count)
                if count >= 0 { return count }
                guard errno == EAGAIN || errno == EINTR else { throw SystemError("write") }
                var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                if errno == EAGAIN { _ = unsafe poll(&entry, 1, -1) }
            }
        }
    }

    /// Sends all bytes over a socket; a side that has gone is an error (`EPIPE`), never a signal that ends the process.
    public borrowing func sendAll(_ bytes: RawSpan) throws(SystemError) {
        let number = number
        try unsafe Self.inParts(bytes) { part throws(SystemError) in
            try retrying("send") { unsafe send(number, part.baseAddress!, part.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    private static func inParts(
        _ bytes: RawSpan, _ put: (UnsafeRawBufferPointer) throws(SystemError) -> Int
    ) throws(SystemError) {
        try unsafe bytes.withUnsafeBytes { bytes throws(SystemError) in
            var start = 0
            while start < bytes.count {
                start += unsafe try put(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
        }
    }

    /// Writes all bytes.
    public borrowing func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        try writeAll(unsafe bytes.span.bytes)
    }

    /// Reads until `target` is full or the input ends; returns how many bytes it has.
    public borrowing func readFully(into target: inout MutableRawSpan) throws(SystemError) -> Int {
        let number = number
        return try unsafe target.withUnsafeMutableBytes { bytes throws(SystemError) -> Int in
            var filled = 0
            while filled < bytes.count {
                let count = try retrying("read") {
                    unsafe read(number, bytes.baseAddress! + filled, bytes.count - filled)
                }
                if count == 0 { break }
                filled += count
            }
            return filled
        }
    }
}
