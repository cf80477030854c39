import COpenSSL
import CSodium
import SecureMemory
import Wire

/// Makes signatures with a key's secret numbers, which are lent for one operation.
///
/// OpenSSL's functions on one kind of key are used: at this rate the ones over all kinds cost more than a signature.
public enum Signer {
    /// The signature blob over `message`: `string algorithm, string signature`; nil if OpenSSL fails.
    ///
    /// - Parameters:
    ///   - secret: of ``PrivateKey/secret``.
    ///   - flags: of the sign request.
    ///   - blinding: for an RSA key, ``RSABlinding/length(of:)`` bytes that belong to this operation alone.
    public static func sign(
        _ message: [UInt8], with publicKey: PublicKey, _ secret: RawSpan, flags: UInt32,
        blinding: inout MutableRawSpan
    ) -> [UInt8]? {
        let algorithm = SignatureAlgorithm(publicKey.algorithm, flags: flags)
        let signature = unsafe secret.withUnsafeBytes { secret -> [UInt8]? in
            guard let numbers = unsafe SecretNumbers.read(secret) else { return nil }
            switch publicKey.numbers {
            case .ed25519: return unsafe ed25519(message, numbers)
            case .ecdsa: return unsafe ecdsa(message, publicKey.algorithm, algorithm, numbers)
            case .rsa(let n, let e): return unsafe rsa(message, n, e, algorithm, numbers, &blinding)
            case .ecdsaSK, .ed25519SK: return nil
            }
        }
        guard let signature else { return nil }
        var writer = ByteWriter()
        writer.put(algorithm.rawValue)
        writer.put(signature)
        return writer.bytes
    }

    static func ed25519(_ message: [UInt8], _ numbers: [UnsafeBufferPointer<UInt8>]) -> [UInt8]? {
        guard unsafe numbers.count == 1, unsafe numbers[0].count == 64 else { return nil }
        var signature = [UInt8](repeating: 0, count: SigningKey.signatureLength)
        _ = unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), numbers[0].baseAddress!)
        return signature
    }

    static func digest(_ message: [UInt8], _ algorithm: SignatureAlgorithm) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe EVP_Digest(message, message.count, &digest, &count, algorithm.digest, nil) == 1 else {
            return nil
        }
        return Array(digest.prefix(Int(count)))
    }

    // MARK: ECDSA

    private static func ecdsa(
        _ message: [UInt8], _ curve: KeyAlgorithm, _ algorithm: SignatureAlgorithm,
        _ numbers: [UnsafeBufferPointer<UInt8>]
    ) -> [UInt8]? {
        guard let digest = digest(message, algorithm), let pair = unsafe pair(digest, curve, numbers) else {
            return nil
        }
        defer { unsafe ECDSA_SIG_free(pair) }
        return unsafe OpenSSLSignature.wire(pair)
    }

    /// OpenSSL's signature of a digest; the caller frees it.
    static func pair(
        _ digest: [UInt8], _ curve: KeyAlgorithm, _ numbers: [UnsafeBufferPointer<UInt8>]
    ) -> OpaquePointer? {
        guard unsafe numbers.count == 1, let group = unsafe Curves.group(curve), let key = unsafe EC_KEY_new() else {
            return nil
        }
        let number = unsafe SecretNumbers.number(numbers[0])
        defer {
            unsafe BN_clear_free(number)
            unsafe EC_KEY_free(key)
        }
        guard unsafe EC_KEY_set_group(key, group) == 1, unsafe EC_KEY_set_private_key(key, number) == 1 else {
            return nil
        }
        return unsafe ECDSA_do_sign(digest, Int32(digest.count), key)
    }
}

/// OpenSSL's curves, made once: making one costs half a signature.
private enum Curves {
    nonisolated(unsafe) private static let p256 = unsafe EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)
    nonisolated(unsafe) private static let p384 = unsafe EC_GROUP_new_by_curve_name(NID_secp384r1)
    nonisolated(unsafe) private static let p521 = unsafe EC_GROUP_new_by_curve_name(NID_secp521r1)

    static func group(_ algorithm: KeyAlgorithm) -> OpaquePointer? {
        switch algorithm {
        case .ecdsaP256: unsafe p256
        case .ecdsaP384: unsafe p384
        case .ecdsaP521: unsafe p521
        case .ed25519, .ecdsaSK, .ed25519SK, .rsa: nil
        }
    }
}
