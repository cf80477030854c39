import AgentProtocol
import CLinux
import Glibc
import Posix

/// The terminal of the asking program: opened, hidden while a question is on it, and given back.
///
/// While it is hidden, its settings bear a mark (``TerminalMark``) in slots of the control characters for which Linux has
/// no use, and which a shell that saves settings and puts them back keeps. So they are known for a question's, whoever has
/// set them.
final class TerminalDevice {
    private let descriptor: Descriptor
    /// The number of the device, as the kernel names a process's terminal.
    let device: UInt64
    /// The settings as they were found before a question hid them.
    private(set) var found: termios
    /// Never 0.
    private(set) var owner = UInt8.random(in: 1...255)

    /// The kernel's number, for reading.
    var number: Int32 { descriptor.number }

    /// Opens a terminal of this user's, without making it this process's controlling terminal.
    ///
    /// - Throws: `.cannotStart` for anything but a terminal's name, and for what is no terminal or is another user's.
    init(_ path: String) throws(WayError) {
        guard TerminalNames.isName(path) else {
            throw .cannotStart("\(ForeignText.quoted(path, width: 40)) is no terminal")
        }
        do throws(SystemError) {
            descriptor = try Descriptor.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
        } catch  where error.number == EACCES {
            throw .cannotStart("\(path) belongs to another user")
        } catch { throw .cannotStart(error.description) }
        var status = stat()
        var settings = termios()
        guard unsafe fstat(descriptor.number, &status) == 0, status.st_mode & S_IFMT == S_IFCHR,
            unsafe tcgetattr(descriptor.number, &settings) == 0
        else { throw .cannotStart("\(path) is no terminal") }
        guard status.st_uid == getuid() else { throw .cannotStart("\(path) belongs to another user") }
        device = UInt64(status.st_rdev)
        found = settings
    }

    // MARK: Settings

    /// Whether it is hidden by this question's settings right now.
    var isHidden: Bool {
        settings.map { Self.isHidden($0, found) && Self.key($0, TerminalMark.ownerPlace) == owner } ?? false
    }

    /// What governs it now; nil if that can't be read.
    private var settings: termios? {
        var settings = termios()
        return unsafe tcgetattr(number, &settings) == 0 ? settings : nil
    }

    /// Looks how the terminal is to be given back later.
    ///
    /// - Returns: What governs it now, for ``undo(_:)``.
    func find() throws(WayError) -> termios {
        guard let now = settings else { throw .failed(SystemError("tcgetattr").description) }
        found = TerminalMark.isOn(now) ? Self.plain(found) : now
        return now
    }

    /// Nothing that is typed is shown, and no key sends a signal: what a question shows and sends, it shows and sends itself.
    ///
    /// - Parameter discardsInput: for a question that begins: what was typed before is no answer to it.
    func hide(discardsInput: Bool) throws(WayError) {
        var hidden = Self.hidden(found, owner)
        // Neither TCSADRAIN nor TCSAFLUSH: while output is held (Ctrl-S), these would wait for ever.
        guard unsafe tcsetattr(number, TCSANOW, &hidden) == 0 else {
            throw .failed(SystemError("tcsetattr").description)
        }
        if discardsInput { tcflush(number, TCIFLUSH) }
    }

    /// Puts settings back that somebody else had just made.
    func undo(_ before: termios) {
        var settings = before
        _ = unsafe tcsetattr(number, TCSANOW, &settings)
    }

    /// What has become of the settings.
    enum Outcome: Equatable {
        /// They were a question's, and are as they were found.
        case restored
        /// They are no question's.
        case given
        /// They are a question's of none of these owners.
        case others(UInt8)
        /// A shell edits a line in settings that it has made from the hidden ones, and may put the hidden ones back.
        case builtUpon
    }

    /// Puts back the settings as they were found. Those that somebody else has made are left alone.
    ///
    /// - Parameter discardsInput: throws away what was typed and not read: the rest of a secret must not reach a shell.
    func giveBack(discardsInput: Bool) {
        Self.giveBack(number, found, [owner], isEdited: true, discardsInput: discardsInput)
    }

