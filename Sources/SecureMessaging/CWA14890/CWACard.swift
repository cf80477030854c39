import SecureMemory
public import SmartCard

/// What a card does besides the channel: files, the PIN, signatures. A simulator's.
public protocol CWACardApplication: AnyObject {
    /// The answer to a command that is the card's own, as its bytes are after the protection is off.
    ///
    /// - Parameter role: the channel that it came through; nil for none.
    func respond(to command: CommandAPDU, within role: CWARole?) -> ResponseAPDU
    /// A channel has ended in an error or with the card's reset: the PIN is no more verified.
    func channelEnded()
}

/// The card's side of the handshake and of the channel, for a simulator.
///
/// It verifies the terminal's certificates for real, from the root that it is given; each step only after the one
/// before. A status is the card's own choice where no driver or document says which.
public final class CWACard {
    private let serial: [UInt8]
    private let authentication: CWACardAuthentication
    private let application: any CWACardApplication
    private var channel: CWACardChannel?

    /// The channel in force; nil for none.
    public var role: CWARole? { channel?.role }

    /// A card.
    ///
    /// - Parameters:
    ///   - serial: the chip's, 7 bytes.
    ///   - keySet: its root and its references are the card's; the terminal's keys are not looked at.
    public init(
        serial: [UInt8], key: consuming CWAPrivateKey, keySet: CWAKeySet, generation: CWAGeneration,
        application: any CWACardApplication, randoms: @escaping () -> CWARandoms = { .fresh() }
    ) {
        self.serial = serial
        authentication = CWACardAuthentication(
            serial: serial, key: key, keySet: keySet, generation: generation, randoms: randoms)
        self.application = application
    }

    /// The answer to a command, as long as it is: a reader of the protocol T=0 is given it in parts by whom it is
    /// connected to.
    public func respond(to command: CommandAPDU) -> ResponseAPDU {
        guard let channel else { return plain(command) }
        switch channel.open(command) {
        case .refused(let answer):
            reset()
            return answer
        // A handshake's last answer goes out under the keys that it came under.
        case .command(let opened): return channel.seal(plain(opened))
        }
    }

    /// The card is reset, or loses its power.
    public func reset() {
        channel = nil
        authentication.reset()
        application.channelEnded()
    }

    /// A command without its protection.
    private func plain(_ command: CommandAPDU) -> ResponseAPDU {
        if let answer = authentication.answer(command) {
            if let next = authentication.takeChannel() { channel = next }
            return answer
        }
        switch (command.header[0], command.header[1], command.header[2], command.header[3]) {
        case (0x90, CWACommands.chipInfo, 0, 0): return ResponseAPDU(data: serial, status: 0x9000)
        case (0, CWACommands.getChallenge, 0, 0):
            return ResponseAPDU(data: randomBytes(CWARandoms.challengeLength), status: 0x9000)
        default: return application.respond(to: command, within: role)
        }
    }
}
