package import SecureMemory

/// A side's private numbers for one run.
package struct PACENumbers: ~Copyable {
    let mapping: SecretBytes
    let agreement: SecretBytes

    /// Given ones, for known answers only: numbers must never be used twice.
    package init(mapping: consuming SecretBytes, agreement: consuming SecretBytes) {
        self.mapping = mapping
        self.agreement = agreement
    }

    /// Fresh ones; nil if OpenSSL fails.
    init?(_ curve: borrowing CurveArithmetic) {
        guard let mapping = curve.randomNumber(), let agreement = curve.randomNumber() else { return nil }
        self.init(mapping: mapping, agreement: agreement)
    }
}

/// What both sides of PACE compute: one side's numbers, the nonce and the other's keys become the channel's keys.
struct PACEAgreement: ~Copyable {
    let info: PACEInfo
    let curve: CurveArithmetic
    private let numbers: PACENumbers
    private var generator: SecretBytes?
    private var publicKey = [UInt8]()
    private var otherKey = [UInt8]()
    private var keys: MessagingKeys?

    /// Nil if OpenSSL has no such curve or fails.
    init?(_ info: PACEInfo, numbers: consuming PACENumbers?) {
        guard let curve = CurveArithmetic(info.curve) else { return nil }
        guard let numbers = numbers ?? PACENumbers(curve) else { return nil }
        self.info = info
        self.curve = curve
        self.numbers = numbers
    }

    /// This side's key for the mapping.
    borrowing func mappingKey() -> [UInt8]? { curve.publicPoint(numbers.mapping) }

    /// Takes the other side's key for the mapping: false if it can't be one.
    mutating func map(nonce: borrowing SecretBytes, own: [UInt8], other: [UInt8]) -> Bool {
        guard own != other, let shared = curve.sharedPoint(numbers.mapping, with: other),
            let generator = curve.mapped(nonce: nonce, shared: shared)
        else { return false }
        self.generator = consume generator
        return true
    }

    /// This side's key on the mapped generator; nil if OpenSSL fails.
    mutating func agreementKey() -> [UInt8]? {
        guard let generator = generator.take(),
            let key = curve.publicPoint(numbers.agreement, generator: generator)
        else { return nil }
        publicKey = key
        return key
    }

    /// Takes the other side's key on it: false if it can't be one.
    mutating func agree(other: [UInt8]) -> Bool {
        guard !publicKey.isEmpty, publicKey != other,
            let shared = curve.sharedPoint(numbers.agreement, with: other),
            let keys = MessagingKeys(cipher: info.cipher, shared: curve.x(of: shared))
        else { return false }
        otherKey = other
        self.keys = consume keys
        return true
    }

    /// The token for the other side.
    borrowing func token() -> [UInt8]? { code(over: otherKey) }

    /// Whether that is the other side's token; the time taken does not tell where it differs.
    borrowing func isOthersToken(_ token: [UInt8]) -> Bool {
        guard let right = code(over: publicKey) else { return false }
        return unsafe constantTimeEqual(right.span.bytes, token.span.bytes)
    }

    /// The channel's keys, which leave.
    mutating func takeKeys() -> MessagingKeys? { keys.take() }

    private borrowing func code(over key: [UInt8]) -> [UInt8]? {
        guard keys != nil else { return nil }
        return keys!.code(over: PACEMessages.authenticated(info, key: key))
    }
}
