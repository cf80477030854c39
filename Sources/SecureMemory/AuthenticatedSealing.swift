import CSodium

/// Authenticated encryption under a symmetric key: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), random nonce in front.
///
/// A sealed value is `nonce[24] ‖ ciphertext ‖ tag[16]`. The context is authenticated, not stored: a value opens only
/// where it was put.
public enum AuthenticatedSealing {
    /// Bytes of a key.
    public static let keyLength = 32
    /// Bytes that sealing adds: nonce and tag.
    public static let overhead = nonceLength + tagLength

    private static let nonceLength = 24
    private static let tagLength = 16

    /// Seals `plaintext` for `context`.
    public static func seal(_ plaintext: RawSpan, under key: borrowing SecretBytes, context: [UInt8]) -> [UInt8] {
        seal(plaintext, under: key, context: context, nonce: randomBytes(nonceLength))
    }

    /// Seals with a nonce of the caller's, for test vectors only: a nonce must never be used twice.
    package static func seal(
        _ plaintext: RawSpan, under key: borrowing SecretBytes, context: [UInt8], nonce: [UInt8]
    ) -> [UInt8] {
        precondition(key.count == keyLength && nonce.count == nonceLength)
        var sealed = [UInt8](repeating: 0, count: plaintext.byteCount + tagLength)
        unsafe plaintext.withUnsafeBytes { plain in
            key.withBytes { key in
                _ = unsafe key.withUnsafeBytes { key in
                    unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                        &sealed, nil, plain.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(plain.count),
                        context, UInt64(context.count), nil, nonce,
                        key.baseAddress!.assumingMemoryBound(to: UInt8.self))
                }
            }
        }
        return nonce + sealed
    }

    /// The plaintext, or nil if the value, the key or the context is not the one that was sealed.
    public static func open(_ sealed: [UInt8], under key: borrowing SecretBytes, context: [UInt8]) -> SecretBytes? {
        guard sealed.count >= overhead, key.count == keyLength else { return nil }
        let nonce = [UInt8](sealed[..<nonceLength])
        let ciphertext = [UInt8](sealed[nonceLength...])
        let plaintext = SecretBytes(zeros: ciphertext.count - tagLength)
        let outcome = plaintext.withMutableBytes { target in
            key.withBytes { key in
                unsafe target.withUnsafeMutableBytes { target in
                    unsafe key.withUnsafeBytes { key in
                        // An empty span has no address, and libsodium writes nothing then.
                        unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                            target.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil,
                            ciphertext, UInt64(ciphertext.count), context, UInt64(context.count), nonce,
                            key.baseAddress!.assumingMemoryBound(to: UInt8.self))
                    }
                }
            }
        }
        guard outcome == 0 else { return nil }
        return plaintext
    }
}
