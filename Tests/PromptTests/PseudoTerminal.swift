import Glibc
import Posix
import Testing

/// A terminal whose person is the test.
final class PseudoTerminal {
    /// `/dev/pts/N`.
    let path: String
    /// The first process of the session whose terminal it is; 0 for none.
    private(set) var process: Int32 = 0
    private let master: Descriptor
    /// Kept open, so that the terminal outlives each program that uses it.
    private let device: Descriptor
    /// Everything that was shown.
    var shown: String { String(decoding: bytes, as: UTF8.self) }
    private var bytes: [UInt8] = []
    private var read = 0

    /// - Parameter program: that has it for its terminal, as the first of a session, and its environment; nil for none.
    init(_ program: [String]? = ["/bin/sleep", "1000"], environment: [String: String] = [:]) throws {
        master = try Descriptor.open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var unlocked: Int32 = 0
        var number: UInt32 = 0
        // TIOCSPTLCK and TIOCGPTN, macros that Swift does not import.
        try #require(ioctl(master.number, 0x4004_5431, &unlocked) == 0)
        try #require(ioctl(master.number, 0x8004_5430, &number) == 0)
        path = "/dev/pts/\(number)"
        device = try Descriptor.open(path, O_RDWR | O_NOCTTY)
        guard let program else { return }
        process = try Programs.start(
            ["/bin/sh", "-c", "exec <>'\(path)' >&0 2>&0; exec \"$@\"", "sh"] + program, environment: environment)
        for _ in 0..<2000 where ProcessStatus(of: process)?.terminal == 0 { usleep(5000) }
    }

    deinit {
        guard process > 0 else { return }
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// Waits until a text is shown after all that was waited for before.
    func expect(_ text: String) throws {
        while true {
            if let end = Self.end(of: Array(text.utf8), in: bytes, from: read) {
                read = end
                return
            }
            guard try ready(master.number, for: "\(text) on the terminal; it shows:\n\(shown)") & POLLIN != 0 else {
                throw Overdue("\(text) on a terminal that is gone; it showed:\n\(shown)")
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(master.number, &chunk, chunk.count)
            try #require(count > 0)
            bytes += chunk[..<count]
        }
    }

    /// Everything that was shown, once nothing comes any more for a while: what is not there then was not shown.
    func allShown() throws -> String {
        try expectQuiet()
        return shown
    }

    /// Reads until nothing comes any more for a while.
    func expectQuiet() throws {
        var entry = pollfd(fd: master.number, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, 200) > 0 {
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(master.number, &chunk, chunk.count)
            try #require(count > 0)
            bytes += chunk[..<count]
        }
    }

    private static func end(of text: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count - start >= text.count else { return nil }
        let place = (start...(bytes.count - text.count)).first { bytes[$0..<$0 + text.count].elementsEqual(text) }
        return place.map { $0 + text.count }
    }

    func type(_ text: String) throws {
        try master.writeAll(Array(text.utf8))
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
