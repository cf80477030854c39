import SecureMemory
import SecureMessaging
import SmartCard

/// Bytes of hexadecimal text; blanks may be in it.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap { $0.hexDigitValue.map { UInt8($0) } }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func secret(_ bytes: [UInt8]) -> SecretBytes { SecretBytes(copying: bytes.span.bytes) }

func keys(_ cipher: MessagingCipher, _ encryption: String, _ authentication: String) -> MessagingKeys {
    MessagingKeys(cipher: cipher, encryption: secret(hex(encryption)), authentication: secret(hex(authentication)))
}

/// A channel of a closure's, which keeps what was sent.
final class StubChannel: CardChannel {
    var sent: [CommandAPDU] = []
    private let body: (CommandAPDU) -> ResponseAPDU

    init(_ body: @escaping (CommandAPDU) -> ResponseAPDU) { self.body = body }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        sent.append(command)
        return body(command)
    }
}

/// A card that speaks PACE, and then echoes each command's data with status 9000 inside the channel.
final class EchoCard: CardChannel {
    let pace: PACECard
    private(set) var messaging: SecureMessagingCard?
    /// Everything both ways: what was asked and what was answered.
    private(set) var record: [(CommandAPDU, ResponseAPDU)] = []
    /// Changes an answer, by its place.
    var change: (Int, ResponseAPDU) -> ResponseAPDU = { $1 }
    /// Changes a command, by its place.
    var changeCommand: (Int, CommandAPDU) -> CommandAPDU = { $1 }

    init(_ info: PACEInfo = .dnie, can: String = "123456") {
        pace = PACECard(info) { $0 == .can ? PACEPassword(can: secret(Array(can.utf8))) : nil }
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        let place = record.count
        let answer = change(place, self.answer(changeCommand(place, command)))
        record.append((command, answer))
        return answer
    }

    private func answer(_ command: CommandAPDU) -> ResponseAPDU {
        if let messaging {
            guard let plain = messaging.unwrap(command) else {
                return ResponseAPDU(status: messaging.refusal?.rawValue ?? 0x6F00)
            }
            return messaging.wrap(ResponseAPDU(data: plain.data, status: 0x9000))
        }
        switch pace.answer(command) {
        case .answer(let answer): return answer
        case .opened(let answer, let channel):
            messaging = channel
            return answer
        case .wrongPassword: return ResponseAPDU(status: PACECard.wrongPasswordStatus)
        case nil: return ResponseAPDU(status: 0x6D00)
        }
    }
}

/// Opens the channel by a card access number.
func open(_ card: any CardChannel, _ info: PACEInfo = .dnie, can: String = "123456") throws(PACEError)
    -> SecureMessagingChannel
{
    try PACETerminal.open(over: card, info, with: PACEPassword(can: secret(Array(can.utf8)))!)
}
