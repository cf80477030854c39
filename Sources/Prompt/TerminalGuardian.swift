import Glibc
import Posix

/// Gives the terminal back for a question that was killed, and sees to a shell that has found the terminal hidden and keeps
/// these settings for the commands that it runs.
final class TerminalGuardian {
    /// What the guardian is told, before an owner's byte and the settings as they were found.
    private enum Word: UInt8 {
        /// A question hides the terminal.
        case held = 1
        /// It has given the terminal back, perhaps after a shell had looked at it.
        case kept
    }

    private let guardian: Guardian

    /// - Parameters:
    ///   - terminal: a descriptor of the terminal's, which is not hidden yet.
    ///   - shells: those that may keep its settings.
    init?(_ terminal: Int32, _ shells: AskingShells) {
        let guardian = try? Guardian(keeping: terminal) { pipe, terminal in
            Self.watch(pipe, SettingsWatch(terminal, shells))
        }
        guard let guardian else { return nil }
        self.guardian = guardian
    }

    /// Says what is to be put back if this process is killed, and by which mark it is known that it has to be.
    func hold(_ found: termios, owner: UInt8) { tell(.held, found, owner) }

    /// Has it see to settings of that mark's from now on.
    func seeTo(_ found: termios, owner: UInt8) { tell(.kept, found, owner) }

    /// Has it go: no shell has seen anything.
    func dismiss() { guardian.dismiss() }

    private func tell(_ word: Word, _ found: termios, _ owner: UInt8) {
        let settings = unsafe withUnsafeBytes(of: found) { unsafe Array($0) }
        guardian.tell([word.rawValue, owner] + settings)
    }

    // MARK: In the copy

    private static func watch(_ pipe: Int32, _ watch: SettingsWatch) {
        var watch = watch
        var held: UInt8?
        var isAlone = false
        while true {
            guard watch.wait(for: isAlone ? -1 : pipe) else {
                if !watch.look() && isAlone { return }
                continue
            }
            switch Guardian.next(pipe, count: 2 + MemoryLayout<termios>.size) {
            case .dismissal: return
            case .bytes(let bytes):
                unsafe withUnsafeMutableBytes(of: &watch.found) { unsafe $0.copyBytes(from: bytes[2...]) }
                if bytes[0] == Word.held.rawValue {
                    held = bytes[1]
                } else {
                    held = nil
                    watch.begin(bytes[1])
                }
            case nil:
                isAlone = true
                // A secret that was half typed must not become a command; what is typed later is one.
                if let held { watch.begin(held, discardsInput: true) }
                if !watch.look() { return }
                Guardian.heedTermination()
            }
        }
    }
}
