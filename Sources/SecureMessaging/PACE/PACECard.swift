package import SecureMemory
public import SmartCard

/// The card's side of PACE. It counts nothing: who uses it decides after each wrong password.
public final class PACECard {
    /// What became of a command.
    public enum Outcome {
        /// The answer; PACE goes on, or begins anew after an error.
        case answer(ResponseAPDU)
        /// The last answer, in plain, and the channel for all that follows.
        case opened(ResponseAPDU, SecureMessagingCard)
        /// The terminal does not know the password of this kind. The answer is the caller's, ``wrongPasswordStatus`` by
        /// the standard.
        case wrongPassword(PACEPassword.Kind)
    }

    /// What a card answers to a wrong token (ICAO Doc 9303-11 section 4.4.4.2).
    public static let wrongPasswordStatus: UInt16 = 0x6300

    /// What is awaited.
    private enum State: ~Copyable {
        case settings
        case nonce(SecretBytes)
        case mapping(PACEAgreement, nonce: SecretBytes)
        case agreement(PACEAgreement)
        case token(PACEAgreement)
    }

    /// What it offers.
    public let info: PACEInfo
    private let password: (PACEPassword.Kind) -> PACEPassword?
    private var kind = PACEPassword.Kind.can
    private var state = State.settings
    /// Of the next run, for known answers only.
    private var numbers: PACENumbers?
    private var nonce: SecretBytes?

    /// A card that offers one way.
    ///
    /// - Parameter password: gives the card's password of a kind; nil if it has none, or it is blocked.
    public init(_ info: PACEInfo, password: @escaping (PACEPassword.Kind) -> PACEPassword?) {
        self.info = info
        self.password = password
    }

    /// Sets the nonce and the private numbers of the next run, for known answers only.
    package func prepare(nonce: consuming SecretBytes, numbers: consuming PACENumbers) {
        self.nonce = consume nonce
        self.numbers = consume numbers
    }

    /// Forgets a run that is not finished, as when the power goes.
    public func reset() { state = .settings }

    /// Answers a command; nil if it is none of PACE's, and whatever was begun is then forgotten.
    public func answer(_ command: CommandAPDU) -> Outcome? {
        let state = exchange(&self.state, .settings)
        if PACEMessages.isSettings(command) { return choose(command) }
        guard PACEMessages.isAuthenticate(command) else { return nil }
        switch consume state {
        case .settings: return .answer(ResponseAPDU(status: 0x6985))
        case .nonce(let key): return giveNonce(command, key)
        case .mapping(let agreement, let nonce): return map(command, agreement, nonce)
        case .agreement(let agreement): return agree(command, agreement)
        case .token(let agreement): return confirm(command, agreement)
        }
    }

    private func exchange(_ place: inout State, _ new: consuming State) -> State {
        let old = place
        place = new
        return old
    }

    // MARK: Steps

    private static var malformed: Outcome { .answer(ResponseAPDU(status: 0x6A80)) }
    private static var failed: Outcome { .answer(ResponseAPDU(status: 0x6F00)) }

    private func choose(_ command: CommandAPDU) -> Outcome {
        guard let kind = PACEMessages.settings(in: command, only: info) else { return Self.malformed }
        guard let key = password(kind)?.key(for: info.cipher) else {
            return .answer(ResponseAPDU(status: 0x6A88))
        }
        self.kind = kind
        state = .nonce(key)
        return .answer(ResponseAPDU(status: 0x9000))
    }

    private func giveNonce(_ command: CommandAPDU, _ key: consuming SecretBytes) -> Outcome {
        guard PACEMessages.value(of: nil, in: command) != nil else { return Self.malformed }
        // As many whole blocks as the key is long.
        let nonce = self.nonce.take() ?? .random(count: info.cipher.keyLength > 16 ? 32 : 16)
        let encrypted = nonce.withBytes { info.cipher.crypt($0, key: key, encrypts: true) }
        guard let encrypted, let agreement = PACEAgreement(info, numbers: numbers.take()) else { return Self.failed }
        state = .mapping(agreement, nonce: nonce)
        return .answer(PACEMessages.answer(.encryptedNonce, encrypted))
    }

    private func map(
        _ command: CommandAPDU, _ agreement: consuming PACEAgreement, _ nonce: consuming SecretBytes
    ) -> Outcome {
        guard let other = PACEMessages.value(of: .terminalMapping, in: command) else { return Self.malformed }
        guard let own = agreement.mappingKey() else { return Self.failed }
        guard agreement.map(nonce: nonce, own: own, other: other) else { return Self.malformed }
        state = .agreement(agreement)
        return .answer(PACEMessages.answer(.cardMapping, own))
    }

    private func agree(_ command: CommandAPDU, _ agreement: consuming PACEAgreement) -> Outcome {
        guard let other = PACEMessages.value(of: .terminalKey, in: command) else { return Self.malformed }
        guard let own = agreement.agreementKey() else { return Self.failed }
        guard agreement.agree(other: other) else { return Self.malformed }
        state = .token(agreement)
        return .answer(PACEMessages.answer(.cardKey, own))
    }

    private func confirm(_ command: CommandAPDU, _ agreement: consuming PACEAgreement) -> Outcome {
        guard let other = PACEMessages.value(of: .terminalToken, in: command) else { return Self.malformed }
        guard agreement.isOthersToken(other) else { return .wrongPassword(kind) }
        guard let own = agreement.token(), let keys = agreement.takeKeys() else { return Self.failed }
        return .opened(PACEMessages.answer(.cardToken, own), SecureMessagingCard(keys: keys))
    }
}
