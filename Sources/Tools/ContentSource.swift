import Glibc
import Posix
import SSHKeys
import SecureMemory
import SignedForms

/// What is to be signed: a file, or standard input; read once, whatever its size.
struct ContentSource {
    /// `-` for standard input.
    let path: String

    init(_ path: String) { self.path = path }

    /// The content's digest, and the content itself if it is no longer than `limit` bytes.
    func read(
        limit: Int, _ algorithm: MessageDigest.Algorithm = .sha512
    ) throws(SystemError) -> (bytes: [UInt8]?, digest: MessageDigest) {
        guard var hash = ContentHash(algorithm) else { throw SystemError("hash", number: ENOMEM) }
        let kept = try readParts(limit: limit) { hash.update($0) }
        return (kept, hash.finish())
    }

    /// Hands over the content in parts, in base64url behind `beginning` if it is there.
    ///
    /// - Returns: the whole content if it is no longer than `limit` bytes.
    func read(limit: Int, encodedBehind beginning: String?, _ take: ([UInt8]) -> Void) throws(SystemError) -> [UInt8]? {
        guard let beginning else { return try readParts(limit: limit, take) }
        take(Array(beginning.utf8))
        var encoded = Base64URLParts()
        let kept = try readParts(limit: limit) { take(encoded.encode($0)) }
        take(encoded.finish())
        return kept
    }

    /// Hands over the content in parts.
    ///
    /// - Returns: the whole content if it is no longer than `limit` bytes.
    func readParts(limit: Int, _ take: ([UInt8]) -> Void) throws(SystemError) -> [UInt8]? {
        let file = try opened()
        var kept: [UInt8]? = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let number = file.number
            let count = unsafe Glibc.read(number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read") }
            if count == 0 { return kept }
            let part = Array(buffer[..<count])
            take(part)
            guard let soFar = kept?.count else { continue }
            // In place: copied at each part, a long content would take minutes.
            if soFar + count <= limit { kept?.append(contentsOf: part) } else { kept = nil }
        }
    }

    /// The whole content; nothing is read beyond `limit` bytes, so that an endless file ends too.
    ///
    /// - Throws: `EFBIG` for a longer one.
    func whole(limit: Int) throws(SystemError) -> [UInt8] {
        let file = try opened()
        do throws(SystemError) { return try Files.read(file, limit: limit) } catch {
            throw SystemError("read", number: error.number)
        }
    }

    private func opened() throws(SystemError) -> Descriptor {
        path == "-" ? Descriptor(owning: try duplicate(0)) : try Descriptor.open(path, O_RDONLY)
    }

    private func duplicate(_ number: Int32) throws(SystemError) -> Int32 {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemError("standard input") }
        return copy
    }
}
