import SecureMemory
import SmartCard

@testable import SecureMessaging

/// Messages with their lengths before them, two bytes each; what is left over is the last one.
func messages(_ bytes: [UInt8]) -> [[UInt8]] {
    var (messages, rest) = ([[UInt8]](), bytes[...])
    while rest.count > 2 {
        let count = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
        messages.append(Array(rest.dropFirst(2).prefix(count)))
        rest = rest.dropFirst(2 + count)
    }
    return messages
}

func secret(_ bytes: [UInt8]) -> SecretBytes { SecretBytes(copying: bytes.span.bytes) }

/// A reader whose card answers with what the fuzzer has, and then is gone.
final class AnsweringChannel: CardChannel {
    private var answers: ArraySlice<[UInt8]>
    private let change: (ResponseAPDU) -> ResponseAPDU

    init(_ bytes: [UInt8], change: @escaping (ResponseAPDU) -> ResponseAPDU = { $0 }) {
        answers = messages(bytes)[...]
        self.change = change
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard let answer = answers.popFirst() else { throw .removed }
        guard let response = ResponseAPDU(bytes: answer) else { throw .malformed }
        return change(response)
    }
}

private let commands = [
    CommandAPDU(0, 0xB0, 0, 0, expected: 256), CommandAPDU(0, 0xA4, 4, 0, data: Array("Master.File".utf8)),
    CommandAPDU(0, 0xB1, 0, 0, data: [0x54, 1, 0], expected: 65_536), CommandAPDU(0, 0x20, 0, 0, data: [1, 2, 3, 4]),
]

// MARK: The terminal's side

/// PACE with the numbers of the known run, so that the fuzzer begins with answers that are right.
func openPACE(_ answers: [UInt8]) {
    let numbers = PACENumbers(
        mapping: secret([UInt8](repeating: 0x11, count: 32)), agreement: secret([UInt8](repeating: 0x33, count: 32)))
    let channel = try? PACETerminal.open(
        over: AnsweringChannel(answers), .dnie, with: PACEPassword(can: secret(Array("123456".utf8)))!,
        numbers: numbers)
    for command in commands { _ = try? channel?.transmit(command) }
}

func identify(_ answers: [UInt8]) {
    let channel = AnsweringChannel(answers)
    let terminal = CWATerminal(CWASettings(generation: .third))
    guard let identity = try? terminal.identify(through: channel) else { return }
    _ = try? terminal.open(.user, to: identity, through: channel, over: channel)
}

private func messagingKeys(_ cipher: MessagingCipher) -> MessagingKeys {
    let key = secret([UInt8](repeating: 7, count: cipher.keyLength))
    return MessagingKeys(cipher: cipher, encryption: key.copy(), authentication: key.copy())
}

/// With the first byte's lowest bit, an answer's code is made right, so that what lies behind it is reached.
func speakMessaging(_ bytes: [UInt8]) {
    guard let first = bytes.first, let cipher = MessagingCipher(rawValue: first >> 1 & 3 + 1) else { return }
    var protection = MessageProtection(keys: messagingKeys(cipher))
    let below = AnsweringChannel(Array(bytes.dropFirst())) { answer in
        guard first & 1 == 1, answer.status == 0x9000 else { return answer }
        protection.step()
        protection.step()
        guard let code = protection.code(objects: answer.data) else { return answer }
        return ResponseAPDU(data: answer.data + [0x8E, 8] + code, status: 0x9000)
    }
    let channel = SecureMessagingChannel(over: below, keys: messagingKeys(cipher))
    for command in commands {
        let wasOpen = channel.isOpen
        let answer = try? channel.transmit(command)
        precondition((answer != nil) == channel.isOpen && (wasOpen || answer == nil))
        precondition(first & 1 == 1 || answer == nil, "a code was guessed")
    }
}

private func session(_ generation: CWAGeneration) -> CWASession {
    CWASession(
        secret([UInt8](repeating: 7, count: 32)), secret([UInt8](repeating: 9, count: 32)), card: Array(1...8),
        terminal: Array(1...8), generation: generation)!
}

/// As ``speakMessaging(_:)``.
func speakCWA(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let generation = first & 2 == 0 ? CWAGeneration.second : .third
    var own = session(generation)
    let below = AnsweringChannel(Array(bytes.dropFirst())) { answer in
        guard first & 1 == 1, answer.status == 0x9000 else { return answer }
        own.advance()
        own.advance()
        guard let code = own.code(answer.data) else { return answer }
        return ResponseAPDU(data: answer.data + [0x8E, UInt8(code.count)] + code, status: 0x9000)
    }
    let channel = CWAChannel(session(generation), role: .user, over: below, CWASettings(generation: generation))
    for command in commands where command.expected ?? 0 <= 256 {
        let answer = try? channel.transmit(command)
        precondition((answer != nil) == channel.isOpen)
        // A code of four bytes can be guessed, in some hours.
        precondition(first & 1 == 1 || generation == .second || answer == nil, "a code was guessed")
    }
}

// MARK: The card's side

func commandPACE(_ bytes: [UInt8]) {
    let card = PACECard(.dnie) { $0 == .can ? PACEPassword(can: secret(Array("123456".utf8))) : nil }
    card.prepare(
        nonce: secret(Array(0..<16)),
        numbers: PACENumbers(
            mapping: secret([UInt8](repeating: 0x22, count: 32)),
            agreement: secret([UInt8](repeating: 0x44, count: 32))))
    var messaging: SecureMessagingCard?
    for command in messages(bytes).compactMap({ CommandAPDU(bytes: $0) }) {
        if let open = messaging {
            _ = open.unwrap(command)
            _ = open.wrap(ResponseAPDU(data: command.data, status: 0x9000))
        } else if case .opened(_, let channel) = card.answer(command) {
            messaging = channel
        }
    }
}

private final class Application: CWACardApplication {
    func respond(to command: CommandAPDU, within role: CWARole?) -> ResponseAPDU {
        precondition(role == nil, "a handshake was guessed")
        return ResponseAPDU(data: command.data, status: 0x9000)
    }
    func channelEnded() {}
}

/// A card whose key is one of the published ones: making a key takes long.
func commandCWA(_ bytes: [UInt8]) {
    let card = CWACard(
        serial: Array(1...7), key: CWAKeySet.second.pin.privateKey()!, keySet: .first, generation: .third,
        application: Application(),
        randoms: {
            CWARandoms(
                challenge: Array(1...8), padding: [UInt8](repeating: 3, count: 74),
                key: secret([UInt8](repeating: 5, count: 32)))!
        })
    for command in messages(bytes).compactMap({ CommandAPDU(bytes: $0) }) { _ = card.respond(to: command) }
    precondition(card.role == nil, "a handshake was guessed")
}

/// A protected command whose code is right.
func commandSession(_ bytes: [UInt8]) {
    guard bytes.count >= 4, bytes.count < 60_000 else { return }
    var card = session(.third)
    var terminal = session(.third)
    terminal.advance()
    let (header, objects) = ([bytes[0] | 0x0C] + bytes[1..<4], Array(bytes[4...]))
    let code = terminal.code(CWASession.covered(header) + objects)!
    let command = CommandAPDU(header[0], header[1], header[2], header[3], data: objects + [0x8E, 8] + code)
    guard let opened = try? card.open(command) else { return }
    precondition(opened.header[1...] == command.header[1...] && opened.data.count < objects.count + 1)
    _ = card.protect(ResponseAPDU(data: opened.data, status: 0x9000))
}
