import ASN1
import ClaveDomain
import Foundation
import GatewayAPI
import TestAuthorities
import TestSupport
import Testing

@testable import CertificateTrust

@Suite struct `A certificate's signature` {
    @Test func `is right for its content alone`() throws {
        let authorities = try Authorities()
        let person = try authorities.person()
        let signature = try authorities.sign(Bench.content, by: person)
        let verifier = try authorities.verifier()
        let now = Int64(time(nil))
        #expect(try verifier.holder(of: signature, over: Bench.content, at: now).document.text == "12345678Z")
        for other in [Bench.content + [0], Array(Bench.content.dropLast()), [], Array("other".utf8)] {
            #expect(throws: CertificateRefusal(.wrongSignature)) {
                try verifier.holder(of: signature, over: other, at: now)
            }
        }
    }

    @Test(arguments: [
        // It holds its content.
        ["-cades", "-md", "sha256", "-nodetach"],
        // Nothing signed names the certificate, or there are no signed attributes.
        ["-md", "sha256"], ["-md", "sha256", "-noattr"],
        // Digests of yesterday.
        ["-cades", "-md", "sha1"], ["-cades", "-md", "sha224"],
        // The certificate is left out.
        ["-cades", "-md", "sha256", "-nocerts"],
        // Of another type of content: a document's above all, which a person may be asked to sign at any time.
        ["-cades", "-md", "sha256", "-econtent_type", "1.2.840.113549.1.7.1"],
        ["-cades", "-md", "sha256", "-econtent_type", "1.2.840.113549.1.7.6"],
    ])
    func `of another form is none`(options: [String]) throws {
        let bench = try Bench()
        #expect(try bench.outcome(of: try bench.authorities.person(), options) == .wrongSignature)
    }

    @Test func `of two signers is none, and one of a receipt or of encryption neither`() throws {
        let bench = try Bench()
        let (person, other) = (try bench.authorities.person(), try bench.authorities.person())
        let more = ["-cades", "-md", "sha256", "-signer", other.certificate, "-inkey", other.key]
        #expect(try bench.outcome(of: person, more) == .wrongSignature)
        for command in [["-data_create"], ["-digest_create", "-md", "sha256"]] {
            let output = bench.authorities.folder + "/other"
            try Data(Bench.content).write(to: URL(filePath: output + ".in"))
            try bench.authorities.openssl(
                ["cms"] + command + ["-binary", "-outform", "DER", "-in", output + ".in", "-out", output])
            #expect(bench.outcome(of: try Array(Data(contentsOf: URL(filePath: output)))) == .wrongSignature)
        }
    }

    @Test func `whose signed attributes say something else is none, though they are signed`() throws {
        let authorities = try Authorities()
        let verifier = try authorities.verifier()
        let person = try authorities.person(key: "rsa:2048")
        let signature = try authorities.sign(Bench.content, by: person)
        let parsed = try CMSReader(der: signature)
        let attributes = parsed.signedAttributes
        func place(of bytes: [UInt8]) throws -> Int {
            try #require(attributes.indices.last { attributes[$0...].starts(with: bytes) }) + bytes.count - 1
        }
        guard case .issuer(let issuer, let serial) = try #require(parsed.attributes.certificateIssuer) else { return }
        let changes: [(String, Int?, ASN1Error?)] = [
            ("nothing", nil, nil),
            ("the type", try place(of: CMSReader.challengeType.encoded), ASN1Error(what: "content-type")),
            ("the content", try place(of: parsed.attributes.messageDigest), nil),
            ("the certificate", try place(of: parsed.attributes.certificateDigest), nil),
            ("its issuer", try place(of: issuer), nil), ("its number", try place(of: serial), nil),
            ("an attribute twice", try place(of: OID.messageDigest.encoded), nil),
        ]
        for (name, place, error) in changes {
            var changed = attributes
            // One more than message-digest's number is signing-time's, which is there already.
            if let place { changed[place] = name == "an attribute twice" ? 5 : changed[place] ^ 2 }
            let resigned = try resign(signature, parsed, changed, authorities, person)
            if let error { #expect(throws: error) { try CMSReader(der: resigned) } }
            let holder = try? verifier.holder(of: resigned, over: Bench.content, at: Int64(time(nil)) + 60)
            #expect((holder != nil) == (place == nil), "\(name)")
        }
    }

    /// The signature with other signed attributes of the same length, signed anew by RSA.
    private func resign(
        _ signature: [UInt8], _ parsed: CMSReader, _ attributes: [UInt8], _ authorities: Authorities,
        _ person: Issued
    ) throws -> [UInt8] {
        let file = authorities.folder + "/attributes"
        try Data(attributes).write(to: URL(filePath: file))
        try authorities.openssl(["dgst", "-sha256", "-sign", person.key, "-out", file + ".sig", file])
        let fresh = try Array(Data(contentsOf: URL(filePath: file + ".sig")))
        let old = parsed.signedAttributes.dropFirst()
        let start = try #require(signature.indices.first { signature[$0...].starts(with: old) })
        try #require(signature.suffix(fresh.count).elementsEqual(parsed.signature))
        let head = signature.prefix(start) + attributes.dropFirst()
        return Array(head + signature[(start + old.count)...].dropLast(fresh.count) + fresh)
    }

    @Test(arguments: ["rsa:1024", "rsa:2040", "ec:secp256k1", "ec:P-224", "ec:brainpoolP256r1"])
    func `by a weak or strange key is none`(key: String) throws {
        let bench = try Bench()
        #expect(try bench.outcome(of: try bench.authorities.person(key: key)) == .wrongSignature)
    }

    @Test func `by PSS with SHA-1 in its mask, or a short salt, is none`() throws {
        let bench = try Bench()
        let person = try bench.authorities.person(key: "rsa:2048")
        let pss = ["-cades", "-md", "sha256", "-keyopt", "rsa_padding_mode:pss"]
        #expect(try bench.outcome(of: person, pss) == .accepted)
        #expect(try bench.outcome(of: person, pss + ["-keyopt", "rsa_mgf1_md:sha1"]) == .wrongSignature)
        #expect(try bench.outcome(of: person, pss + ["-keyopt", "rsa_pss_saltlen:8"]) == .wrongSignature)
    }

    @Test func `that is cut short or longer is none`() throws {
        let authorities = try Authorities()
        let signature = try authorities.sign(Bench.content, by: try authorities.person(key: "rsa:2048"))
        for length in 0..<signature.count {
            #expect(throws: ASN1Error.self) { try CMSReader(der: Array(signature.prefix(length))) }
        }
        #expect(throws: ASN1Error.self) { try CMSReader(der: signature + [0]) }
        let long = signature + [UInt8](repeating: 0, count: CMSReader.maximumLength)
        #expect(throws: ASN1Error(what: "too long")) { try CMSReader(der: long) }
    }

    @Test(arguments: [("rsa:2048", []), ("rsa:2048", ["-keyopt", "rsa_padding_mode:pss"]), ("ec:P-256", ["-keyid"])])
    func `is none with any bit changed`(key: String, more: [String]) throws {
        let authorities = try Authorities()
        let verifier = try authorities.verifier()
        let signature = try authorities.sign(
            Bench.content, by: try authorities.person(key: key), ["-cades", "-md", "sha256"] + more)
        let now = Int64(time(nil))
        #expect(try verifier.holder(of: signature, over: Bench.content, at: now).document.text == "12345678Z")
        for place in signature.indices {
            for bit in 0..<8 {
                var changed = signature
                changed[place] ^= 1 << UInt8(bit)
                let holder = try? verifier.holder(of: changed, over: Bench.content, at: now)
                #expect(holder == nil, "bit \(bit) of byte \(place)")
            }
        }
    }

    @Test func `is none with any byte of its certificates or names exchanged, and of many made-up ones none is`() throws
    {
        let authorities = try Authorities()
        let verifier = try authorities.verifier()
        let (one, other) = (try authorities.person(), try authorities.person())
        let now = Int64(time(nil))
        let signatures = try [one, other].map { try authorities.sign(Bench.content, by: $0) }
        // Any beginning of one before any end of the other.
        for cut in 1..<min(signatures[0].count, signatures[1].count) {
            let mixed = Array(signatures[0].prefix(cut) + signatures[1].dropFirst(cut))
            guard !signatures.contains(mixed) else { continue }
            #expect((try? verifier.holder(of: mixed, over: Bench.content, at: now)) == nil, "cut at \(cut)")
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var changed = signatures[0]
            for _ in 0..<Int.random(in: 2...8, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard changed != signatures[0] else { continue }
            #expect((try? verifier.holder(of: changed, over: Bench.content, at: now)) == nil, "\(changed)")
        }
    }
}
