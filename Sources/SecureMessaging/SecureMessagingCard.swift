public import SmartCard

/// The card's side of ``SecureMessagingChannel``.
public final class SecureMessagingCard {
    /// What a card answers in plain when it drops the channel.
    public enum Refusal: UInt16, Sendable {
        /// The command is not protected.
        case missing = 0x6987
        /// Its objects or its code are not right.
        case incorrect = 0x6988
    }

    /// Why the channel is closed; nil while it is open.
    public private(set) var refusal: Refusal?
    private var protection: MessageProtection
    private var isOdd = false

    /// A channel with keys that both sides have.
    ///
    /// - Parameter counter: as it is before the first command, as long as a block; zero if there is none.
    public init(keys: consuming MessagingKeys, counter: [UInt8]? = nil) {
        protection = MessageProtection(keys: keys, counter: counter)
    }

    /// The plain command inside a protected one; nil, and the channel is closed for ever, if it is not one that the other
    /// side has just made. The answer is then ``refusal``, in plain.
    public func unwrap(_ command: CommandAPDU) -> CommandAPDU? {
        guard refusal == nil else { return nil }
        guard command.header[0] & CommandAPDU.protectedBits == CommandAPDU.protectedBits else {
            refusal = .missing
            return nil
        }
        refusal = .incorrect
        protection.step()
        guard let message = ProtectedMessage(command.data, isOdd: command.isOdd, isAnswer: false),
            protection.isCode(
                message.code, header: command.header, objects: message.authenticated(isOdd: command.isOdd)),
            let data = message.cryptogram.map({ protection.decrypted($0) }) ?? []
        else { return nil }
        refusal = nil
        isOdd = command.isOdd
        let header = command.header
        return CommandAPDU(
            header[0] & ~CommandAPDU.protectedBits, header[1], header[2], header[3], data: data,
            expected: message.expectedLength)
    }

    /// The protected answer to the command that was unwrapped last. What does not fit becomes 6700.
    public func wrap(_ answer: ResponseAPDU) -> ResponseAPDU {
        if let refusal { return ResponseAPDU(status: refusal.rawValue) }
        protection.step()
        return sealed(answer) ?? sealed(ResponseAPDU(status: 0x6700)) ?? ResponseAPDU(status: 0x6F00)
    }

    private func sealed(_ answer: ResponseAPDU) -> ResponseAPDU? {
        guard answer.data.count + protection.keys.cipher.blockLength < TLV.limit else { return nil }
        var message = ProtectedMessage()
        message.status = answer.status
        if !answer.data.isEmpty {
            guard let cryptogram = unsafe protection.encrypted(answer.data.span.bytes) else { return nil }
            message.cryptogram = cryptogram
        }
        guard let code = protection.code(objects: message.authenticated(isOdd: isOdd)) else { return nil }
        message.code = code
        let data = message.bytes(isOdd: isOdd)
        return data.count <= CommandAPDU.answerLimit ? ResponseAPDU(data: data, status: answer.status) : nil
    }
}
