import SecureMessaging
import SmartCard

/// PACE's messaging.
struct PACELayer: CardLayer {
    private let card: SecureMessagingCard

    init(_ card: SecureMessagingCard) {
        self.card = card
    }

    var protection: CardProtection { .pace }

    func open(_ command: CommandAPDU) -> OpenedCommand {
        if let opened = card.unwrap(command) { return .command(opened) }
        return .broken(ResponseAPDU(status: (card.refusal ?? .incorrect).rawValue))
    }

    func seal(_ response: ResponseAPDU) -> ResponseAPDU { card.wrap(response) }
}

/// A channel of CWA 14890.
struct CWALayer: CardLayer {
    private let channel: CWACardChannel

    init(_ channel: CWACardChannel) {
        self.channel = channel
    }

    var protection: CardProtection { channel.role == .pin ? .pin : .user }

    func open(_ command: CommandAPDU) -> OpenedCommand {
        switch channel.open(command) {
        case .command(let opened): .command(opened)
        case .refused(let answer): .broken(answer)
        }
    }

    func seal(_ response: ResponseAPDU) -> ResponseAPDU { channel.seal(response) }
}
