import Glibc
import Posix
import SecureMemory

/// A line as it is typed, in guarded memory, with the keys that take something back.
///
/// By hand, and not by the kernel's line discipline: that keeps a half-typed line to itself and would hand it to whoever
/// reads next, a shell for one, and it sends the signals of Ctrl-C and Ctrl-Z before the terminal can be given back.
struct LineEditor: ~Copyable {
    /// What a key has come to.
    enum Step: Equatable {
        /// Nothing but what is to be shown for it, which may be nothing.
        case show([UInt8])
        /// The line is complete.
        case line
        /// The end of input.
        case end
        /// A key that means a signal.
        case signal(Int32)
        /// The line is longer than any answer.
        case tooLong
        /// Nothing was there to read.
        case nothing
    }

    private let storage: SecretBytes
    private var filled = 0
    private let isHidden: Bool
    private let keys: TerminalKeys

    /// - Parameters:
    ///   - limit: of its bytes.
    ///   - isHidden: whether nothing is shown of it.
    init(limit: Int, isHidden: Bool, keys: TerminalKeys) {
        // One byte more, for the key that is looked at.
        storage = SecretBytes(zeros: limit + 1)
        self.isHidden = isHidden
        self.keys = keys
    }

    /// Reads one key from a terminal that does not block.
    mutating func read(_ terminal: Int32) throws(WayError) -> Step {
        let place = filled
        let outcome = storage.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes -> (count: Int, error: Int32) in
                let count = unsafe Glibc.read(terminal, bytes.baseAddress! + place, 1)
                return (count, count < 0 ? errno : 0)
            }
        }
        switch outcome.error {
        case EAGAIN, EINTR: return .nothing
        // The other end of a pseudo-terminal is closed.
        case EIO: return .end
        case 0: return outcome.count == 0 ? .end : take()
        default: throw .failed(SystemError("read the terminal", number: outcome.error).description)
        }
    }

    /// The line; what was typed of it is forgotten.
    mutating func finish() -> SecretBytes {
        let line = storage.prefix(filled)
        clear()
        return line
    }

    /// Forgets what was typed.
    mutating func clear() {
        wipe(from: 0)
    }

    // MARK: Keys

    /// The key that lies behind the line.
    private mutating func take() -> Step {
        let byte = byte(filled)
        if let signal = keys.signal(byte) {
            wipe(from: filled)
            return .signal(signal)
        }
        switch byte {
        case 0x0A, 0x0D: return wiping(.line)
        case _ where keys.isEnd(byte): return wiping(filled == 0 ? .end : .show([]))
        default: break
        }
        if let erasure = keys.erasure(byte) { return erase(erasure) }
        guard filled + 1 < storage.count else { return wiping(.tooLong) }
        filled += 1
        return .show(isHidden ? [] : Self.shown(byte))
    }

    private mutating func wiping(_ step: Step) -> Step {
        wipe(from: filled)
        return step
    }

    /// A control character as `^X`.
    private static func shown(_ byte: UInt8) -> [UInt8] {
        byte < 0x20 || byte == 0x7F ? [UInt8(ascii: "^"), byte ^ 0x40] : [byte]
    }

    private mutating func erase(_ erasure: TerminalKeys.Erasure) -> Step {
        var columns = 0
        switch erasure {
        case .character: columns = dropCharacter()
        case .word:
            while filled > 0, byte(filled - 1) == 0x20 { columns += dropCharacter() }
            while filled > 0, byte(filled - 1) != 0x20 { columns += dropCharacter() }
        case .line: while filled > 0 { columns += dropCharacter() }
        }
        wipe(from: filled)
        return .show(isHidden ? [] : Array(repeatElement([0x08, 0x20, 0x08], count: columns).joined()))
    }

    /// Drops the last character, a whole one of UTF-8; how many columns were shown for it, one as the kernel has it.
    private mutating func dropCharacter() -> Int {
        guard filled > 0 else { return 0 }
        let last = byte(filled - 1)
        filled -= 1
        var dropped = last
        while dropped & 0xC0 == 0x80, filled > 0, byte(filled - 1) >= 0x80 {
            filled -= 1
            dropped = byte(filled)
        }
        return last < 0x20 ? 2 : 1
    }

    private func byte(_ index: Int) -> UInt8 {
        storage.withBytes { unsafe $0.unsafeLoad(fromByteOffset: index, as: UInt8.self) }
    }

    private mutating func wipe(from start: Int) {
        filled = min(filled, start)
        storage.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                _ = unsafe memset(bytes.baseAddress! + start, 0, bytes.count - start)
            }
        }
    }
}
