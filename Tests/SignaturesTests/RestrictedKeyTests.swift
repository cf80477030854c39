import Certificates
import SecureMemory
import SignedForms
import TestSupport
import Testing

@testable import Signatures

/// By the numbers of such a key anything that RSA can do can be signed: only the certificate says what counts.
@Suite struct `A signature by a key whose certificate allows PSS with SHA-512 alone` {
    private static let kind =
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha512 -pkeyopt rsa_pss_keygen_mgf1_md:sha512 -pkeyopt rsa_pss_keygen_saltlen:64"

    /// Options of `openssl dgst` for each of RSA's schemes.
    private static let options: [SignatureScheme: String] = [
        .rs256: "-sha256", .rs512: "-sha512", .ps256: "-sha256 \(pss)", .ps384: "-sha384 \(pss)",
        .ps512: "-sha512 \(pss)",
    ]
    private static let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"

    /// With `plain.key`: the same numbers, and no limits.
    private func bench() throws -> Bench {
        try Bench(
            Self.kind,
            """
            place=$(openssl asn1parse -in person.key | sed -n 's/^ *\\([0-9]*\\):d=1 .*OCTET STRING.*/\\1/p')
            openssl asn1parse -in person.key -strparse $place -noout -out inner.der
            openssl rsa -inform DER -in inner.der -traditional -out plain.key
            mkdir both; cp trust/root.crt middle.crt both
            """)
    }

    @Test func `is taken as a raw one by that scheme, and by no other`() throws {
        let bench = try bench()
        let key = try #require(ExpectedKey(try bench["person.crt"]))
        for (scheme, options) in Self.options {
            try bench.make("openssl dgst \(options) -sign plain.key -out signature content")
            let problems = try bench.problems(try bench["signature"], trust: "both") { $0.key = key }
            #expect(problems == (scheme == .ps512 ? [] : [.wrongSignature]), "\(scheme)")
        }
    }

    @Test func `is taken as a web signature by that scheme, and by no other`() throws {
        let bench = try bench()
        let chain = try bench.entry().chain.map { "\"\(base64($0))\"" }.joined(separator: ",")
        for (scheme, options) in Self.options {
            let header = base64URL(Array("{\"alg\":\"\(scheme.rawValue)\",\"x5c\":[\(chain)]}".utf8))
            let input = "\(header).\(base64URL(try bench["content"]))"
            try bench.write(Array(input.utf8), to: "input")
            try bench.make("openssl dgst \(options) -sign plain.key -out signature input")
            let token = Array("\(input).\(base64URL(try bench["signature"]))".utf8)
            #expect(try bench.problems(token) == (scheme == .ps512 ? [] : [.wrongSignature]), "\(scheme)")
        }
    }

    @Test func `is no SSH signature`() throws {
        let bench = try bench()
        try bench.make(
            "ssh-keygen -y -f plain.key > plain.key.pub; ssh-keygen -q -Y sign -f plain.key -n file content")
        let signature = try bench["content.sig"]
        let plain = try #require(ExpectedKey(try bench["plain.key.pub"]))
        #expect(try bench.problems(signature) { $0.key = plain }.isEmpty)
        let certified = try #require(ExpectedKey(try bench["person.crt"]))
        #expect(try bench.problems(signature, trust: "both") { $0.key = certified } == [.wrongSignature])
    }

    @Test func `can't be held against the key alone, which would be one without limits`() throws {
        let bench = try bench()
        try bench.make(
            """
            openssl pkey -in person.key -pubout -out restricted.pem
            openssl pkey -pubin -in restricted.pem -outform DER -out restricted.der
            openssl pkey -in plain.key -pubout -out plain.pem
            """)
        for name in ["restricted.pem", "restricted.der"] { #expect(ExpectedKey(try bench[name]) == nil, "\(name)") }
        #expect(ExpectedKey(try bench["plain.pem"]) != nil)
    }
}
