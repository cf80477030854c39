import Glibc

/// Gives the terminal back for a question that was killed, and for one that has ended while a shell had already begun to
/// build on the hidden settings.
final class TerminalGuardian {
    /// Milliseconds between two looks at a terminal that a shell builds on: zsh has the hidden settings only while a command
    /// runs, and takes for its own what the command leaves.
    private static let interval: UInt32 = 5
    /// How often it looks: for a quarter of an hour, in which whoever sits there has long typed a line.
    private static let mostLooks = 180_000

    private let guardian: Guardian

    /// - Parameter terminal: a descriptor of the terminal's, which is not hidden yet.
    init?(_ terminal: Int32) {
        let guardian = try? Guardian(keeping: terminal) { pipe, terminal in Self.watch(pipe, terminal) }
        guard let guardian else { return nil }
        self.guardian = guardian
    }

    /// Says what is to be put back, and by which mark it is known that it has to be.
    func hold(_ found: termios, owner: UInt8) {
        let settings = unsafe withUnsafeBytes(of: found) { unsafe Array($0) }
        guardian.tell([owner] + settings)
    }

    /// Lets it go if the terminal was given back; else it goes on alone.
    func leave(_ outcome: TerminalDevice.Outcome) {
        if outcome == .given { guardian.dismiss() }
    }

    // MARK: In the copy

    private static func watch(_ pipe: Int32, _ terminal: Int32) {
        var found = termios()
        var owner: UInt8 = 0
        loop: while true {
            switch Guardian.next(pipe, count: 1 + MemoryLayout<termios>.size) {
            case .dismissal: return
            case .bytes(let bytes):
                unsafe withUnsafeMutableBytes(of: &found) { unsafe $0.copyBytes(from: bytes[1...]) }
                owner = bytes[0]
            case nil: break loop
            }
        }
        guard owner != 0 else { return }
        for look in 0..<mostLooks {
            // A secret that was half typed must not become a command; what is typed later is one.
            if TerminalDevice.giveBack(terminal, found, owner, discardsInput: look == 0) == .given { return }
            usleep(interval * 1000)
        }
    }
}
