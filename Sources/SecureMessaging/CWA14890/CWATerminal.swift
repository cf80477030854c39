public import SmartCard

/// Why there is no secure channel: the step, and what was wrong with it.
public struct CWAFailure: Error, Equatable, Sendable {
    /// The steps, in their order.
    public enum Step: Equatable, Sendable {
        case serial
        case readingIntermediate
        case readingCertificate
        /// The card's certificates are not of a root that is known.
        case certificates
        /// The terminal's own numbers can't be a key.
        case terminalKey
        case rootKey
        case authorityCertificate
        case authorityKey
        case terminalCertificate
        case keys
        /// The card did not prove who it is.
        case internalAuthentication
        case challenge
        /// The card does not believe the terminal.
        case externalAuthentication
    }

    public let step: Step
    public let cause: CardError
}

/// The terminal's side of the handshake (CWA 14890-1 section 8.4; RSA of 1024 bits, Triple DES).
public struct CWATerminal: Sendable {
    public var settings: CWASettings
    /// The sets that a card may belong to; the first whose root its certificates are of is taken.
    public var keySets: [CWAKeySet]

    public init(_ settings: CWASettings, keySets: [CWAKeySet] = [.first, .second]) {
        (self.settings, self.keySets) = (settings, keySets)
    }

    /// Reads who the card is, and verifies its certificates. No channel begins by it; the serial number can be read
    /// only before one does.
    public func identify(through channel: any CardChannel) throws(CWAFailure) -> CWACardIdentity {
        let serial = try answer(to: CWACommands.serial, .serial, channel)
        guard serial.count == 7 else { throw CWAFailure(step: .serial, cause: .malformed) }
        let intermediate = try certificate(CWACommands.authorityCertificate, .readingIntermediate, channel)
        let own = try certificate(CWACommands.cardCertificate, .readingCertificate, channel)
        guard let identity = identity(serial: serial, intermediate: intermediate, component: own) else {
            throw CWAFailure(step: .certificates, cause: .notAuthentic)
        }
        return identity
    }

    /// The same for a card whose serial number and certificates are known already; nil if no set's root has issued them.
    ///
    /// - Parameters:
    ///   - serial: of the chip, 7 bytes.
    ///   - intermediate: file 6020, in DER.
    ///   - component: file 601F, in DER.
    public func identity(serial: [UInt8], intermediate: [UInt8], component: [UInt8]) -> CWACardIdentity? {
        guard serial.count == 7 else { return nil }
        let units = CWAComponentCertificate.issuingUnits(of: intermediate)
        for keySet in keySets where units.contains(keySet.cardRootName) {
            let key = CWAComponentCertificate.verified(component, intermediate: intermediate, root: keySet.cardRoot)
            if let key { return CWACardIdentity(serial: [0] + serial, key: key, keySet: keySet) }
        }
        return nil
    }

    /// Opens a channel: the handshake goes through `current`, and the channel's messages over `lower`, where they take
    /// the place of all protection that was there before. A channel that `current` is forgets its keys.
    ///
    /// The master file, or a file in it, is selected after ``identify(through:)``, as the drivers have it.
    ///
    /// - Parameters:
    ///   - current: the channel in force: plain, PACE's, or the one for the PIN.
    ///   - lower: the reader's own channel, without protection.
    ///   - randoms: fresh for each handshake.
    public func open(
        _ role: CWARole, to card: CWACardIdentity, through current: any CardChannel, over lower: any CardChannel,
        randoms: consuming CWARandoms = .fresh()
    ) throws(CWAFailure) -> CWAChannel {
        let terminal = card.keySet.key(for: role)
        guard let key = terminal.privateKey() else { throw CWAFailure(step: .terminalKey, cause: .malformed) }
        try presentCertificates(terminal, card.keySet, current)
        let command = CWACommands.authenticateCard(
            randoms.challenge, terminal.serial, saysExpected: settings.saysExpected)
        let proof = try answer(to: command, .internalAuthentication, current)
        let answered = randoms.challenge + terminal.serial
        guard proof.count == CWAPublicKey.length,
            let half = CWAMessage.open(proof, answering: answered, by: card.key, for: key)
        else { throw CWAFailure(step: .internalAuthentication, cause: .notAuthentic) }
        let challenge = try answer(to: CWACommands.challenge, .challenge, current)
        guard challenge.count == CWARandoms.challengeLength else {
            throw CWAFailure(step: .challenge, cause: .malformed)
        }
        guard let message = CWAMessage.seal(randoms, answering: challenge + card.serial, by: key, for: card.key) else {
            throw CWAFailure(step: .terminalKey, cause: .malformed)
        }
        try silent(CWACommands.authenticateTerminal(message), .externalAuthentication, current)
        (current as? CWAChannel)?.forget()
        let session = CWASession(
            half, randoms.key, card: challenge, terminal: randoms.challenge, generation: settings.generation)
        guard let session else { throw CWAFailure(step: .terminalKey, cause: .failed("The cipher failed.")) }
        return CWAChannel(session, role: role, over: lower, settings)
    }

    /// The card verifies the terminal's certificates from its root down, and takes the keys for the authentication.
    private func presentCertificates(
        _ terminal: CWATerminalKey, _ set: CWAKeySet, _ channel: any CardChannel
    ) throws(CWAFailure) {
        try silent(CWACommands.verifyWith(set.rootReference), .rootKey, channel)
        try silent(CWACommands.verify(set.authorityCertificate), .authorityCertificate, channel)
        try silent(CWACommands.verifyWith(set.authorityReference), .authorityKey, channel)
        try silent(CWACommands.verify(terminal.certificate), .terminalCertificate, channel)
        let keys = CWACommands.authenticateWith(terminal: terminal.serial, card: set.cardKeyReference)
        try silent(keys, .keys, channel)
    }

    /// A command that is answered by a status alone.
    private func silent(
        _ command: CommandAPDU, _ step: CWAFailure.Step, _ channel: any CardChannel
    ) throws(CWAFailure) {
        guard try answer(to: command, step, channel).isEmpty else { throw CWAFailure(step: step, cause: .malformed) }
    }

    private func answer(
        to command: CommandAPDU, _ step: CWAFailure.Step, _ channel: any CardChannel
    ) throws(CWAFailure) -> [UInt8] {
        let answer: ResponseAPDU
        do throws(CardError) {
            answer = try channel.cwaAnswer(to: command)
        } catch { throw CWAFailure(step: step, cause: error) }
        guard answer.isSuccess else { throw CWAFailure(step: step, cause: .refused(answer.status)) }
        return answer.data
    }

    private func certificate(
        _ file: [UInt8], _ step: CWAFailure.Step, _ channel: any CardChannel
    ) throws(CWAFailure) -> [UInt8] {
        do throws(CardError) {
            return try channel.cwaCertificate(file)
        } catch { throw CWAFailure(step: step, cause: error) }
    }
}
