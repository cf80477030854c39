import CSodium

/// An Ed25519 signing key (RFC 8032), kept as its seed.
public struct SigningKey: ~Copyable, Sendable {
    /// Bytes of a seed.
    public static let seedLength = 32
    /// Bytes of a public key.
    public static let publicKeyLength = 32
    /// Bytes of a signature.
    public static let signatureLength = 64

    /// The public half, 32 bytes.
    public let publicKey: [UInt8]

    private let seed: SecretBytes
    private let expanded: SecretBytes

    /// A new key.
    public init() {
        self.init(seed: .random(count: Self.seedLength))!
    }

    /// The key of a stored seed; nil if it is not 32 bytes.
    public init?(seed: consuming SecretBytes) {
        guard seed.count == Self.seedLength else { return nil }
        let expanded = SecretBytes(zeros: 64)
        var publicKey = [UInt8](repeating: 0, count: Self.publicKeyLength)
        seed.withBytes { seed in
            expanded.withMutableBytes { expanded in
                unsafe seed.withUnsafeBytes { seed in
                    unsafe expanded.withUnsafeMutableBytes { expanded in
                        _ = unsafe crypto_sign_seed_keypair(
                            &publicKey, expanded.baseAddress!.assumingMemoryBound(to: UInt8.self),
                            seed.baseAddress!.assumingMemoryBound(to: UInt8.self))
                    }
                }
            }
        }
        self.publicKey = publicKey
        self.seed = seed
        self.expanded = expanded
    }

    /// Lends the seed, to be sealed.
    public borrowing func withSeed<Result>(_ body: (borrowing SecretBytes) -> Result) -> Result {
        body(seed)
    }

    /// The 64-byte signature over `message`.
    public borrowing func sign(_ message: RawSpan) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Self.signatureLength)
        expanded.withBytes { key in
            unsafe key.withUnsafeBytes { key in
                unsafe message.withUnsafeBytes { message in
                    _ = unsafe crypto_sign_detached(
                        &signature, nil, message.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        UInt64(message.count), key.baseAddress!.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
        return signature
    }

    /// Whether `signature` is that of `message` by the owner of `publicKey`.
    public static func isValid(_ signature: [UInt8], of message: RawSpan, by publicKey: [UInt8]) -> Bool {
        guard signature.count == signatureLength, publicKey.count == publicKeyLength else { return false }
        Sodium.prepare()
        return unsafe message.withUnsafeBytes { message in
            unsafe crypto_sign_verify_detached(
                signature, message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count), publicKey)
                == 0
        }
    }
}

/// An X25519 key to which others seal messages: libsodium's sealed box (ephemeral X25519, XSalsa20-Poly1305).
public struct SealingKey: ~Copyable, Sendable {
    /// Bytes of a private or public key.
    public static let keyLength = 32
    /// Bytes that sealing adds.
    public static let overhead = 48

    /// The public half, 32 bytes.
    public let publicKey: [UInt8]

    private let privateKey: SecretBytes

    /// A new key.
    public init() {
        self.init(privateKey: .random(count: Self.keyLength))!
    }

    /// The key of a stored private half; nil if it is not 32 bytes.
    public init?(privateKey: consuming SecretBytes) {
        guard privateKey.count == Self.keyLength else { return nil }
        var publicKey = [UInt8](repeating: 0, count: Self.keyLength)
        privateKey.withBytes { key in
            _ = unsafe key.withUnsafeBytes { key in
                unsafe crypto_scalarmult_base(&publicKey, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
            }
        }
        self.publicKey = publicKey
        self.privateKey = privateKey
    }

    /// Lends the private half, to be sealed.
    public borrowing func withPrivateKey<Result>(_ body: (borrowing SecretBytes) -> Result) -> Result {
        body(privateKey)
    }

    /// `message` sealed to the owner of `publicKey`; nil if that is no public key.
    public static func seal(_ message: RawSpan, to publicKey: [UInt8]) -> [UInt8]? {
        guard publicKey.count == keyLength else { return nil }
        Sodium.prepare()
        var sealed = [UInt8](repeating: 0, count: message.byteCount + overhead)
        let outcome = unsafe message.withUnsafeBytes { message in
            unsafe crypto_box_seal(
                &sealed, message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count), publicKey)
        }
        return outcome == 0 ? sealed : nil
    }

    /// The message of a sealed box; nil if it was not sealed to this key or was changed.
    public borrowing func open(_ sealed: [UInt8]) -> SecretBytes? {
        guard sealed.count >= Self.overhead else { return nil }
        let message = SecretBytes(zeros: sealed.count - Self.overhead)
        let publicKey = publicKey
        let outcome = message.withMutableBytes { target in
            privateKey.withBytes { key in
                unsafe target.withUnsafeMutableBytes { target in
                    unsafe key.withUnsafeBytes { key in
                        unsafe crypto_box_seal_open(
                            target.baseAddress?.assumingMemoryBound(to: UInt8.self), sealed, UInt64(sealed.count),
                            publicKey, key.baseAddress!.assumingMemoryBound(to: UInt8.self))
                    }
                }
            }
        }
        guard outcome == 0 else { return nil }
        return message
    }
}
