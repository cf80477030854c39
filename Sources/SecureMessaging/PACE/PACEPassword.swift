public import SecureMemory

/// What both sides of PACE know: the number on the card, or what is in its machine readable zone.
public struct PACEPassword: ~Copyable, Sendable {
    /// Which of a card's passwords it is: the number that a card knows it by (BSI TR-03110-3, B.1).
    public enum Kind: UInt8, CaseIterable, Sendable {
        case mrz = 1
        case can, pin
    }

    /// Digits of a card access number.
    public static let canLength = 6
    /// Bytes of a PIN at most.
    public static let pinLimit = 64

    public let kind: Kind
    private let secret: SecretBytes

    /// The card access number that is printed on the card; nil if it is not six digits.
    public init?(can: consuming SecretBytes) {
        let isNumber = can.withBytes { bytes in
            bytes.byteCount == Self.canLength
                && (0..<bytes.byteCount).allSatisfy {
                    (0x30...0x39).contains(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self))
                }
        }
        guard isNumber else { return nil }
        kind = .can
        secret = can
    }

    /// The machine readable zone's document number, date of birth and date of expiry, each with its check digit.
    ///
    /// - Parameter zone: 24 characters, or more where the number is longer than nine; nil for others.
    public init?(mrz zone: consuming SecretBytes) {
        guard (24...64).contains(zone.count), let digest = MessagingKeys.digest(zone, isLong: false) else { return nil }
        kind = .mrz
        secret = digest
    }

    /// A PIN; nil if it is empty or too long.
    public init?(pin: consuming SecretBytes) {
        guard (1...Self.pinLimit).contains(pin.count) else { return nil }
        kind = .pin
        secret = pin
    }

    /// The key that encrypts the nonce; nil if OpenSSL fails.
    borrowing func key(for cipher: MessagingCipher) -> SecretBytes? {
        MessagingKeys.derived(from: secret, .password, for: cipher)
    }
}
