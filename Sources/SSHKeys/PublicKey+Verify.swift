import COpenSSL
import SecureMemory
import Wire

extension PublicKey {
    /// Whether a signature blob (`string algorithm, string signature`, for a FIDO key `byte flags, uint32 counter`
    /// besides) over `message` is this key's.
    ///
    /// RSA with SHA-1 is not accepted.
    public func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let parts = try? SignatureParts(signature), parts.algorithm != .rsaSHA1,
            parts.algorithm.fits(self.algorithm)
        else { return false }
        switch numbers {
        case .ed25519(let key): return SigningKey.isValid(parts.raw, of: unsafe message.span.bytes, by: key)
        case .ecdsa: return isValidECDSA(parts, message)
        case .rsa: return isValidByOpenSSL(parts.raw, message, parts.algorithm)
        case .ed25519SK(let key, let application):
            let signed = parts.signedByToken(message, application)
            return SigningKey.isValid(parts.raw, of: unsafe signed.span.bytes, by: key)
        case .ecdsaSK(_, let application):
            return isValidECDSA(parts, parts.signedByToken(message, application))
        }
    }

    private func isValidECDSA(_ parts: SignatureParts, _ message: [UInt8]) -> Bool {
        guard let encoded = OpenSSLSignature.der(fromWire: parts.raw) else { return false }
        return isValidByOpenSSL(encoded, message, parts.algorithm)
    }

    private func isValidByOpenSSL(_ signature: [UInt8], _ message: [UInt8], _ algorithm: SignatureAlgorithm) -> Bool {
        guard let key = unsafe makeKey(), let context = unsafe EVP_MD_CTX_new() else { return false }
        defer {
            unsafe EVP_PKEY_free(key)
            unsafe EVP_MD_CTX_free(context)
        }
        guard unsafe EVP_DigestVerifyInit(context, nil, algorithm.digest, nil, key) == 1 else { return false }
        return unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// OpenSSL's key of these numbers; the caller frees it. Nil for Ed25519, and for a point off the curve.
    func makeKey() -> OpaquePointer? {
        switch numbers {
        case .ed25519, .ed25519SK: nil
        case .ecdsa(let point), .ecdsaSK(let point, _):
            unsafe clave_openssl_ec_key(algorithm.curveNumber, point, point.count, nil, 0, 1)
        case .rsa(let n, let e):
            unsafe clave_openssl_rsa_key(n, n.count, e, e.count, nil, 0, nil, 0, nil, 0, nil, 0)
        }
    }
}

/// ECDSA signatures between their two forms: DER (RFC 3279 section 2.2.3) and `mpint r, mpint s` (RFC 5656 section 3.1.2).
enum OpenSSLSignature {
    static func der(fromWire bytes: [UInt8]) -> [UInt8]? {
        guard
            let numbers = try? WireReader.read(
                bytes,
                { (reader) throws(WireError) in
                    (try PublicKey.number(&reader), try PublicKey.number(&reader))
                }), let pair = unsafe ECDSA_SIG_new()
        else { return nil }
        defer { unsafe ECDSA_SIG_free(pair) }
        let r = unsafe BN_bin2bn(numbers.0, Int32(numbers.0.count), nil)
        let s = unsafe BN_bin2bn(numbers.1, Int32(numbers.1.count), nil)
        guard unsafe r != nil, unsafe s != nil, unsafe ECDSA_SIG_set0(pair, r, s) == 1 else { return nil }
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_ECDSA_SIG(pair, &encoded)
        defer { unsafe CRYPTO_free(encoded, "", 0) }
        guard count > 0 else { return nil }
        return unsafe Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
    }

    static func wire(_ pair: OpaquePointer) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(PublicKey.multiplePrecision(unsafe number(ECDSA_SIG_get0_r(pair))))
        writer.put(PublicKey.multiplePrecision(unsafe number(ECDSA_SIG_get0_s(pair))))
        return writer.bytes
    }

    /// A number's bytes, big-endian.
    static func number(_ value: OpaquePointer?) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(value) + 7) / 8)
        _ = unsafe BN_bn2bin(value, &bytes)
        return bytes
    }
}
