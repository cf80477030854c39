import Glibc

/// The keys that a terminal's settings give a meaning (termios(3)).
struct TerminalKeys: Equatable {
    /// Linux's `_POSIX_VDISABLE`: no key has the meaning.
    private static let none: UInt8 = 0

    /// Ends the program: Ctrl-C.
    let interrupt: UInt8
    /// Ends it with a core file: Ctrl-\.
    let quit: UInt8
    /// Stops it: Ctrl-Z.
    let suspend: UInt8
    /// Ends the input: Ctrl-D.
    let end: UInt8
    /// Takes a character back.
    let erase: UInt8
    /// Takes a word back: Ctrl-W.
    let wordErase: UInt8
    /// Takes the line back: Ctrl-U.
    let kill: UInt8

    init(_ settings: termios) {
        let keys = unsafe withUnsafeBytes(of: settings.c_cc) { unsafe Array($0) }
        interrupt = keys[Int(VINTR)]
        quit = keys[Int(VQUIT)]
        suspend = keys[Int(VSUSP)]
        end = keys[Int(VEOF)]
        erase = keys[Int(VERASE)]
        wordErase = keys[Int(VWERASE)]
        kill = keys[Int(VKILL)]
    }

    /// The signal of a key; nil for all others.
    func signal(_ byte: UInt8) -> Int32? {
        guard byte != Self.none else { return nil }
        switch byte {
        case interrupt: return SIGINT
        case quit: return SIGQUIT
        case suspend: return SIGTSTP
        default: return nil
        }
    }

    /// Whether it ends the input.
    func isEnd(_ byte: UInt8) -> Bool { byte == end && byte != Self.none }

    /// What a key takes back.
    enum Erasure { case character, word, line }

    /// What a key takes back; nil for all others. Both keys that terminals send for Backspace are known, whichever of them
    /// the settings name.
    func erasure(_ byte: UInt8) -> Erasure? {
        guard byte != Self.none else { return nil }
        switch byte {
        case erase, 0x08, 0x7F: return .character
        case wordErase: return .word
        case kill: return .line
        default: return nil
        }
    }
}
