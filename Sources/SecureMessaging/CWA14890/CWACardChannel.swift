package import SmartCard

/// The card's side of one channel, for whoever has the card's commands and other protections elsewhere.
package final class CWACardChannel {
    /// What became of a command's protection.
    package enum Opened {
        case command(CommandAPDU)
        /// The answer, sent as it is; the channel is over.
        case refused(ResponseAPDU)
    }

    /// What the terminal's certificate lets it do.
    package let role: CWARole
    private var session: CWASession

    init(_ session: consuming CWASession, role: CWARole) {
        self.session = consume session
        self.role = role
    }

    /// The command inside; it expects 256 bytes if it does not say.
    package func open(_ command: CommandAPDU) -> Opened {
        guard command.header[0] & 0x0C == 0x0C else { return Self.refused(.missingObject) }
        do throws(CWARefusal) { return .command(try session.open(command)) } catch { return Self.refused(error) }
    }

    /// The answer to the command that was opened last, protected.
    package func seal(_ answer: ResponseAPDU) -> ResponseAPDU {
        session.protect(answer) ?? ResponseAPDU(status: CWARefusal.wrongObject.rawValue)
    }

    private static func refused(_ reason: CWARefusal) -> Opened { .refused(ResponseAPDU(status: reason.rawValue)) }
}
