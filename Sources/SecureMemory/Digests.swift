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
    precondition((16...64).contains(key.count))
    var digest = [UInt8](repeating: 0, count: 32)
    key.withBytes { key in
        unsafe key.withUnsafeBytes { key in
            _ = unsafe bytes.withUnsafeBytes { bytes in
                unsafe crypto_generichash(
                    &digest, 32, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count),
                    key.baseAddress!.assumingMemoryBound(to: UInt8.self), key.count)
            }
        }
    }
    return digest
}
