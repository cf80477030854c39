import CSodium

/// `count` random bytes that are no secret: a nonce, a salt, an identifier.
public func randomBytes(_ count: Int) -> [UInt8] {
    precondition(count >= 0)
    Sodium.prepare()
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        if count > 0 { unsafe randombytes_buf(buffer.baseAddress!, count) }
        filled = count
    }
}

/// The SHA-256 digest (FIPS 180-4), 32 bytes.
public func sha256(_ bytes: RawSpan) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = unsafe bytes.withUnsafeBytes { bytes in
        unsafe crypto_hash_sha256(&digest, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
    }
    return digest
}

/// The keyed BLAKE2b-256 digest (RFC 7693) of `bytes`: 32 bytes that only a holder of the key can make.
///
/// - Parameter key: 16 to 64 bytes.
public func keyedDigest(_ bytes: RawSpan, key: borrowing SecretBytes) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: digestLength)
    unsafe digest.withUnsafeMutableBytes { unsafe putKeyedDigest(bytes, key: key, into: $0) }
    return digest
}

/// A key of 32 bytes for one purpose: the keyed BLAKE2b-256 digest of the purpose's name under `key`.
///
/// - Parameter key: 16 to 64 bytes.
public func derivedKey(named purpose: String, from key: borrowing SecretBytes) -> SecretBytes {
    let derived = SecretBytes(zeros: digestLength)
    let name = Array(purpose.utf8)
    derived.withMutableBytes { target in
        unsafe target.withUnsafeMutableBytes { unsafe putKeyedDigest(name.span.bytes, key: key, into: $0) }
    }
    return derived
}

private let digestLength = 32

private func putKeyedDigest(
    _ bytes: RawSpan, key: borrowing SecretBytes, into digest: UnsafeMutableRawBufferPointer
) {
    precondition((16...64).contains(key.count) && digest.count == digestLength)
    key.withBytes { key in
        unsafe key.withUnsafeBytes { key in
            _ = unsafe bytes.withUnsafeBytes { bytes in
                unsafe crypto_generichash(
                    digest.baseAddress!.assumingMemoryBound(to: UInt8.self), digest.count,
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count),
                    key.baseAddress!.assumingMemoryBound(to: UInt8.self), key.count)
            }
        }
    }
}

/// A SHA-512 digest (FIPS 180-4) of bytes that come in parts.
public struct SHA512Hash: Sendable {
    private var state = crypto_hash_sha512_state()

    /// Of nothing yet.
    public init() { _ = unsafe crypto_hash_sha512_init(&state) }

    /// Takes more bytes.
    public mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            _ = unsafe crypto_hash_sha512_update(
                &state, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count))
        }
    }

    /// The 64 bytes of the digest.
    public consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 64)
        _ = unsafe crypto_hash_sha512_final(&state, &digest)
        return digest
    }
}
