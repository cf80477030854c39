import COpenSSL
import SecureMemory
import SignedForms

extension Signer {
    /// The `DigestInfo` of a message; nil if OpenSSL fails, or for an algorithm that is none of RSA.
    static func digestInfo(_ message: [UInt8], _ algorithm: SignatureAlgorithm) -> [UInt8]? {
        guard let digest = digest(message, algorithm) else { return nil }
        if algorithm == .rsaSHA1 { return DigestInfo.der(ofSHA1: digest) }
        guard let scheme = algorithm.scheme, scheme.kind == .pkcs1 else { return nil }
        return MessageDigest(scheme.digest, digest).map(DigestInfo.der)
    }

    /// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2); nil if the modulus is too short.
    static func encoded(_ message: [UInt8], _ algorithm: SignatureAlgorithm, length: Int) -> [UInt8]? {
        digestInfo(message, algorithm).flatMap { encoded($0, length: length) }
    }

    /// The same of a whole `DigestInfo`.
    static func encoded(_ info: [UInt8], length: Int) -> [UInt8]? {
        guard length >= info.count + 11 else { return nil }
        return [0, 1] + [UInt8](repeating: 0xFF, count: length - info.count - 3) + [0] + info
    }

    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.1), blinded.
    static func rsa(
        _ message: [UInt8], _ n: [UInt8], _ e: [UInt8], _ algorithm: SignatureAlgorithm,
        _ numbers: [UnsafeBufferPointer<UInt8>], _ blinding: inout MutableRawSpan
    ) -> [UInt8]? {
        guard let encoded = encoded(message, algorithm, length: n.count), let key = unsafe key(n, e, numbers) else {
            return nil
        }
        defer { unsafe RSA_free(key) }
        return RSABlinding.around(encoded, n, e, state: &blinding) { unsafe raised($0, key) }
    }

    /// A number as long as the modulus, raised to the private exponent.
    static func raised(_ blinded: [UInt8], _ key: OpaquePointer) -> [UInt8]? {
        var raw = [UInt8](repeating: 0, count: blinded.count)
        // OpenSSL checks the result by the public exponent before it gives it out: a fault tells no factor.
        let count = unsafe RSA_private_encrypt(Int32(blinded.count), blinded, &raw, key, RSA_NO_PADDING)
        return count == blinded.count ? raw : nil
    }

    /// OpenSSL's key; the caller frees it, which wipes it.
    static func key(
        _ n: [UInt8], _ e: [UInt8], _ numbers: [UnsafeBufferPointer<UInt8>]
    ) -> OpaquePointer? {
        guard unsafe numbers.count == 6, let key = unsafe RSA_new() else { return nil }
        let (d, inverse) = unsafe (SecretNumbers.number(numbers[0]), SecretNumbers.number(numbers[1]))
        let (p, q) = unsafe (SecretNumbers.number(numbers[2]), SecretNumbers.number(numbers[3]))
        let (dp, dq) = unsafe (SecretNumbers.number(numbers[4]), SecretNumbers.number(numbers[5]))
        // Each takes ownership; what is missing makes the operation fail.
        unsafe RSA_set0_key(key, BN_bin2bn(n, Int32(n.count), nil), BN_bin2bn(e, Int32(e.count), nil), d)
        unsafe RSA_set0_factors(key, p, q)
        unsafe RSA_set0_crt_params(key, dp, dq, inverse)
        // Blinding is done by ``RSABlinding``, whose pairs outlive the opened key.
        unsafe RSA_set_flags(key, RSA_FLAG_NO_BLINDING)
        return unsafe key
    }
}
