import ASN1
import Certificates
import SignedForms
import TestSupport
import Testing

@testable import Signatures

private let kinds: [SignatureScheme: String] = [.es256: "EC -pkeyopt ec_paramgen_curve:P-256", .edDSA: "ED25519"]

/// signing-certificate of RFC 2634 and of RFC 5035, by which the signer says which certificate is theirs.
private let (first, second): (OID, OID) = (
    [1, 2, 840, 113549, 1, 9, 16, 2, 12], [1, 2, 840, 113549, 1, 9, 16, 2, 47]
)
private let signingTime: OID = [1, 2, 840, 113549, 1, 9, 5]

@Suite struct `The attributes that the signer of a CMS message has signed` {
    /// The value of either attribute: one certificate, by its digest.
    private func named(_ digest: [UInt8]) -> [UInt8] {
        DER.sequence(DER.sequence(DER.sequence(DER.octets(digest))))
    }

    private func sha1(_ certificate: [UInt8], _ bench: Bench) throws -> [UInt8] {
        try bench.write(certificate, to: "named.der")
        try bench.make("openssl dgst -sha1 -binary -out named.sha1 named.der")
        return try bench["named.sha1"]
    }

    @Test(arguments: [SignatureScheme.es256, .edDSA])
    func `name the signer's certificate by SHA-1 too, and another certificate there is refused`(
        scheme: SignatureScheme
    ) throws {
        let bench = try Bench(kinds[scheme]!)
        let entry = try bench.entry()
        func problems(_ attributes: [UInt8]...) throws -> [SignatureReport.Problem] {
            try bench.problems(try bench.sign(by: entry, scheme, attributes: attributes))
        }
        let own = named(try sha1(entry.chain[0], bench))
        let other = named(try sha1(entry.chain[1], bench))
        let strong = named(try #require(MessageDigest(.sha256, of: entry.chain[0])).bytes)
        #expect(try problems().isEmpty)
        #expect(try problems(Bench.attribute(second, strong)).isEmpty)
        #expect(try problems(Bench.attribute(first, other)) == [.otherCertificate])
        #expect(try problems(Bench.attribute(first, other), Bench.attribute(second, strong)) == [.otherCertificate])
        // SHA-1 alone does not bind; beside SHA-256 it does no harm.
        #expect(try problems(Bench.attribute(first, own)) == [.weakDigest("SHA1")])
        #expect(try problems(Bench.attribute(first, own), Bench.attribute(second, strong)).isEmpty)
        for values in [
            [Bench.attribute(first, own, other)], [Bench.attribute(first, own), Bench.attribute(first, other)],
            [Bench.attribute(first)], [Bench.attribute(first, DER.octets([1]))],
            [Bench.attribute(first, DER.sequence(DER.sequence()))],
        ] {
            let signature = try bench.sign(by: entry, scheme, attributes: values)
            #expect(try bench.problems(signature).contains(.malformed("signing-certificate")), "\(values)")
        }
    }

    @Test func `tell the certificate's digest in definite lengths alone`() throws {
        let bench = try Bench()
        let entry = try bench.entry()
        let digest = DER.octets(try #require(MessageDigest(.sha256, of: entry.chain[0])).bytes)
        guard let certificate = DecodedCertificate(der: entry.chain[0]) else {
            Issue.record("it is no certificate")
            return
        }
        let names = DER.sequence(DER.tagged(DER.Tag.context(4), certificate.issuer))
        let unbounded = [DER.Tag.sequence, 0x80] + names + certificate.serial + [0, 0]
        let identifier = DER.identifier(.sha256)
        func problems(_ members: [UInt8]...) throws -> [SignatureReport.Problem] {
            let value = DER.sequence(DER.sequence(DER.sequence(Array(members.joined()))))
            return try bench.problems(try bench.sign(by: entry, attributes: [Bench.attribute(second, value)]))
        }
        #expect(try problems(DER.sequence(identifier), digest, DER.sequence(names, certificate.serial)).isEmpty)
        #expect(try problems(DER.sequence(identifier), digest, unbounded) == [.weakDigest("?")])
        #expect(try problems(DER.sequence(identifier, [DER.Tag.sequence, 0x80, 0, 0]), digest) == [.weakDigest("?")])
    }

    @Test
    func `hold one readable signing time or none, and a time before 1970 is outside every certificate's validity`()
        throws
    {
        let bench = try Bench()
        let entry = try bench.entry()
        func made(_ values: [[UInt8]]) throws -> SignatureReport.Signer {
            let attribute = DER.sequence(DER.identifier(signingTime), DER.tagged(0x31, Array(values.joined())))
            return try bench.verify(try bench.sign(by: entry, attributes: [attribute])).signers[0]
        }
        func time(_ tag: UInt8, _ text: String) -> [UInt8] { DER.tagged(tag, Array(text.utf8)) }
        for old in [time(0x17, "691231235959Z"), time(0x17, "500101000000Z"), time(0x18, "19000101000000Z")] {
            let signer = try made([old])
            #expect(signer.problems == [.signedOutsideValidity] && signer.signedAt == 0, "\(old)")
        }
        for values in [
            [time(0x17, "691331235959Z")], [time(0x17, "tomorrow")], [time(0x18, "")], [DER.octets([1])],
            [DER.integer([1])], [time(0x17, "260101000000Z"), time(0x17, "260102000000Z")],
        ] {
            let signer = try made(values)
            #expect(signer.problems.contains(.malformed("signing time")) && signer.signedAt == nil, "\(values)")
        }
        #expect(try bench.verify(try bench.sign(by: entry, attributes: [])).signers[0].signedAt == nil)
    }
}
