import ASN1

/// `DigestInfo` (RFC 8017 section 9.2, note 1): what RSASSA-PKCS1-v1_5 signs, and so what a token or a card is given.
public enum DigestInfo {
    /// The DER of a digest with its algorithm.
    public static func der(of digest: MessageDigest) -> [UInt8] { beginning(digest.algorithm) + digest.bytes }

    /// The same of a digest by SHA-1, for clients of ssh that know no other; nil unless it has 20 bytes.
    public static func der(ofSHA1 digest: [UInt8]) -> [UInt8]? { digest.count == 20 ? sha1 + digest : nil }

    private static func beginning(_ algorithm: MessageDigest.Algorithm) -> [UInt8] {
        switch algorithm {
        case .sha256: sha256
        case .sha384: sha384
        case .sha512: sha512
        }
    }

    // Made once: a login takes no longer for it.
    private static let sha1 = beginning(.sha1, length: 20)
    private static let sha256 = beginning(.sha256, length: 32)
    private static let sha384 = beginning(.sha384, length: 48)
    private static let sha512 = beginning(.sha512, length: 64)

    /// Everything before the digest.
    private static func beginning(_ identifier: OID, length: Int) -> [UInt8] {
        let whole = DER.sequence(
            DER.sequence(DER.identifier(identifier), DER.null), DER.octets([UInt8](repeating: 0, count: length)))
        return Array(whole.dropLast(length))
    }
}
