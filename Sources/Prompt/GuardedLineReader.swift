import Glibc
import Posix
import SecureMemory

/// Reads a descriptor straight into guarded memory.
struct GuardedLineReader: ~Copyable {
    /// What one read gave.
    enum Progress { case some, end, tooMuch, nothing }

    private let storage: SecretBytes
    private var filled = 0

    /// A reader that holds at most `limit` bytes that have not been taken.
    init(limit: Int) {
        storage = SecretBytes(zeros: limit)
    }

    /// Reads once from a descriptor that does not block.
    ///
    /// - Parameter name: of what is read, for the error.
    mutating func read(_ descriptor: Int32, of name: String) throws(WayError) -> Progress {
        guard filled < storage.count else { return .tooMuch }
        let start = filled
        let outcome = storage.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes -> (count: Int, error: Int32) in
                while true {
                    let count = unsafe Glibc.read(descriptor, bytes.baseAddress! + start, bytes.count - start)
                    if count >= 0 { return (count, 0) }
                    if errno != EINTR { return (count, errno) }
                }
            }
        }
        if outcome.error == EAGAIN { return .nothing }
        if outcome.error != 0 { throw .failed(SystemError("read \(name)", number: outcome.error).description) }
        filled += outcome.count
        return outcome.count == 0 ? .end : .some
    }

    /// Takes the first line, without its line feed; nil while there is none.
    mutating func takeLine() -> SecretBytes? {
        let held = filled
        let length = storage.withBytes { bytes in
            (0..<held).first { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0x0A }
        }
        guard let length else { return nil }
        let line = storage.prefix(length)
        drop(length + 1)
        return line
    }

    /// Takes everything, without one line feed at its end.
    mutating func takeAll() -> SecretBytes {
        let held = filled
        let endsLine =
            held > 0
            && storage.withBytes { bytes in
                unsafe bytes.unsafeLoad(fromByteOffset: held - 1, as: UInt8.self) == 0x0A
            }
        let all = storage.prefix(endsLine ? held - 1 : held)
        drop(held)
        return all
    }

    /// Moves what follows to the front, and wipes what it leaves.
    private mutating func drop(_ count: Int) {
        let left = filled - count
        let held = filled
        storage.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe memmove(bytes.baseAddress!, bytes.baseAddress! + count, left)
                unsafe memset(bytes.baseAddress! + left, 0, held - left)
            }
        }
        filled = left
    }
}