    /// The same for a descriptor of the terminal's, and for the settings of some owners.
    ///
    /// - Parameter isEdited: whether a shell may be editing a line; else whatever has their mark is put right.
    @discardableResult
    static func giveBack(
        _ number: Int32, _ found: termios, _ owners: [UInt8], isEdited: Bool, discardsInput: Bool
    ) -> Outcome {
        var now = termios()
        guard unsafe tcgetattr(number, &now) == 0, TerminalMark.isOn(now) else { return .given }
        let owner = key(now, TerminalMark.ownerPlace)
        guard owners.contains(owner) else { return .others(owner) }
        guard !isEdited || isHidden(now, found) else { return .builtUpon }
        if discardsInput { tcflush(number, TCIFLUSH) }
        var settings = plain(found)
        // zsh and fish give each command ECHO and ICANON: this one has been quicker, and asks for a secret of its own.
        if now.c_lflag & tcflag_t(ICANON) != 0, now.c_lflag & tcflag_t(ECHO) == 0 {
            settings.c_lflag &= ~tcflag_t(ECHO)
        }
        _ = unsafe tcsetattr(number, TCSANOW, &settings)
        return .restored
    }

    /// Whether a descriptor's terminal has the settings of a question, or what a shell has made of them.
    static func isMarked(_ number: Int32) -> Bool {
        var now = termios()
        return unsafe tcgetattr(number, &now) == 0 && TerminalMark.isOn(now)
    }

    /// Hides it by another mark from now on: the last one's settings may be a shell's.
    func changeOwner() {
        let last = owner
        while owner == last { owner = UInt8.random(in: 1...255) }
    }

    // MARK: What settings are

    private static func hidden(_ found: termios, _ owner: UInt8) -> termios {
        var settings = found
        settings.c_iflag |= tcflag_t(ICRNL)
        settings.c_oflag |= tcflag_t(OPOST) | tcflag_t(ONLCR)
        settings.c_lflag &= ~(tcflag_t(ICANON) | tcflag_t(ISIG) | tcflag_t(ECHO) | tcflag_t(ECHONL) | tcflag_t(IEXTEN))
        setKey(&settings, Int(VMIN), 1)
        setKey(&settings, Int(VTIME), 0)
        setKey(&settings, TerminalMark.place, TerminalMark.value)
        setKey(&settings, TerminalMark.ownerPlace, owner)
        return settings
    }

    /// Settings without the mark: those that a question which was killed has left behind are made a shell's again.
    private static func plain(_ settings: termios) -> termios {
        guard TerminalMark.isOn(settings) else { return settings }
        var plain = settings
        plain.c_lflag |= tcflag_t(ICANON) | tcflag_t(ISIG) | tcflag_t(ECHO) | tcflag_t(IEXTEN)
        for place in [TerminalMark.place, TerminalMark.ownerPlace] { setKey(&plain, place, 0) }
        return plain
    }

    /// Whether they are what a question sets, and not what a shell has made of it: zsh edits a line in settings that differ
    /// only by a flag for input.
    private static func isHidden(_ settings: termios, _ found: termios) -> Bool {
        let hidden = hidden(found, key(settings, TerminalMark.ownerPlace))
        let local = tcflag_t(ICANON) | tcflag_t(ISIG) | tcflag_t(ECHO) | tcflag_t(IEXTEN)
        return TerminalMark.isOn(settings)
            && settings.c_iflag == hidden.c_iflag && settings.c_oflag == hidden.c_oflag
            && settings.c_lflag & local == hidden.c_lflag & local
            && [VMIN, VTIME].allSatisfy { key(settings, Int($0)) == key(hidden, Int($0)) }
    }

    private static func key(_ settings: termios, _ place: Int) -> UInt8 {
        unsafe withUnsafeBytes(of: settings.c_cc) { unsafe $0[place] }
    }

    private static func setKey(_ settings: inout termios, _ place: Int, _ key: UInt8) {
        unsafe withUnsafeMutableBytes(of: &settings.c_cc) { unsafe $0[place] = key }
    }

    /// Whether output from the background is unwelcome (`stty tostop`).
    var stopsBackgroundOutput: Bool { settings.map { $0.c_lflag & tcflag_t(TOSTOP) != 0 } ?? false }

    /// The keys as they were found.
    var keys: TerminalKeys { TerminalKeys(found) }

    // MARK: Text

    /// Writes all of a text, as fast as the terminal takes it.
    func write(_ text: String, _ watch: Watch) throws(WayError) {
        try write(Array(text.utf8), watch)
    }

    /// The same of bytes.
    func write(_ bytes: [UInt8], _ watch: Watch) throws(WayError) {
        var rest = bytes[...]
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
