import ASN1
import ClaveDomain

/// What the signer of a CMS signature signs about a content (RFC 5652 section 5.3): its type and digest, the time, and,
/// as CAdES-BES has it (ETSI EN 319 122-1 section 5.2), which certificate is the signer's.
public struct SignedAttributes: Equatable, Sendable {
    /// `id-data` (RFC 5652 section 4), the type of a document: the arcs of its identifier, encoded.
    public static let dataType = OID.data.encoded

    /// What the content is: the encoded arcs of an object identifier.
    public let contentType: [UInt8]
    /// Of the content; any of the three lengths.
    public let digest: MessageDigest
    /// Seconds since 1970, by the signer's clock; from 1970 to 2049.
    public let signedAt: UInt64
    /// SHA-256 of the signer's certificate in DER: signing-certificate-v2 (RFC 5035 section 3); nil for plain CMS.
    public let certificateDigest: [UInt8]?

    /// All members; nil for a time that the form has no room for, or a digest of another length.
    public init?(
        contentType: [UInt8] = Self.dataType, digest: MessageDigest, signedAt: UInt64, certificateDigest: [UInt8]?
    ) {
        guard signedAt < Self.endOfTime, certificateDigest.map({ $0.count == 32 }) ?? true else { return nil }
        self.contentType = contentType
        self.digest = digest
        self.signedAt = signedAt
        self.certificateDigest = certificateDigest
    }

    /// The bytes that are signed: the attributes as a `SET OF`.
    public var signedBytes: [UInt8] {
        var attributes = [
            Self.attribute(.contentType, DER.identifier(OID(encoded: contentType))),
            Self.attribute(.messageDigest, DER.octets(digest.bytes)),
            Self.attribute(.signingTime, DER.tagged(DER.Tag.utcTime, Array(Self.time(signedAt).utf8))),
        ]
        if let certificateDigest {
            // The digest's algorithm is left out where it is SHA-256.
            let named = DER.sequence(DER.sequence(DER.sequence(DER.octets(certificateDigest))))
            attributes.append(Self.attribute(.signingCertificateV2, named))
        }
        return DER.set(attributes)
    }

    /// Whether bytes could be signed attributes: a `SET`, which any DER decoder would take for some.
    public static func resembles(_ bytes: [UInt8]) -> Bool { bytes.first == DER.Tag.set }

    /// The same as a signature carries it: under the tag `[0]`.
    public var carriedBytes: [UInt8] { [DER.Tag.context(0)] + signedBytes.dropFirst() }

    /// 1 January 2050: from then on the time has another form (RFC 5652 section 11.3).
    private static let endOfTime: UInt64 = 2_524_608_000

    private static func attribute(_ kind: OID, _ value: [UInt8]) -> [UInt8] {
        DER.sequence(DER.identifier(kind), DER.set([value]))
    }

    /// `UTCTime`: `YYMMDDhhmmssZ`.
    private static func time(_ seconds: UInt64) -> String {
        let day = CivilDate(unixTime: Int64(seconds))
        let rest = Int(seconds % 86_400)
        let parts = [day.year % 100, day.month, day.day, rest / 3600, rest / 60 % 60, rest % 60]
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined() + "Z"
    }
}
