public import SmartCard

/// Which protection a command has come through.
public enum CardProtection: Equatable, Sendable {
    /// None.
    case plain
    /// PACE's messaging; over the air only.
    case pace
    /// CWA 14890 with a terminal of the role "user".
    case user
    /// CWA 14890 with a terminal of the role "PIN"; DNIe 3.0 and 4.0 only.
    case pin
}

/// What became of a command's protection.
public enum OpenedCommand: Equatable, Sendable {
    /// The command inside; its answer goes through ``CardLayer/seal(_:)``.
    case command(CommandAPDU)
    /// The protection is missing or wrong: the answer, sent as it is; the channel and the PIN's state end with it.
    case broken(ResponseAPDU)
}

/// The card's side of a secure channel: what lies between the reader and the card's commands.
public protocol CardLayer {
    /// What commands that come through it may do.
    var protection: CardProtection { get }
    /// Takes the protection off a command.
    mutating func open(_ command: CommandAPDU) -> OpenedCommand
    /// Puts the protection on the answer to the command that was opened last.
    mutating func seal(_ response: ResponseAPDU) -> ResponseAPDU
}

/// The card's side of what makes a channel: PACE, CWA 14890.
///
/// It is asked before the card's own commands, with what a terminal sends inside a channel too: the second handshake of
/// a DNIe 3.0 travels through the first one's channel.
public protocol CardHandshake {
    /// The answer to a command of the handshake; nil if the command is none of it, and the card's to answer.
    ///
    /// - Parameters:
    ///   - protection: what the command has come through.
    ///   - memory: where wrong passwords are counted.
    mutating func answer(
        _ command: CommandAPDU, in protection: CardProtection, _ memory: CardMemory
    ) -> ResponseAPDU?
    /// Milliseconds that the last answer comes late, because of wrong passwords before it.
    var pause: Int { get }
    /// The channel that the last answer has completed, once: it replaces the one in force after that answer has left.
    mutating func takeLayer() -> (any CardLayer)?
    /// The card's power or its channel went: forgets what has been begun.
    mutating func reset()
}

/// No protection: commands pass as they are.
public struct PlainLayer: CardLayer {
    public init() {}

    public var protection: CardProtection { .plain }

    /// A command in secure messaging has no channel here (ISO/IEC 7816-4: "secure messaging not supported").
    public func open(_ command: CommandAPDU) -> OpenedCommand {
        command.header[0] & 0x0C == 0 ? .command(command) : .broken(ResponseAPDU(status: CardStatus.noMessaging))
    }

    public func seal(_ response: ResponseAPDU) -> ResponseAPDU { response }
}
