import Glibc
import Posix
import SecureMemory
import SignedForms

/// What is to be signed: a file, or standard input; read once, whatever its size.
struct ContentSource {
    /// `-` for standard input.
    let path: String

    init(_ path: String) { self.path = path }

    /// The content's digest, and the content itself if it is no longer than `limit` bytes.
    func read(limit: Int) throws(SystemError) -> (bytes: [UInt8]?, digest: MessageDigest) {
        let file = path == "-" ? Descriptor(owning: try duplicate(0)) : try Descriptor.open(path, O_RDONLY)
        var hash = SHA512Hash()
        var kept: [UInt8]? = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let number = file.number
            let count = unsafe Glibc.read(number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read") }
            if count == 0 { break }
            hash.update(unsafe buffer.span.extracting(first: count).bytes)
            kept = kept.flatMap { $0.count + count <= limit ? $0 + buffer[..<count] : nil }
        }
        return (kept, MessageDigest(hash))
    }

    private func duplicate(_ number: Int32) throws(SystemError) -> Int32 {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemError("standard input") }
        return copy
    }
}

/// Standard output.
enum Terminal {
    /// Whether a person looks at it.
    static var isOutput: Bool { isatty(1) == 1 }

    /// Writes all of it.
    static func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(1, $0.baseAddress!, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write") }
            rest = rest.dropFirst(count)
        }
    }
}
