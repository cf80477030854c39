import COpenSSL
import Wire

/// Keys as tokens tell them (PKCS#11), and what tokens are given to sign.
extension PublicKey {
    /// An RSA key by its numbers, big-endian; nil if they can't be one that is used here.
    public static func rsa(modulus: [UInt8], exponent: [UInt8]) -> PublicKey? {
        checked(PublicKey(.rsa, .rsa(n: Array(modulus.drop { $0 == 0 }), e: Array(exponent.drop { $0 == 0 }))))
    }

    /// A key on one of the three curves of RFC 5656.
    ///
    /// - Parameters:
    ///   - curve: `CKA_EC_PARAMS`: the curve's object identifier in DER (RFC 5480 section 2.1.1).
    ///   - point: `CKA_EC_POINT`: the uncompressed point, in a DER octet string or, as some libraries have it, by itself.
    public static func ecdsa(curve: [UInt8], point: [UInt8]) -> PublicKey? {
        guard let algorithm = curves[curve] else { return nil }
        let count = algorithm.pointLength
        guard point.count <= count + 3, let uncompressed = unwrapped(point, count: count) else { return nil }
        return checked(PublicKey(algorithm, .ecdsa(uncompressed)))
    }

    /// An Ed25519 key.
    ///
    /// - Parameter point: `CKA_EC_POINT`, as in ``ecdsa(curve:point:)``.
    public static func ed25519(curve: [UInt8], point: [UInt8]) -> PublicKey? {
        // The curve by its object identifier (RFC 8410) or by its name (PKCS #11 3.0 section 2.3.5).
        let names: [[UInt8]] = [[0x06, 0x03, 0x2B, 0x65, 0x70], [0x13, 0x0C] + Array("edwards25519".utf8)]
        guard names.contains(curve), let key = unwrapped(point, count: 32) else { return nil }
        return checked(PublicKey(.ed25519, .ed25519(key)))
    }

    private static let curves: [[UInt8]: KeyAlgorithm] = [
        [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]: .ecdsaP256,
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22]: .ecdsaP384,
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23]: .ecdsaP521,
    ]

    /// The `count` bytes of a DER octet string, or the bytes themselves if they are so many.
    private static func unwrapped(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        if bytes.count == count { return bytes }
        let header: [UInt8] = count < 0x80 ? [0x04, UInt8(count)] : [0x04, 0x81, UInt8(count)]
        guard bytes.starts(with: header), bytes.count == header.count + count else { return nil }
        return Array(bytes.dropFirst(header.count))
    }

    /// The key, if its blob is one that a client could name it by, and its point is on the curve.
    static func checked(_ key: PublicKey) -> PublicKey? {
        guard let read = try? PublicKey(blob: key.blob), read == key else { return nil }
        if key.algorithm == .ed25519 || key.algorithm == .ed25519SK { return key }
        let made = unsafe key.makeKey()
        defer { unsafe EVP_PKEY_free(made) }
        return unsafe made == nil ? nil : key
    }
}

extension SignatureAlgorithm {
    /// What a token signs for a signature over `message`: a `DigestInfo` for RSA (`CKM_RSA_PKCS`), a digest for ECDSA
    /// (`CKM_ECDSA`), the message itself for Ed25519 (`CKM_EDDSA`); nil if OpenSSL fails.
    public func tokenInput(_ message: [UInt8]) -> [UInt8]? {
        switch self {
        case .ed25519: message
        case .rsaSHA1, .rsaSHA256, .rsaSHA512: Signer.digestInfo(message, self)
        case .ecdsaP256, .ecdsaP384, .ecdsaP521: Signer.digest(message, self)
        // A FIDO token takes more than a message: see ``SecurityKeySecret``.
        case .ecdsaSK, .ed25519SK: nil
        }
    }

    /// The signature blob of a token's signature: `string algorithm, string signature`.
    ///
    /// - Parameter raw: for ECDSA `r ‖ s`, each as long as the other (PKCS #11 section 2.3.1).
    /// - Returns: nil for what can't be a signature by `key`.
    public func blob(ofTokenSignature raw: [UInt8], by key: PublicKey) -> [UInt8]? {
        guard let signature = wire(raw, key) else { return nil }
        var writer = ByteWriter()
        writer.put(rawValue)
        writer.put(signature)
        return writer.bytes
    }

    private func wire(_ raw: [UInt8], _ key: PublicKey) -> [UInt8]? {
        switch key.numbers {
        case .ed25519: return raw.count == 64 ? raw : nil
        case .rsa(let n, _):
            // Some libraries leave zeros out that stand in front.
            guard !raw.isEmpty, raw.count <= n.count else { return nil }
            return [UInt8](repeating: 0, count: n.count - raw.count) + raw
        case .ecdsa:
            let half = raw.count / 2
            guard half > 0, raw.count % 2 == 0, half <= 66 else { return nil }
            var writer = ByteWriter()
            writer.put(PublicKey.multiplePrecision(Array(raw[..<half])))
            writer.put(PublicKey.multiplePrecision(Array(raw[half...])))
            return writer.bytes
        case .ecdsaSK, .ed25519SK: return nil
        }
    }
}
