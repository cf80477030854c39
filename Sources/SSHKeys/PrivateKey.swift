import COpenSSL
import CSodium
public import SecureMemory
public import Wire

/// A private key as it came in an add message (RFC 9987 section 5.2): its public half, and the secret numbers in guarded
/// memory.
public struct PrivateKey: ~Copyable, Sendable {
    /// The public half, with the certificate if the key came with one.
    public let publicKey: PublicKey
    /// The secret numbers, as wire strings: Ed25519 `seed ‖ public key`; ECDSA `d`; RSA `d, iqmp, p, q, dp, dq`. For a key
    /// on a FIDO token, what ``SecurityKeySecret`` reads.
    public let secret: SecretBytes

    /// A key whose secret was kept elsewhere.
    public init(publicKey: PublicKey, secret: consuming SecretBytes) {
        self.publicKey = publicKey
        self.secret = secret
    }

    /// Reads the key of an add message, up to its comment.
    ///
    /// - Throws: `.malformed` for a kind that is not known, and for numbers that do not belong together.
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let kind = KeyAlgorithm.named(try reader.text(limit: 64)) else { throw .malformed }
        try self.init(kind, decoding: &reader)
    }

    /// The same behind the kind's name.
    init(
        _ kind: (algorithm: KeyAlgorithm, isCertificate: Bool), decoding reader: inout WireReader
    ) throws(WireError) {
        let publicKey: PublicKey
        if kind.isCertificate {
            publicKey = try PublicKey(blob: try reader.bytes(limit: KeyLimits.blob))
            guard publicKey.algorithm == kind.algorithm, publicKey.certificate != nil else { throw .malformed }
        } else {
            publicKey = try Self.plainKey(kind.algorithm, &reader)
        }
        var writer = SecretWriter()
        switch kind.algorithm {
        case .ed25519:
            // In a plain key the public half has been read; with a certificate it stands here too.
            if kind.isCertificate {
                guard .ed25519(try reader.bytes(count: SigningKey.publicKeyLength)) == publicKey.numbers else {
                    throw .malformed
                }
            }
            writer.put(try reader.secret(limit: 64))
        case .ecdsaP256, .ecdsaP384, .ecdsaP521: writer.put(try reader.secret(limit: 67))
        case .rsa: for _ in 0..<4 { writer.put(try reader.secret(limit: KeyLimits.number)) }
        case .ecdsaSK, .ed25519SK:
            // In a plain key the public half has been read; with a certificate this much of it stands here too. The point
            // of Edwards's curve does so in what OpenSSH sends, though not in its PROTOCOL.u2f.
            if kind.isCertificate { try Self.requireSame(publicKey, &reader) }
            try SecurityKeySecret.copy(from: &reader, to: &writer)
        }
        let secret = writer.finish()
        guard let whole = Self.completed(publicKey, secret) else { throw .malformed }
        self.init(publicKey: publicKey, secret: whole)
    }

    private static func requireSame(_ key: PublicKey, _ reader: inout WireReader) throws(WireError) {
        if case .ed25519SK(let point, _) = key.numbers {
            guard try reader.bytes(count: SigningKey.publicKeyLength) == point else { throw .malformed }
        }
        guard try Array(reader.text(limit: KeyLimits.application).utf8) == Array((key.application ?? "").utf8) else {
            throw .malformed
        }
    }

    private static func plainKey(_ algorithm: KeyAlgorithm, _ reader: inout WireReader) throws(WireError) -> PublicKey {
        guard algorithm == .rsa else {
            return PublicKey(algorithm, try PublicKey.numbers(of: algorithm, &reader))
        }
        // An RSA key's modulus comes before its exponent here, and after it in the blob.
        let n = try PublicKey.modulus(&reader)
        return PublicKey(algorithm, .rsa(n: n, e: try PublicKey.number(&reader)))
    }

    /// The secret numbers with those that follow from them; nil if they are not the public key's.
    private static func completed(_ publicKey: PublicKey, _ secret: borrowing SecretBytes) -> SecretBytes? {
        secret.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer -> SecretBytes? in
                guard let numbers = unsafe SecretNumbers.read(buffer) else { return nil }
                switch publicKey.numbers {
                case .ed25519(let expected):
                    guard unsafe numbers.count == 1, unsafe numbers[0].count == 64 else { return nil }
                    let seed = SecretBytes(copying: bytes.extracting(4..<4 + SigningKey.seedLength))
                    // The public half stands behind the seed once more, and goes into each signature: two signatures of
                    // one message with different ones would tell the secret.
                    let again = bytes.extracting(4 + SigningKey.seedLength..<bytes.byteCount)
                    guard constantTimeEqual(again, unsafe expected.span.bytes) else { return nil }
                    return SigningKey(seed: seed)?.publicKey == expected ? SecretBytes(copying: bytes) : nil
                case .ecdsa(let point):
                    guard unsafe numbers.count == 1 else { return nil }
                    let key = unsafe clave_openssl_ec_key(
                        publicKey.algorithm.curveNumber, point, point.count, numbers[0].baseAddress, numbers[0].count,
                        1)
                    defer { unsafe EVP_PKEY_free(key) }
                    return unsafe key == nil ? nil : SecretBytes(copying: bytes)
                case .rsa(let n, let e): return unsafe completedRSA(n, e, numbers, bytes)
                case .ecdsaSK, .ed25519SK:
                    // Only the token can tell whether the handle is this key's; the point must be on the curve.
                    return PublicKey.checked(publicKey) == nil ? nil : SecretBytes(copying: bytes)
                }
            }
        }
    }

    private static func completedRSA(
        _ n: [UInt8], _ e: [UInt8], _ numbers: [UnsafeBufferPointer<UInt8>], _ bytes: RawSpan
    ) -> SecretBytes? {
        guard unsafe numbers.count == 4 else { return nil }
        let key = unsafe clave_openssl_rsa_key(
            n, n.count, e, e.count, numbers[0].baseAddress, numbers[0].count, numbers[1].baseAddress, numbers[1].count,
            numbers[2].baseAddress, numbers[2].count, numbers[3].baseAddress, numbers[3].count)
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe key != nil, unsafe clave_openssl_rsa_is_sound(key) == 1, let rsa = unsafe EVP_PKEY_get0_RSA(key)
        else { return nil }
        var writer = SecretWriter()
        writer.append(secret: bytes)
        writer.put(unsafe SecretNumbers.secret(RSA_get0_dmp1(rsa)))
        writer.put(unsafe SecretNumbers.secret(RSA_get0_dmq1(rsa)))
        return writer.finish()
    }
}
