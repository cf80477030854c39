/// An object identifier (ITU-T X.660), written in code as its arcs: `[1, 2, 840, 113549]`.
public struct OID: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// The value as DER encodes it (ITU-T X.690 section 8.19), without tag and length.
    public let encoded: [UInt8]

    /// The identifier of an encoded value.
    public init(encoded: some Sequence<UInt8>) { self.encoded = Array(encoded) }

    /// The identifier of these arcs, of which there are at least two.
    public init(arrayLiteral arcs: UInt...) {
        encoded = ([arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2)).flatMap(Self.base128)
    }

    private static func base128(_ arc: UInt) -> [UInt8] {
        var bytes = [UInt8(arc & 0x7F)]
        var rest = arc >> 7
        while rest > 0 {
            bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
            rest >>= 7
        }
        return bytes
    }
}

/// The types of CMS (RFC 5652) and of its attributes.
extension OID {
    /// `id-data`, a document (section 4).
    public static let data: OID = [1, 2, 840, 113549, 1, 7, 1]
    /// `id-signedData` (section 5.1).
    public static let signedData: OID = [1, 2, 840, 113549, 1, 7, 2]
    /// Section 11.1.
    public static let contentType: OID = [1, 2, 840, 113549, 1, 9, 3]
    /// Section 11.2.
    public static let messageDigest: OID = [1, 2, 840, 113549, 1, 9, 4]
    /// Section 11.3.
    public static let signingTime: OID = [1, 2, 840, 113549, 1, 9, 5]
    /// `id-aa-signingCertificateV2` (RFC 5035 section 3).
    public static let signingCertificateV2: OID = [1, 2, 840, 113549, 1, 9, 16, 2, 47]
}

/// Algorithms: digests (RFC 5754 section 2, RFC 3370 section 2.1), signatures by RSA (RFC 8017 appendix C), by ECDSA
/// (RFC 5758 section 3.2) and by Ed25519 (RFC 8410 section 3).
extension OID {
    public static let sha1: OID = [1, 3, 14, 3, 2, 26]
    public static let sha256: OID = [2, 16, 840, 1, 101, 3, 4, 2, 1]
    public static let sha384: OID = [2, 16, 840, 1, 101, 3, 4, 2, 2]
    public static let sha512: OID = [2, 16, 840, 1, 101, 3, 4, 2, 3]
    /// `rsaEncryption`: a key, or PKCS #1 1.5 with the digest that is told beside it.
    public static let rsaEncryption: OID = [1, 2, 840, 113549, 1, 1, 1]
    public static let rsaWithSHA256: OID = [1, 2, 840, 113549, 1, 1, 11]
    public static let rsaWithSHA384: OID = [1, 2, 840, 113549, 1, 1, 12]
    public static let rsaWithSHA512: OID = [1, 2, 840, 113549, 1, 1, 13]
    /// `id-RSASSA-PSS`.
    public static let rsaPSS: OID = [1, 2, 840, 113549, 1, 1, 10]
    /// `id-mgf1`.
    public static let maskGeneration: OID = [1, 2, 840, 113549, 1, 1, 8]
    public static let ecdsaWithSHA256: OID = [1, 2, 840, 10045, 4, 3, 2]
    public static let ecdsaWithSHA384: OID = [1, 2, 840, 10045, 4, 3, 3]
    public static let ecdsaWithSHA512: OID = [1, 2, 840, 10045, 4, 3, 4]
    public static let ed25519: OID = [1, 3, 101, 112]
}
