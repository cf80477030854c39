import SecureMemory
public import SmartCard

/// A channel to a card on which each message is encrypted and authenticated (ICAO Doc 9303-11 section 9.8), over another.
///
/// Anything that is not as it must be ends it: nothing is sent from then on, and every command fails as not authentic.
public final class SecureMessagingChannel: CardChannel {
    /// The channel below, where the protected messages travel.
    public let channel: any CardChannel
    /// Whether it may still be used.
    public private(set) var isOpen = true
    private var protection: MessageProtection

    /// A channel with keys that both sides have.
    ///
    /// - Parameter counter: as it is before the first command, as long as a block; zero if there is none.
    public init(over channel: any CardChannel, keys: consuming MessagingKeys, counter: [UInt8]? = nil) {
        self.channel = channel
        protection = MessageProtection(keys: keys, counter: counter)
    }

    /// One command and its answer, both protected.
    ///
    /// - Throws: ``CardError/failed(_:)`` for a command that can't be protected: nothing was sent, and the channel lives.
    ///   All else ends it: ``CardError/refused(_:)`` if the card has dropped the channel and says so in plain, which
    ///   nobody has authenticated; ``CardError/notAuthentic``; what the channel below throws.
    public func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard isOpen else { throw .notAuthentic }
        guard canProtect(command) else { throw .failed("the command can't be protected") }
        isOpen = false
        guard let sealed = seal(command) else { throw .notAuthentic }
        let answer = try open(try channel.transmit(sealed), isOdd: command.isOdd)
        isOpen = true
        return answer
    }

    /// Whether the class leaves room for the bits of protection, and the data for the objects.
    private func canProtect(_ command: CommandAPDU) -> Bool {
        let overhead = 4 + 1 + 4 + 10
        let block = protection.keys.cipher.blockLength
        return command.header[0] & 0x6C == 0
            && (command.data.count / block + 1) * block + overhead <= CommandAPDU.extendedLimit
    }

    /// The protected command; nil if OpenSSL fails.
    private func seal(_ command: CommandAPDU) -> CommandAPDU? {
        protection.step()
        var message = ProtectedMessage()
        if !command.data.isEmpty {
            guard let cryptogram = unsafe protection.encrypted(command.data.span.bytes) else { return nil }
            message.cryptogram = cryptogram
        }
        message.expected = command.expected.map { ProtectedMessage.encoded(expected: $0) }
        var header = command.header
        header[0] |= CommandAPDU.protectedBits
        let authenticated = message.authenticated(isOdd: command.isOdd)
        guard let code = protection.code(header: header, objects: authenticated) else { return nil }
        message.code = code
        let data = message.bytes(isOdd: command.isOdd)
        let isShort = command.isShort && data.count <= CommandAPDU.shortLimit
        return CommandAPDU(
            header[0], header[1], header[2], header[3], data: data, expected: isShort ? 256 : CommandAPDU.answerLimit)
    }

    /// The answer inside a protected one.
    private func open(_ answer: ResponseAPDU, isOdd: Bool) throws(CardError) -> ResponseAPDU {
        protection.step()
        if answer.data.isEmpty, !answer.isSuccess { throw .refused(answer.status) }
        guard answer.data.count <= CommandAPDU.answerLimit,
            let message = ProtectedMessage(answer.data, isOdd: isOdd, isAnswer: true), let status = message.status,
            protection.isCode(message.code, objects: message.authenticated(isOdd: isOdd)),
            // A card may leave 9000 outside and say all inside.
            answer.status == status || answer.isSuccess
        else { throw .notAuthentic }
        guard let cryptogram = message.cryptogram else { return ResponseAPDU(status: status) }
        guard let data = protection.decrypted(cryptogram) else { throw .notAuthentic }
        return ResponseAPDU(data: data, status: status)
    }
}
