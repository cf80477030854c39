package import SmartCard

/// The card's side of the handshake alone: commands in the clear, or as another protection gives them, and at the end a
/// channel.
///
/// It verifies the terminal's certificates for real, from the root that it is given; each step only after the one
/// before. A status is the card's own choice where no driver or document says which.
package final class CWACardAuthentication {
    private static let wrongOrder: UInt16 = 0x6985
    private static let refused: UInt16 = 0x6300

    /// SN.ICC, 8 bytes.
    private let serial: [UInt8]
    private let key: CWAPrivateKey
    private let keySet: CWAKeySet
    private let generation: CWAGeneration
    private let randoms: () -> CWARandoms
    private var handshake = CWACardHandshake()
    private var channel: CWACardChannel?

    /// A card's.
    ///
    /// - Parameters:
    ///   - serial: the chip's, 7 bytes.
    ///   - keySet: its root and its references are the card's; the terminal's keys are not looked at.
    package init(
        serial: [UInt8], key: consuming CWAPrivateKey, keySet: CWAKeySet, generation: CWAGeneration,
        randoms: @escaping () -> CWARandoms = { .fresh() }
    ) {
        precondition(serial.count == 7)
        self.serial = [0] + serial
        self.key = key
        (self.keySet, self.generation, self.randoms) = (keySet, generation, randoms)
    }

    /// Forgets what has been begun.
    package func reset() {
        handshake = CWACardHandshake()
        channel = nil
    }

    /// The channel that the last answer has completed, once: it is in force after that answer has left.
    package func takeChannel() -> CWACardChannel? {
        defer { channel = nil }
        return channel
    }

    /// The answer to a command of the handshake; nil for another one.
    package func answer(_ command: CommandAPDU) -> ResponseAPDU? {
        switch (command.header[0], command.header[1], command.header[2], command.header[3]) {
        case (0, CWACommands.manageEnvironment, 0x81, 0xB6): status(handshake.selectKey(command.data, keySet))
        case (0, CWACommands.verifyCertificate, 0, 0xAE): status(handshake.verify(command.data, keySet))
        case (0, CWACommands.manageEnvironment, 0xC1, 0xA4): status(handshake.selectPair(command.data, keySet))
        case (0, CWACommands.internalAuthenticate, 0, 0):
            handshake.proveCard(command.data, key, randoms()) ?? status(Self.wrongOrder)
        case (0, CWACommands.getChallenge, 0, 0): challenge(command)
        case (0, CWACommands.externalAuthenticate, 0, 0): authenticate(command.data)
        default: nil
        }
    }

    private func status(_ status: UInt16) -> ResponseAPDU { ResponseAPDU(status: status) }

    /// A challenge of the handshake's own length, when it is its turn.
    private func challenge(_ command: CommandAPDU) -> ResponseAPDU? {
        guard command.data.isEmpty, command.expected == CWARandoms.challengeLength else { return nil }
        return handshake.challenge().map { ResponseAPDU(data: $0, status: 0x9000) }
    }

    /// The terminal's proof: all is begun anew after it.
    private func authenticate(_ message: [UInt8]) -> ResponseAPDU {
        defer { handshake = CWACardHandshake() }
        guard handshake.isChallenged else { return status(Self.wrongOrder) }
        guard let role = handshake.terminal?.role,
            let session = handshake.session(message, serial: serial, key, generation)
        else { return status(Self.refused) }
        channel = CWACardChannel(session, role: role)
        return status(0x9000)
    }
}
