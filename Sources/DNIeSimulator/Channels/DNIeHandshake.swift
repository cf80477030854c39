import SecureMemory
import SecureMessaging
public import SmartCard

/// The handshakes of a DNIe: CWA 14890, and over the air PACE before it.
///
/// Channels replace each other. Over the air all begins with PACE; the handshake for the PIN's channel goes through it,
/// and the one for the user's channel through that. The terminal's certificates are verified from the real card's root.
public struct DNIeHandshake: CardHandshake {
    private let authentication: CWACardAuthentication
    /// Over the air only.
    private let access: PACECard?
    private let rules: CardRules
    private var next: (any CardLayer)?
    public private(set) var pause = 0

    /// The handshakes of a card; nil if its own key can't be one.
    public init?(_ model: CardModel, interface: CardInterface, rules: CardRules) {
        guard let key = model.componentKey.component() else { return nil }
        // The first generations are of the first root whatever their support number says.
        let isFirst = model.generation.isOld
        authentication = CWACardAuthentication(
            serial: model.serial, key: key,
            keySet: isFirst ? .first : .forDNIe(supportNumber: Array(model.support.utf8)),
            generation: isFirst ? .second : .third)
        access = interface == .contactless ? Self.access(model.can) : nil
        self.rules = rules
    }

    /// PACE with the number on the card; what is in its machine readable zone is not known here.
    private static func access(_ number: String) -> PACECard {
        PACECard(.dnie) { kind in
            guard kind == .can else { return nil }
            return unsafe PACEPassword(can: SecretBytes(copying: Array(number.utf8).span.bytes))
        }
    }

    public mutating func answer(
        _ command: CommandAPDU, in protection: CardProtection, _ memory: CardMemory
    ) -> ResponseAPDU? {
        pause = 0
        if let access, protection == .plain || protection == .pace,
            let answer = agree(access, command, memory)
        {
            return answer
        }
        guard let answer = authentication.answer(command) else { return nil }
        guard access == nil || !rules.needsChannels || protection != .plain else {
            authentication.reset()
            return ResponseAPDU(status: CardStatus.securityNotSatisfied)
        }
        if let channel = authentication.takeChannel() { next = CWALayer(channel) }
        return answer
    }

    public mutating func takeLayer() -> (any CardLayer)? {
        defer { next = nil }
        return next
    }

    public mutating func reset() {
        authentication.reset()
        access?.reset()
        next = nil
        pause = 0
    }

    // MARK: PACE

    /// CWA 14890 chooses its keys by the same command as PACE its protocol: that one begins with an identifier (80).
    private static func isKeyChoice(_ command: CommandAPDU) -> Bool {
        command.header == [0x00, 0x22, 0xC1, 0xA4] && command.data.first != 0x80
    }

    /// Whether it holds the terminal's token, which tells a wrong number from a right one.
    private static func isToken(_ command: CommandAPDU) -> Bool { command.header == [0x00, 0x86, 0x00, 0x00] }

    private mutating func agree(_ card: PACECard, _ command: CommandAPDU, _ memory: CardMemory) -> ResponseAPDU? {
        if Self.isKeyChoice(command) {
            card.reset()
            return nil
        }
        let failures = memory.counters.accessFailures
        if Self.isToken(command) {
            // Counted before it is looked at: who takes the power away hides no try.
            guard memory.remember({ $0.accessFailures += 1 }) else {
                card.reset()
                return ResponseAPDU(status: CardStatus.memoryFailure)
            }
            pause = rules.accessDelay * min(failures, CardRules.accessDelays)
        }
        switch card.answer(command) {
        case nil: return nil
        case .wrongPassword: return ResponseAPDU(status: rules.wrongAccessStatus)
        case .answer(let answer):
            if Self.isToken(command) { _ = memory.remember { $0.accessFailures = failures } }
            return answer
        case .opened(let answer, let channel):
            guard memory.remember({ $0.accessFailures = 0 }) else {
                return ResponseAPDU(status: CardStatus.memoryFailure)
            }
            next = PACELayer(channel)
            return answer
        }
    }
}
