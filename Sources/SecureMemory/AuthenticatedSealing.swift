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
        guard sealed.count >= overhead else { return nil }
        let plaintext = SecretBytes(zeros: sealed.count - overhead)
        let isOpen = plaintext.withMutableBytes { target in
            unsafe target.withUnsafeMutableBytes { unsafe open(sealed, under: key, context: context, into: $0) }
        }
        guard isOpen else { return nil }
        return plaintext
    }

    /// Opens into memory of exactly the plaintext's length; false, and nothing of use there, if it does not open.
    ///
    /// For what is opened many times a second: making guarded memory costs more than most operations with a key.
    public static func open(
        _ sealed: [UInt8], under key: borrowing SecretBytes, context: [UInt8], into target: inout MutableRawSpan
    ) -> Bool {
        guard sealed.count - overhead == target.byteCount else { return false }
        return unsafe target.withUnsafeMutableBytes { unsafe open(sealed, under: key, context: context, into: $0) }
    }

    /// The same for a value in guarded memory.
    public static func open(
        _ sealed: GuardedBytes, under key: borrowing SecretBytes, context: [UInt8], into target: inout MutableRawSpan
    ) -> Bool {
        guard sealed.count - overhead == target.byteCount else { return false }
        return unsafe target.withUnsafeMutableBytes { target in
            sealed.withBytes { sealed in unsafe open(sealed, under: key, context: context, into: target) }
        }
    }

    private static func open(
        _ sealed: [UInt8], under key: borrowing SecretBytes, context: [UInt8],
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        unsafe open(sealed.span.bytes, under: key, context: context, into: target)
    }

    private static func open(
        _ sealed: RawSpan, under key: borrowing SecretBytes, context: [UInt8],
        into target: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard key.count == keyLength else { return false }
        return key.withBytes { key in
            unsafe key.withUnsafeBytes { key in
                unsafe sealed.withUnsafeBytes { sealed in
                    let nonce = unsafe sealed.baseAddress!.assumingMemoryBound(to: UInt8.self)
                    // An empty target has no address, and libsodium writes nothing then.
                    return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                        target.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil, nonce + nonceLength,
                        UInt64(sealed.count - nonceLength), context, UInt64(context.count), nonce,
                        key.baseAddress!.assumingMemoryBound(to: UInt8.self)) == 0
                }
            }
        }
    }
}
