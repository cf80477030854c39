import ASN1
import SSHKeys
import SignedForms
import TestSupport
import Testing

@testable import Certificates
@testable import Signatures

/// Signs attributes as they are given, where clave-sign would refuse to.
extension Bench {
    /// An attribute of this type with these values.
    static func attribute(_ type: OID, _ values: [UInt8]...) -> [UInt8] {
        DER.sequence(DER.identifier(type), DER.tagged(0x31, Array(values.joined())))
    }

    /// A detached CMS signature over `the content` with the two attributes that must be there, and others.
    func sign(
        by entry: KeyFile.Entry, _ scheme: SignatureScheme = .es256, attributes others: [[UInt8]],
        certificates: [[UInt8]]? = nil, signers count: Int = 1
    ) throws -> [UInt8] {
        let digest = try #require(MessageDigest(scheme.digest, of: Array("the content".utf8)))
        let attributes = DER.set(
            [
                Self.attribute([1, 2, 840, 113549, 1, 9, 3], DER.identifier(OID(encoded: SignedAttributes.dataType))),
                Self.attribute([1, 2, 840, 113549, 1, 9, 4], DER.octets(digest.bytes)),
            ] + others)
        let signature = try #require(entry.key.sign(attributes, scheme))
        let issuer = try #require(entry.chain.first.flatMap { DecodedCertificate(der: $0)?.issuerAndSerialNumber })
        let (sha256, sha512): (OID, OID) = ([2, 16, 840, 1, 101, 3, 4, 2, 1], [2, 16, 840, 1, 101, 3, 4, 2, 3])
        let algorithm = DER.sequence(DER.identifier(scheme == .es256 ? sha256 : sha512))
        let signed = DER.identifier(scheme == .es256 ? [1, 2, 840, 10045, 4, 3, 2] : [1, 3, 101, 112])
        let information = DER.sequence(
            DER.integer([1]), issuer, algorithm, [0xA0] + attributes.dropFirst(), DER.sequence(signed),
            DER.octets(scheme == .es256 ? ECDSASignature.der(fromFixed: signature) : signature))
        let message = DER.sequence(
            DER.integer([1]), DER.set([algorithm]),
            DER.sequence(DER.identifier(OID(encoded: SignedAttributes.dataType))),
            [0xA0] + DER.set(certificates ?? entry.chain).dropFirst(),
            DER.set(Array(repeating: information, count: count)))
        return DER.sequence(DER.identifier([1, 2, 840, 113549, 1, 7, 2]), DER.tagged(0xA0, message))
    }
}
