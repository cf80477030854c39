import Certificates
import SignedForms
import TestSupport
import Testing

private let kinds: [SignatureScheme: String] = [
    .rs256: "RSA -pkeyopt rsa_keygen_bits:2048", .rs384: "RSA -pkeyopt rsa_keygen_bits:2048",
    .rs512: "RSA -pkeyopt rsa_keygen_bits:3072", .ps256: "RSA -pkeyopt rsa_keygen_bits:2048",
    .ps384: "RSA -pkeyopt rsa_keygen_bits:2048", .ps512: "RSA -pkeyopt rsa_keygen_bits:2048",
    .es256: "EC -pkeyopt ec_paramgen_curve:P-256", .es384: "EC -pkeyopt ec_paramgen_curve:P-384",
    .es512: "EC -pkeyopt ec_paramgen_curve:P-521",
]

@Suite struct `A CMS signature` {
    @Test(arguments: SignatureScheme.allCases.filter { kinds[$0] != nil }, [true, false])
    func `is what OpenSSL verifies, as CAdES where it names the certificate`(
        scheme: SignatureScheme, isCAdES: Bool
    ) throws {
        let workshop = try Workshop(
            Workshop.hierarchy(kinds[scheme]!) + """
                printf 'the content' > content
                cat person.key person.crt chain.crt > file
                """)
        let entry = try #require(try readKeys(workshop["file"]).first)
        try workshop.write(
            try signature(over: Array("the content".utf8), by: entry, scheme, isCAdES: isCAdES), to: "signature")
        let check = "openssl cms -verify -binary -inform DER -in signature -CAfile root.crt -purpose any"
        let verified = workshop.run("\(check) \(isCAdES ? "-cades" : "") -content content")
        #expect(verified.code == 0 && verified.output.contains("the content"), "\(verified.errors)")
        // CAdES asks for the attribute that plain CMS has not.
        if !isCAdES { #expect(workshop.run("\(check) -cades -content content").code != 0) }
        let other = workshop.run("printf 'other content' > other\n\(check) -content other")
        #expect(other.code != 0)
    }

    @Test(arguments: [
        ("RSA-PSS -pkeyopt rsa_keygen_bits:2048", [SignatureScheme.ps256, .ps384, .ps512]),
        (
            "RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha512 -pkeyopt rsa_pss_keygen_mgf1_md:sha512 -pkeyopt rsa_pss_keygen_saltlen:64",
            [.ps512]
        ),
        (
            "RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:48",
            []
        ),
    ]) func `by a key for PSS alone is made as its parameters allow, and in no other way`(
        kind: String, schemes: [SignatureScheme]
    ) throws {
        let workshop = try Workshop(
            Workshop.hierarchy(kind) + "printf 'the content' > content\ncat person.key person.crt chain.crt > file")
        let entry = try #require(try readKeys(workshop["file"]).first)
        #expect(entry.certificate.key.schemes == schemes)
        #expect(entry.key.sign([1], .rs256) == nil)
        for scheme in schemes {
            try workshop.write(
                try signature(over: Array("the content".utf8), by: entry, scheme, isCAdES: true), to: "signature")
            let verified = workshop.run(
                "openssl cms -verify -cades -binary -inform DER -in signature -CAfile root.crt -purpose any -content content"
            )
            #expect(verified.code == 0, "\(verified.errors)")
        }
    }

    /// OpenSSL 3.0 has no Ed25519 in CMS: what is signed is shown to it by itself.
    @Test func `by Ed25519 signs the attributes themselves and names SHA-512`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy("ED25519") + "printf 'the content' > content\ncat person.key person.crt chain.crt > file"
        )
        let entry = try #require(try readKeys(workshop["file"]).first)
        #expect(entry.certificate.key == .ed25519)
        let message = try signature(over: Array("the content".utf8), by: entry, .edDSA, isCAdES: true)
        try workshop.write(message, to: "signature")
        let digest = try #require(MessageDigest(.sha512, of: Array("the content".utf8)))
        let certificate = try #require(MessageDigest(.sha256, of: entry.chain[0]))
        let attributes = try #require(
            SignedAttributes(digest: digest, signedAt: 1_800_000_000, certificateDigest: certificate.bytes))
        try workshop.write(attributes.signedBytes, to: "attributes")
        // The signature's octets stand at the end (RFC 5652 section 5.3).
        try workshop.write(Array(message.suffix(64)), to: "octets")
        let verified = workshop.run(
            """
            openssl x509 -in person.crt -noout -pubkey > public
            openssl pkeyutl -verify -rawin -pubin -inkey public -in attributes -sigfile octets
            openssl asn1parse -inform DER -in signature > parsed
            grep -q ':ED25519' parsed
            test "$(grep -c ':sha512' parsed)" = 2
            """)
        #expect(verified.code == 0, "\(verified)")
    }

    @Test func `that names another certificate is refused by OpenSSL`() throws {
        let workshop = try Workshop(
            Workshop.hierarchy() + "printf 'the content' > content\ncat person.key person.crt chain.crt > file")
        let entry = try #require(try readKeys(workshop["file"]).first)
        let bytes = try signature(
            over: Array("the content".utf8), by: entry, .rs256, isCAdES: true, named: entry.chain[1])
        try workshop.write(bytes, to: "signature")
        let verified = workshop.run(
            "openssl cms -verify -cades -binary -inform DER -in signature -CAfile root.crt -purpose any -content content"
        )
        #expect(verified.code != 0)
    }

    private func signature(
        over content: [UInt8], by entry: KeyFile.Entry, _ scheme: SignatureScheme, isCAdES: Bool,
        named: [UInt8]? = nil
    ) throws -> [UInt8] {
        let digest = try #require(MessageDigest(scheme.digest, of: content))
        let certificate = try #require(MessageDigest(.sha256, of: named ?? entry.chain[0]))
        let attributes = try #require(
            SignedAttributes(
                digest: digest, signedAt: 1_800_000_000, certificateDigest: isCAdES ? certificate.bytes : nil))
        let signature = try #require(entry.key.sign(attributes.signedBytes, scheme))
        return try #require(
            CMSWriter.detached(attributes, signature: signature, scheme, certificates: entry.chain))
    }
}
