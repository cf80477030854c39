import COpenSSL

extension PublicKey {
    /// Bytes of an X.509 certificate.
    public static let certificateLimit = 65_536

    /// The key that an X.509 certificate certifies: some tokens hold it in no other form.
    ///
    /// The certificate is not verified: it tells a key's numbers, and nothing is believed by it. What it allows to an RSA
    /// key (RFC 4055 section 1.2) is not told: whoever takes a signature asks the certificate.
    ///
    /// - Parameter der: the certificate in DER (RFC 5280).
    /// - Returns: nil for what is no certificate, or of another kind of key.
    public static func certified(byX509 der: [UInt8]) -> PublicKey? {
        guard der.count <= certificateLimit, let certificate = unsafe decode(der) else { return nil }
        defer { unsafe X509_free(certificate) }
        guard let key = unsafe X509_get0_pubkey(certificate), let read = unsafe make(from: key) else { return nil }
        return checked(read)
    }

    /// The key of a `SubjectPublicKeyInfo` (RFC 5280 section 4.1): `PUBLIC KEY` in PEM.
    ///
    /// - Returns: nil for what is none, or of another kind of key; also for one of RSA for PSS alone: its limits would be lost.
    public static func plain(bySPKI der: [UInt8]) -> PublicKey? {
        guard der.count <= certificateLimit else { return nil }
        let key = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            guard let key = unsafe d2i_PUBKEY(nil, &position, bytes.count) else { return nil }
            if unsafe position == bytes.baseAddress! + bytes.count { return unsafe key }
            unsafe EVP_PKEY_free(key)
            return nil
        }
        guard let key = unsafe key else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA_PSS else { return nil }
        return unsafe make(from: key).flatMap(checked)
    }

    /// Bits of an RSA key's modulus; nil for other kinds.
    public var modulusBits: Int? {
        guard case .rsa(let n, _) = numbers, let first = n.first(where: { $0 != 0 }) else { return nil }
        let bytes = n.drop { $0 == 0 }.count
        return bytes * 8 - first.leadingZeroBitCount
    }

    private static func decode(_ der: [UInt8]) -> OpaquePointer? {
        unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            return unsafe d2i_X509(nil, &position, bytes.count)
        }
    }

    private static func make(from key: OpaquePointer) -> PublicKey? {
        switch unsafe EVP_PKEY_get_base_id(key) {
        // One for PSS alone has the same numbers.
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS:
            guard let rsa = unsafe EVP_PKEY_get0_RSA(key) else { return nil }
            let n = unsafe OpenSSLSignature.number(RSA_get0_n(rsa))
            return PublicKey(.rsa, .rsa(n: n, e: unsafe OpenSSLSignature.number(RSA_get0_e(rsa))))
        case EVP_PKEY_EC:
            guard let ec = unsafe EVP_PKEY_get0_EC_KEY(key), let group = unsafe EC_KEY_get0_group(ec) else {
                return nil
            }
            let curve = unsafe EC_GROUP_get_curve_name(group)
            guard let algorithm = KeyAlgorithm.allCases.first(where: { $0.curveNumber == curve && curve != 0 }) else {
                return nil
            }
            var point = [UInt8](repeating: 0, count: algorithm.pointLength)
            let count = unsafe EC_POINT_point2oct(
                group, EC_KEY_get0_public_key(ec), POINT_CONVERSION_UNCOMPRESSED, &point, point.count, nil)
            return count == point.count ? PublicKey(algorithm, .ecdsa(point)) : nil
        case EVP_PKEY_ED25519:
            var raw = [UInt8](repeating: 0, count: 32)
            var count = raw.count
            guard unsafe EVP_PKEY_get_raw_public_key(key, &raw, &count) == 1, count == 32 else { return nil }
            return PublicKey(.ed25519, .ed25519(raw))
        default: return nil
        }
    }
}
