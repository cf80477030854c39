import AgentProtocol
import CLinux
import Glibc
import Posix

/// The terminal of the asking tool, with its settings as they were found.
final class TerminalDevice {
    private let descriptor: Descriptor
    private let found: termios
    /// What this process has set; nil while it leaves the settings to a pinentry.
    private var chosen: termios?

    /// The kernel's number, for reading.
    var number: Int32 { descriptor.number }

    /// Opens a terminal of this user's, without making it this process's controlling terminal.
    ///
    /// - Throws: `.cannotStart` for anything but a terminal's name, at which there is one that belongs to the user.
    init(_ path: String) throws(WayError) {
        guard TerminalNames.isName(path) else {
            throw .cannotStart("\(ForeignText.quoted(path, width: 40)) is no terminal")
        }
        do throws(SystemError) {
            descriptor = try Descriptor.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
        } catch { throw .cannotStart(error.description) }
        var status = stat()
        var settings = termios()
        guard unsafe fstat(descriptor.number, &status) == 0, status.st_mode & S_IFMT == S_IFCHR,
            unsafe tcgetattr(descriptor.number, &settings) == 0
        else { throw .cannotStart("\(path) is no terminal") }
        guard status.st_uid == getuid() else { throw .cannotStart("\(path) belongs to another user") }
        found = settings
    }

    // MARK: Settings

    /// Lines with or without echo. What was typed before is thrown away: it was no answer to this question.
    func setLines(echo: Bool) throws(WayError) {
        var settings = found
        settings.c_iflag |= tcflag_t(ICRNL)
        settings.c_oflag |= tcflag_t(OPOST) | tcflag_t(ONLCR)
        let echoes = tcflag_t(ECHO)
        settings.c_lflag |= tcflag_t(ICANON) | tcflag_t(ISIG) | tcflag_t(ECHOE) | tcflag_t(ECHOK)
        settings.c_lflag = echo ? settings.c_lflag | echoes : settings.c_lflag & ~echoes
        guard unsafe tcsetattr(number, TCSAFLUSH, &settings) == 0 else {
            throw .failed(SystemError("tcsetattr").description)
        }
        chosen = settings
    }

    /// Throws away what was typed so far.
    func discardInput() {
        tcflush(number, TCIFLUSH)
    }

    /// Puts back the settings as they were found, and throws away what was typed: half a secret must not reach a shell.
    ///
    /// Settings that are no longer those of ``setLines(echo:)`` are left alone: the shell has taken its terminal back,
    /// and edits a line of its own.
    ///
    /// - Returns: Whether it put anything back.
    @discardableResult
    func restore() -> Bool {
        var now = termios()
        guard unsafe tcgetattr(number, &now) == 0, !Self.areSame(now, found) else { return false }
        if let chosen, !Self.areSame(now, chosen) { return false }
        var settings = found
        return unsafe tcsetattr(number, TCSAFLUSH, &settings) == 0
    }

    private static func areSame(_ one: termios, _ other: termios) -> Bool {
        one.c_lflag == other.c_lflag && one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag
    }

    // MARK: Text

    /// Writes all of a text, as fast as the terminal takes it.
    func write(_ text: String, _ watch: Watch) throws(WayError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = put(rest)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                _ = try watch.wait((number, POLLOUT))
            } else if errno != EINTR {
                throw .failed(SystemError("write to the terminal").description)
            }
        }
    }

    /// Writes what the terminal takes at once: for last words.
    func writeAtOnce(_ text: String) {
        _ = put(Array(text.utf8)[...])
    }

    private func put(_ bytes: ArraySlice<UInt8>) -> Int {
        unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress!, $0.count) }
    }
}
