import SecureMemory
public import SmartCard

/// The terminal's side of PACE with generic mapping (ICAO Doc 9303-11 section 4.4).
///
/// By hand over OpenSSL's curves: Debian's libeac keeps password and keys in plain memory, and as another implementation
/// it is the card and the terminal that the tests speak with.
public enum PACETerminal {
    /// Runs PACE on a channel and gives the protected one over it. One try: a card may count wrong passwords.
    public static func open(
        over channel: any CardChannel, _ info: PACEInfo, with password: borrowing PACEPassword
    ) throws(PACEError) -> SecureMessagingChannel {
        try open(over: channel, info, with: password, numbers: nil)
    }

    /// The same with given private numbers, for known answers only.
    package static func open(
        over channel: any CardChannel, _ info: PACEInfo, with password: borrowing PACEPassword,
        numbers: consuming PACENumbers?
    ) throws(PACEError) -> SecureMessagingChannel {
        guard var agreement = PACEAgreement(info, numbers: numbers), let key = password.key(for: info.cipher) else {
            throw .unsupported
        }
        _ = try transmit(PACEMessages.settings(info, password.kind), .settings, on: channel)
        let nonce = try readNonce(key, info.cipher, on: channel)
        try map(&agreement, nonce, on: channel)
        try agree(&agreement, on: channel)
        try confirm(agreement, on: channel)
        guard let keys = agreement.takeKeys() else { throw .unsupported }
        return SecureMessagingChannel(over: channel, keys: keys)
    }

    private static func readNonce(
        _ key: borrowing SecretBytes, _ cipher: MessagingCipher, on channel: any CardChannel
    ) throws(PACEError) -> SecretBytes {
        let encrypted = try exchange(nil, [], .encryptedNonce, .nonce, on: channel)
        guard PACEMessages.isNonceLength(encrypted.count) else { throw .malformed(.nonce) }
        let nonce = SecretBytes(zeros: encrypted.count)
        let iv = [UInt8](repeating: 0, count: cipher.blockLength)
        let isDone = nonce.withMutableBytes { nonce in
            key.withBytes { key in
                unsafe cipher.crypt(encrypted.span.bytes, key: key, iv: iv, encrypts: false, into: &nonce)
            }
        }
        guard isDone else { throw .unsupported }
        return nonce
    }

    private static func map(
        _ agreement: inout PACEAgreement, _ nonce: borrowing SecretBytes, on channel: any CardChannel
    ) throws(PACEError) {
        guard let own = agreement.mappingKey() else { throw .unsupported }
        let other = try exchange(.terminalMapping, own, .cardMapping, .mapping, on: channel)
        guard agreement.map(nonce: nonce, own: own, other: other) else { throw .badKey(.mapping) }
    }

    private static func agree(_ agreement: inout PACEAgreement, on channel: any CardChannel) throws(PACEError) {
        guard let own = agreement.agreementKey() else { throw .unsupported }
        let other = try exchange(.terminalKey, own, .cardKey, .agreement, on: channel)
        guard agreement.agree(other: other) else { throw .badKey(.agreement) }
    }

    private static func confirm(_ agreement: borrowing PACEAgreement, on channel: any CardChannel) throws(PACEError) {
        guard let own = agreement.token() else { throw .unsupported }
        let other = try exchange(.terminalToken, own, .cardToken, .confirmation, on: channel)
        guard agreement.isOthersToken(other) else { throw .wrongPassword(triesLeft: nil) }
    }

    // MARK: Commands

    /// A step's command, and what its answer carries.
    private static func exchange(
        _ sent: PACEMessages.Content?, _ value: [UInt8], _ expected: PACEMessages.Content, _ step: PACEStep,
        on channel: any CardChannel
    ) throws(PACEError) -> [UInt8] {
        let answer = try transmit(PACEMessages.authenticate(sent, value), step, on: channel)
        guard let value = PACEMessages.value(of: expected, in: answer.data) else { throw .malformed(step) }
        return value
    }

    private static func transmit(
        _ command: CommandAPDU, _ step: PACEStep, on channel: any CardChannel
    ) throws(PACEError) -> ResponseAPDU {
        let answer: ResponseAPDU
        do { answer = try channel.transmit(command) } catch { throw .card(error) }
        if answer.isSuccess { return answer }
        guard step == .confirmation else { throw .refused(step, answer.status) }
        switch answer.status {
        case 0x6300: throw .wrongPassword(triesLeft: nil)
        case 0x63C0...0x63CF: throw .wrongPassword(triesLeft: Int(answer.status & 0xF))
        default: throw .refused(step, answer.status)
        }
    }
}
