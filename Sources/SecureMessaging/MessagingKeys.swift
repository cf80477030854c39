import COpenSSL
public import SecureMemory

/// The two keys of a secure channel.
public struct MessagingKeys: ~Copyable, Sendable {
    public let cipher: MessagingCipher
    let encryption: SecretBytes
    let authentication: SecretBytes

    /// - Precondition: both have ``MessagingCipher/keyLength`` bytes.
    public init(
        cipher: MessagingCipher, encryption: consuming SecretBytes, authentication: consuming SecretBytes
    ) {
        precondition(encryption.count == cipher.keyLength && authentication.count == cipher.keyLength)
        self.cipher = cipher
        self.encryption = encryption
        self.authentication = authentication
    }

    /// The keys that follow from a shared secret; nil if OpenSSL fails.
    init?(cipher: MessagingCipher, shared secret: borrowing SecretBytes) {
        guard let encryption = Self.derived(from: secret, .encryption, for: cipher),
            let authentication = Self.derived(from: secret, .authentication, for: cipher)
        else { return nil }
        self.init(cipher: cipher, encryption: encryption, authentication: authentication)
    }

    /// The 8-byte code over a message; nil if OpenSSL fails.
    borrowing func code(over message: [UInt8]) -> [UInt8]? { cipher.code(over: message, key: authentication) }

    /// What a derived key is for: the number after the secret.
    enum Purpose: UInt8 {
        case encryption = 1
        case authentication, password
    }

    /// A key of ICAO Doc 9303-11 section 9.7.1: SHA-1 for keys of 16 bytes, SHA-256 for longer ones.
    static func derived(
        from secret: borrowing SecretBytes, _ purpose: Purpose, for cipher: MessagingCipher
    ) -> SecretBytes? {
        let input = SecretBytes(zeros: secret.count + 4)
        secret.withBytes { secret in
            input.withMutableBytes { input in
                unsafe secret.withUnsafeBytes { secret in
                    unsafe input.withUnsafeMutableBytes { unsafe $0.copyMemory(from: secret) }
                }
                input.storeBytes(of: purpose.rawValue, toByteOffset: secret.byteCount + 3, as: UInt8.self)
            }
        }
        return digest(input, isLong: cipher.keyLength > 16)?.prefix(cipher.keyLength)
    }

    /// SHA-256 or SHA-1 of a secret, as a secret; nil if OpenSSL fails.
    static func digest(_ secret: borrowing SecretBytes, isLong: Bool) -> SecretBytes? {
        let digest = SecretBytes(zeros: isLong ? 32 : 20)
        let isDone = secret.withBytes { secret in
            digest.withMutableBytes { digest in
                unsafe secret.withUnsafeBytes { secret in
                    unsafe digest.withUnsafeMutableBytes { digest in
                        unsafe EVP_Digest(
                            secret.baseAddress, secret.count, digest.baseAddress!.assumingMemoryBound(to: UInt8.self),
                            nil, isLong ? EVP_sha256() : EVP_sha1(), nil) == 1
                    }
                }
            }
        }
        guard isDone else { return nil }
        return digest
    }
}
