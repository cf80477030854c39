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
    private let key: CWAPrivateKey
    private let keySet: CWAKeySet
    private let generation: CWAGeneration
    private let application: any CWACardApplication
    private let randoms: () -> CWARandoms

    private var handshake = CWACardHandshake()
    private var session: CWASession?
    /// The channel in force; nil for none.
    public private(set) var role: CWARole?

    /// A card.
    ///
    /// - Parameters:
    ///   - serial: the chip's, 7 bytes.
    ///   - keySet: its root and its references are the card's; the terminal's keys are not looked at.
    public init(
        serial: [UInt8], key: consuming CWAPrivateKey, keySet: CWAKeySet, generation: CWAGeneration,
        application: any CWACardApplication, randoms: @escaping () -> CWARandoms = { .fresh() }
    ) {
        precondition(serial.count == 7)
        self.serial = serial
        self.key = key
        (self.keySet, self.generation) = (keySet, generation)
        (self.application, self.randoms) = (application, randoms)
    }

    /// The answer to a command, as long as it is: a reader of the protocol T=0 is given it in parts by whom it is
    /// connected to.
    public func respond(to command: CommandAPDU) -> ResponseAPDU {
        guard var session = takeSession() else { return plain(command) }
        guard command.header[0] & 0x0C == 0x0C else { return end(.missingObject) }
        let opened: CommandAPDU
        do throws(CWARefusal) { opened = try session.open(command) } catch { return end(error) }
        let answer = plain(opened)
        guard let sealed = session.protect(answer) else { return end(.wrongObject) }
        // A handshake's last answer goes out under the keys that it came under.
        if self.session == nil { self.session = consume session }
        return sealed
    }

    /// The card is reset, or loses its power.
    public func reset() {
        _ = takeSession()
        role = nil
        handshake = CWACardHandshake()
        application.channelEnded()
    }

    private func end(_ refusal: CWARefusal) -> ResponseAPDU {
        reset()
        return ResponseAPDU(status: refusal.rawValue)
    }

    private func takeSession() -> CWASession? {
        var taken: CWASession? = nil
        swap(&taken, &session)
        return taken
    }

    /// A command without its protection.
    private func plain(_ command: CommandAPDU) -> ResponseAPDU {
        switch (command.header[0], command.header[1], command.header[2], command.header[3]) {
        case (0x90, CWACommands.chipInfo, 0, 0): return ResponseAPDU(data: serial, status: 0x9000)
        case (0, CWACommands.manageEnvironment, 0x81, 0xB6): return status(handshake.selectKey(command.data, keySet))
        case (0, CWACommands.verifyCertificate, 0, 0xAE): return status(handshake.verify(command.data, keySet))
        case (0, CWACommands.manageEnvironment, 0xC1, 0xA4): return status(handshake.selectPair(command.data, keySet))
        case (0, CWACommands.internalAuthenticate, 0, 0):
            return handshake.proveCard(command.data, key, randoms()) ?? ResponseAPDU(status: 0x6985)
        case (0, CWACommands.getChallenge, 0, 0):
            guard let challenge = handshake.challenge() else {
                return ResponseAPDU(data: randomBytes(CWARandoms.challengeLength), status: 0x9000)
            }
            return ResponseAPDU(data: challenge, status: 0x9000)
        case (0, CWACommands.externalAuthenticate, 0, 0): return authenticate(command.data)
        default: return application.respond(to: command, within: role)
        }
    }

    private func status(_ status: UInt16) -> ResponseAPDU { ResponseAPDU(status: status) }

    /// The terminal's proof: all is begun anew if it is none.
    private func authenticate(_ message: [UInt8]) -> ResponseAPDU {
        defer { handshake = CWACardHandshake() }
        guard handshake.isChallenged else { return status(0x6985) }
        guard let (session, role) = begun(message) else { return status(0x6300) }
        self.session = session.take()
        self.role = role
        return status(0x9000)
    }

    private func begun(_ message: [UInt8]) -> (CWASessionBox, CWARole)? {
        guard let session = handshake.session(message, serial: [0] + serial, key, generation),
            let role = handshake.terminal?.role
        else { return nil }
        return (CWASessionBox(session), role)
    }
}

/// Holds a session for a tuple, which can't hold a noncopyable value.
private final class CWASessionBox {
    private var session: CWASession?

    init(_ session: consuming CWASession) { self.session = consume session }

    func take() -> CWASession? {
        var taken: CWASession? = nil
        swap(&taken, &session)
        return taken
    }
}
