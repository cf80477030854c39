import Glibc
import Synchronization
import Wire

/// Standard output, where results go.
///
/// A result that can't be written is an error, and not only where it is looked for: the first failure is kept, and
/// ``Program/run(_:)`` or the program itself says so at the end and fails.
public enum StandardOutput {
    private static let call = "standard output"
    /// The kernel's reason for the first failure; 0 for none.
    private static let reason = Atomic<Int32>(0)

    /// Whether a person looks at it.
    public static var isTerminal: Bool { isatty(1) == 1 }

    /// Why something could not be written; nil if all was.
    public static var failure: SystemError? {
        let number = reason.load(ordering: .relaxed)
        return number == 0 ? nil : SystemError(call, number: number)
    }

    /// As ``failure``, which is told now.
    public static func takeFailure() -> SystemError? {
        let number = reason.exchange(0, ordering: .relaxed)
        return number == 0 ? nil : SystemError(call, number: number)
    }

    /// Writes a text as people may be shown it (`DisplayText.lines`). Any name in it may come from outside and hold the
    /// characters that carry bytes (``SystemText``): these are never turned into bytes here.
    public static func put(_ text: String) { put(Array(DisplayText.lines(text).utf8)) }

    /// Writes a line that ends with the path of a file: one that the person has named, or that is there. A program gets
    /// exactly its bytes, unless it could pass for several lines; a person gets it as a line that can be shown.
    ///
    /// - Parameter words: the program's own, before the path.
    public static func put(_ words: String = "", path: String) {
        let bytes = SystemText.bytes(path)
        let isShown = isTerminal || bytes.contains { $0 < 0x20 || $0 == 0x7F }
        put(Array(DisplayText.lines(words).utf8) + (isShown ? Array(DisplayText.line(path).utf8) : bytes) + [0x0A])
    }

    /// Writes bytes.
    public static func put(_ bytes: [UInt8]) { put(unsafe bytes.span.bytes) }

    /// Writes lent bytes.
    public static func put(_ bytes: RawSpan) {
        do throws(SystemError) { try Descriptor.writeAll(bytes, to: 1) } catch {
            _ = reason.compareExchange(expected: 0, desired: error.number, ordering: .relaxed)
        }
    }

    /// Finds out what can be known without writing: before a person is asked for what is to go there.
    ///
    /// - Throws: if it was closed, is not open for writing, is full for ever (`/dev/full`), or nobody reads it any more.
    public static func check() throws(SystemError) {
        // Of no bytes: the kernel looks at the descriptor all the same, and devices say that they are full.
        let count = unsafe Glibc.write(1, "", 0)
        guard count == 0 || errno == EAGAIN || errno == EINTR else { throw SystemError(call) }
        var entry = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&entry, 1, 0) > 0, entry.revents & Int16(POLLERR | POLLNVAL) != 0 else { return }
        throw SystemError(call, number: EPIPE)
    }
}

/// Standard error, where words for the person go. Nobody can be told that these could not be written.
public enum StandardError {
    /// Writes a text as people may be shown it (`DisplayText.lines`).
    public static func write(_ text: String) {
        let bytes = Array(DisplayText.lines(text).utf8)
        do throws(SystemError) { try Descriptor.writeAll(unsafe bytes.span.bytes, to: 2) } catch {}
    }
}
