import Glibc
import Posix
import TestSupport
import Testing

/// A terminal whose person is the test.
final class PseudoTerminal {
    private let pair: PseudoTerminalPair
    /// The first of the session whose terminal it is; nil for none.
    private let program: Child?
    /// Kept open, so that the terminal outlives each program that uses it.
    private let device: Descriptor
    /// Everything that was shown.
    var shown: String { String(decoding: bytes, as: UTF8.self) }
    private var bytes: [UInt8] = []
    private var read = 0

    /// - Parameter program: that has it for its terminal, as the first of a session, and its environment; nil for none.
    init(_ program: [String]? = ["/bin/sleep", "300"], environment: [String: String] = [:]) throws {
        let pair = try PseudoTerminalPair()
        self.pair = pair
        device = try Descriptor.open(pair.path, O_RDWR | O_NOCTTY)
        self.program = try program.map {
            try pair.session($0, environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 })
        }
    }

    /// `/dev/pts/N`.
    var path: String { pair.path }

    /// The number of the session's first process; 0 for none.
    var process: Int32 { program?.pid ?? 0 }

    /// Waits until a text is shown after all that was waited for before.
    func expect(_ text: String) throws {
        while true {
            if let end = Self.end(of: Array(text.utf8), in: bytes, from: read) {
                read = end
                return
            }
            let events = try ready(pair.master.number, for: "\(text) on the terminal; it shows:\n\(shown)")
            guard events & POLLIN != 0 else {
                throw Overdue("\(text) on a terminal that is gone; it showed:\n\(shown)")
            }
            try readMore()
        }
    }

    /// Everything that was shown, once nothing comes any more for a while: what is not there then was not shown.
    func allShown() throws -> String {
        try expectQuiet()
        return shown
    }

    /// Reads until nothing comes any more for a while.
    func expectQuiet() throws {
        var entry = pollfd(fd: pair.master.number, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, 200) > 0 { try readMore() }
    }

    private func readMore() throws {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(pair.master.number, &chunk, chunk.count)
        try #require(count > 0)
        bytes += chunk[..<count]
    }

    private static func end(of text: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count - start >= text.count else { return nil }
        let place = (start...(bytes.count - text.count)).first { bytes[$0..<$0 + text.count].elementsEqual(text) }
        return place.map { $0 + text.count }
    }

    func type(_ text: String) throws {
        try pair.master.writeAll(Array(text.utf8))
    }

    /// What governs the terminal now.
    var settings: termios {
        get {
            var settings = termios()
            tcgetattr(device.number, &settings)
            return settings
        }
        set {
            var settings = newValue
            tcsetattr(device.number, TCSANOW, &settings)
        }
    }

    var echoes: Bool { settings.c_lflag & tcflag_t(ECHO) != 0 }

    /// Whether the settings are those.
    func has(_ other: termios) -> Bool {
        let mine = settings
        return mine.c_lflag == other.c_lflag && mine.c_iflag == other.c_iflag && mine.c_oflag == other.c_oflag
    }
}
