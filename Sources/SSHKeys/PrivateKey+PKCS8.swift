import COpenSSL
public import SecureMemory
import Wire

/// Keys as files have them. This is for processes that read what is foreign: the core takes ``encoded(pkcs8:)``.
extension PrivateKey {
    /// A private key in PKCS#8 (RFC 5208), not encrypted, as an add message has one (RFC 9987 section 5.2).
    ///
    /// - Returns: nil for what is none, or of a kind that does not sign by certificates here: others than RSA, the
    ///   curves P-256, P-384 and P-521, and Ed25519.
    public static func encoded(pkcs8: borrowing SecretBytes) -> SecretBytes? {
        let decoded = unsafe pkcs8.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                var position = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                return unsafe d2i_AutoPrivateKey(nil, &position, bytes.count)
            }
        }
        guard let key = unsafe decoded else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        switch unsafe EVP_PKEY_get_base_id(key) {
        // One for PSS alone has the same numbers.
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: return unsafe EVP_PKEY_get0_RSA(key).flatMap { unsafe encoded(rsa: $0) }
        case EVP_PKEY_EC: return unsafe EVP_PKEY_get0_EC_KEY(key).flatMap { unsafe encoded(ec: $0) }
        case EVP_PKEY_ED25519: return unsafe encoded(edwards: key)
        default: return nil
        }
    }

    /// The point, then the seed with the point behind it (RFC 9987 section 5.2.3).
    private static func encoded(edwards key: OpaquePointer) -> SecretBytes? {
        var point = [UInt8](repeating: 0, count: SigningKey.publicKeyLength)
        var pointCount = point.count
        guard unsafe EVP_PKEY_get_raw_public_key(key, &point, &pointCount) == 1, pointCount == point.count else {
            return nil
        }
        let seed = SecretBytes(zeros: SigningKey.seedLength + point.count)
        let isRead = seed.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                var count = SigningKey.seedLength
                let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
                guard unsafe EVP_PKEY_get_raw_private_key(key, start, &count) == 1, count == SigningKey.seedLength
                else { return false }
                unsafe (start + count).update(from: point, count: point.count)
                return true
            }
        }
        guard isRead else { return nil }
        var writer = SecretWriter()
        writer.put(KeyAlgorithm.ed25519.rawValue)
        writer.put(point)
        writer.put(seed)
        return writer.finish()
    }

    private static func encoded(rsa: OpaquePointer) -> SecretBytes {
        var writer = SecretWriter()
        writer.put(KeyAlgorithm.rsa.rawValue)
        writer.put(unsafe positive(RSA_get0_n(rsa)))
        writer.put(unsafe positive(RSA_get0_e(rsa)))
        writer.put(unsafe positive(RSA_get0_d(rsa)))
        writer.put(unsafe positive(RSA_get0_iqmp(rsa)))
        writer.put(unsafe positive(RSA_get0_p(rsa)))
        writer.put(unsafe positive(RSA_get0_q(rsa)))
        return writer.finish()
    }

    private static func encoded(ec: OpaquePointer) -> SecretBytes? {
        guard let group = unsafe EC_KEY_get0_group(ec), let number = unsafe EC_KEY_get0_private_key(ec) else {
            return nil
        }
        let curve = unsafe EC_GROUP_get_curve_name(group)
        guard let algorithm = KeyAlgorithm.allCases.first(where: { $0.curveNumber == curve && curve != 0 }) else {
            return nil
        }
        var point = [UInt8](repeating: 0, count: algorithm.pointLength)
        let count = unsafe EC_POINT_point2oct(
            group, EC_KEY_get0_public_key(ec), POINT_CONVERSION_UNCOMPRESSED, &point, point.count, nil)
        guard count == point.count else { return nil }
        var writer = SecretWriter()
        writer.put(algorithm.rawValue)
        writer.put(algorithm.curve)
        writer.put(point)
        writer.put(unsafe positive(number))
        return writer.finish()
    }

    /// A multiple precision integer that is not negative (RFC 4251 section 5).
    private static func positive(_ number: OpaquePointer?) -> SecretBytes {
        let bytes = SecretBytes(zeros: Int(unsafe BN_num_bits(number)) / 8 + 1)
        let count = Int32(bytes.count)
        bytes.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { bytes in
                _ = unsafe BN_bn2binpad(number, bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), count)
            }
        }
        return bytes
    }
}
