import COpenSSL
import CSodium
public import SecureMemory
public import Wire

/// A private key as it came in an add message (RFC 9987 section 3.2): its public half, and the secret numbers in guarded
/// memory.
public struct PrivateKey: ~Copyable, Sendable {
    /// The public half, with the certificate if the key came with one.
    public let publicKey: PublicKey
    /// The secret numbers, as wire strings: Ed25519 `seed ‖ public key`; ECDSA `d`; RSA `d, iqmp, p, q`.
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
        }
        let secret = writer.finish()
        guard Self.isSound(publicKey, secret) else { throw .malformed }
        self.init(publicKey: publicKey, secret: secret)
    }

    private static func plainKey(_ algorithm: KeyAlgorithm, _ reader: inout WireReader) throws(WireError) -> PublicKey {
        guard algorithm == .rsa else {
            return PublicKey(algorithm, try PublicKey.numbers(of: algorithm, &reader))
        }
        // An RSA key's modulus comes before its exponent here, and after it in the blob.
        let n = try PublicKey.number(&reader)
        return PublicKey(algorithm, .rsa(n: n, e: try PublicKey.number(&reader)))
    }

    /// Whether the secret numbers are those of the public ones.
    private static func isSound(_ publicKey: PublicKey, _ secret: borrowing SecretBytes) -> Bool {
        switch publicKey.numbers {
        case .ed25519(let expected):
            return secret.withBytes { bytes in
                (try? WireReader.read(bytes) { (reader) throws(WireError) -> Bool in
                    let pair = try reader.secret(limit: 64)
                    guard pair.count == 64, let key = SigningKey(seed: pair.prefix(32)) else { return false }
                    return key.publicKey == expected
                }) ?? false
            }
        case .ecdsa, .rsa:
            guard let key = unsafe Signer.key(publicKey, secret, checks: true) else { return false }
            defer { unsafe EVP_PKEY_free(key) }
            return unsafe publicKey.algorithm != .rsa || clave_openssl_rsa_is_sound(key) == 1
        }
    }
}

/// Makes signatures with a key's secret numbers, which are lent for one operation.
public enum Signer {
    /// The signature blob over `message`: `string algorithm, string signature`; nil if OpenSSL fails.
    ///
    /// - Parameters:
    ///   - secret: of ``PrivateKey/secret``.
    ///   - flags: of the sign request.
    public static func sign(
        _ message: [UInt8], with publicKey: PublicKey, _ secret: borrowing SecretBytes, flags: UInt32
    ) -> [UInt8]? {
        let algorithm = SignatureAlgorithm(publicKey.algorithm, flags: flags)
        let signature: [UInt8]?
        switch publicKey.numbers {
        case .ed25519: signature = ed25519(message, secret)
        case .ecdsa: signature = byOpenSSL(message, publicKey, secret, algorithm).flatMap(OpenSSLSignature.wire)
        case .rsa: signature = byOpenSSL(message, publicKey, secret, algorithm)
        }
        guard let signature else { return nil }
        var writer = ByteWriter()
        writer.put(algorithm.rawValue)
        writer.put(signature)
        return writer.bytes
    }

    private static func ed25519(_ message: [UInt8], _ secret: borrowing SecretBytes) -> [UInt8]? {
        secret.withBytes { bytes in
            guard bytes.byteCount == 68 else { return nil }
            var signature = [UInt8](repeating: 0, count: SigningKey.signatureLength)
            unsafe bytes.withUnsafeBytes { bytes in
                _ = unsafe crypto_sign_detached(
                    &signature, nil, message, UInt64(message.count),
                    bytes.baseAddress!.advanced(by: 4).assumingMemoryBound(to: UInt8.self))
            }
            return signature
        }
    }

    private static func byOpenSSL(
        _ message: [UInt8], _ publicKey: PublicKey, _ secret: borrowing SecretBytes, _ algorithm: SignatureAlgorithm
    ) -> [UInt8]? {
        guard let key = unsafe key(publicKey, secret, checks: false), let context = unsafe EVP_MD_CTX_new() else {
            return nil
        }
        defer {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_PKEY_free(key)
        }
        var signature = [UInt8](repeating: 0, count: KeyLimits.signature)
        var count = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, algorithm.digest, nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { return nil }
        return Array(signature.prefix(count))
    }

    /// OpenSSL's key; the caller frees it, which wipes it.
    static func key(_ publicKey: PublicKey, _ secret: borrowing SecretBytes, checks: Bool) -> OpaquePointer? {
        unsafe secret.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes -> OpaquePointer? in
                guard let fields = unsafe fields(bytes) else { return nil }
                switch publicKey.numbers {
                case .ed25519: return nil
                case .ecdsa(let point):
                    guard unsafe fields.count == 1 else { return nil }
                    return unsafe clave_openssl_ec_key(
                        publicKey.algorithm.curveNumber, point, point.count, fields[0].baseAddress, fields[0].count,
                        checks ? 1 : 0)
                case .rsa(let n, let e):
                    guard unsafe fields.count == 4 else { return nil }
                    return unsafe clave_openssl_rsa_key(
                        n, n.count, e, e.count, fields[0].baseAddress, fields[0].count, fields[1].baseAddress,
                        fields[1].count, fields[2].baseAddress, fields[2].count, fields[3].baseAddress, fields[3].count)
                }
            }
        }
    }

    /// The wire strings of a secret, where they lie.
    private static func fields(_ bytes: UnsafeRawBufferPointer) -> [UnsafeBufferPointer<UInt8>]? {
        var fields = unsafe [UnsafeBufferPointer<UInt8>]()
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= 4 else { return nil }
            let count = Int(unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            position += 4
            guard count > 0, bytes.count - position >= count else { return nil }
            let start = unsafe bytes.baseAddress!.advanced(by: position).assumingMemoryBound(to: UInt8.self)
            unsafe fields.append(UnsafeBufferPointer(start: start, count: count))
            position += count
        }
        return unsafe fields
    }
}
