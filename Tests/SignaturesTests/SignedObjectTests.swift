import Certificates
import Foundation
import SSHKeys
import SecureMemory
import SignedForms
import TestSupport
import Testing

@testable import Signatures

@Suite struct `The verification of a signature in a JSON object` {
    private let content = Array("the content".utf8)

    /// As clave-sign writes one by a certificate's key.
    private func object(
        _ bench: Bench, _ scheme: SignatureScheme, named name: String? = nil, certificates: String? = nil
    ) throws -> [UInt8] {
        let made = try #require(try bench.entry().key.sign(content, scheme))
        let signature = scheme.kind == .ecdsa ? ECDSASignature.der(fromFixed: made) : made
        let pem = try certificates ?? String(decoding: bench["person.crt"] + bench["middle.crt"], as: UTF8.self)
        let escaped = pem.replacingOccurrences(of: "\n", with: "\\n")
        return Array(
            """
            {"identity":"0a1b","scheme":"\(name ?? scheme.rawValue)","certificates":"\(escaped)","signature":"\(base64(signature))"}

            """.utf8)
    }

    /// As clave-sign writes one by an identity's own key.
    private func object(_ key: borrowing SigningKey, _ signed: [UInt8], _ purpose: String) -> [UInt8] {
        Array(
            """
            {"identity":"0a1b",\(purpose),"algorithm":"ed25519","public_key":"\(base64(key.publicKey))",\
            "signed":"\(base64(signed))","signature":"\(base64(key.sign(signed.span.bytes)))"}

            """.utf8)
    }

    @Test(
        arguments: [
            (.es256, "EC -pkeyopt ec_paramgen_curve:P-256"), (.es512, "EC -pkeyopt ec_paramgen_curve:P-521"),
            (.edDSA, "ED25519"), (.ps384, "RSA -pkeyopt rsa_keygen_bits:2048"),
            (.rs256, "RSA -pkeyopt rsa_keygen_bits:2048"),
        ] as [(SignatureScheme, String)])
    func `takes what clave-sign makes by a certificate's key, and no other content, scheme, authority or key`(
        scheme: SignatureScheme, kind: String
    ) throws {
        let bench = try Bench(kind)
        let file = try object(bench, scheme)
        let report = try bench.verify(file)
        #expect(report.isGood && report.format == .json && !report.isAttached)
        #expect(report.signers[0].certificate?.name == "AINA PROVA" && report.signers[0].scheme == scheme.rawValue)
        #expect(try bench.problems(file, Array("another".utf8)) == [.wrongSignature])
        for other in SignatureScheme.allCases where other != scheme {
            #expect(try bench.problems(try object(bench, scheme, named: other.rawValue)) == [.wrongSignature])
        }
        try bench.make(
            "mkdir none; cp person.crt none; openssl genpkey -algorithm ED25519 -out x; openssl pkey -in x -pubout -out x.pem"
        )
        let stranger = try #require(ExpectedKey(try bench["x.pem"]))
        #expect(try bench.problems(file) { $0.key = stranger } == [.otherKey])
        let own = try #require(ExpectedKey(try bench["person.crt"]))
        #expect(try bench.problems(file) { $0.key = own } == [])
        #expect(try bench.problems(file) { $0.purpose = .message(namespace: "file") } == [.otherNamespace("opaque")])
        let alone = try object(bench, scheme, certificates: String(decoding: try bench["person.crt"], as: UTF8.self))
        let problems = try bench.problems(alone)
        guard problems.count == 1, case .untrusted = problems[0] else {
            Issue.record("a certificate without its chain is believed")
            return
        }
    }

    @Test func `takes none that is cut short or has a changed character in its signature, scheme or certificate`()
        throws
    {
        let bench = try Bench()
        let file = try object(bench, .es256)
        let end = file.count - 2
        for length in stride(from: 1, to: end, by: 23) {
            #expect(throws: SignatureFile.Failure.self, "\(length) bytes") {
                try bench.verify(Array(file.prefix(length)))
            }
        }
        #expect(throws: SignatureFile.Failure.damaged(.json)) { try bench.verify(Array(file.prefix(end))) }
        #expect(throws: SignatureFile.Failure.damaged(.json)) { try bench.verify(file + Array("{}".utf8)) }
        let text = String(decoding: file, as: UTF8.self)
        let start = try #require(text.utf8.firstRange(of: "\"signature\":\"".utf8)?.upperBound)
        let places = text.utf8.distance(from: text.utf8.startIndex, to: start)..<(file.count - 3)
        for place in places {
            for bit in [0, 1, 5] {
                var changed = file
                changed[place] ^= 1 << UInt8(bit)
                #expect((try? bench.verify(changed))?.isGood != true, "character \(place), bit \(bit)")
            }
        }
        for (old, new) in [
            ("\"scheme\":\"ES256\",", ""), ("\"ES256\"", "\"none\""), ("\"ES256\"", "[\"ES256\"]"),
            ("\"scheme\":", "\"scheme\":\"ES256\",\"scheme\":"), ("-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY"),
            ("\"certificates\"", "\"certificate\""), ("\"signature\":\"", "\"signature\":\"\",\"s\":\""),
        ] {
            #expect(throws: SignatureFile.Failure.damaged(.json), "\(old)") {
                try bench.verify(Array(text.replacingOccurrences(of: old, with: new).utf8))
            }
        }
    }

    @Test func `takes what an identity's own key signs by the key that is given, for what it is for`() throws {
        let bench = try Bench()
        let key = SigningKey()
        let line = Array(SSHEd25519.line(key.publicKey).utf8)
        let expected = try #require(ExpectedKey(line))
        for algorithm in [MessageDigest.Algorithm.sha256, .sha512] {
            let digest = try #require(MessageDigest(algorithm, of: content))
            let message = try #require(SSHSignature(namespace: "file", digest: digest)).signedBytes
            let challenge = try #require(ClaveChallenge(relyingParty: "bank", purpose: "pay", digest: digest))
                .signedBytes
            for (signed, members, purpose) in [
                (
                    message, "\"purpose\":\"message\",\"namespace\":\"file\"",
                    RawSignature.Purpose.message(namespace: "file")
                ),
                (
                    challenge, "\"purpose\":\"challenge\",\"relying_party\":\"bank\",\"for\":\"pay\"",
                    .challenge(relyingParty: "bank", purpose: "pay")
                ),
                (content, "\"purpose\":\"opaque\"", .opaque),
            ] {
                let file = object(key, signed, members)
                #expect(try bench.problems(file) == [.unknownSigner])
                #expect(try bench.problems(file) { $0.key = expected } == [])
                #expect(try bench.verify(file) { $0.key = expected }.signers[0].scheme == "EdDSA")
                #expect(try bench.problems(file) { ($0.key, $0.purpose) = (expected, purpose) } == [])
                #expect(try bench.problems(file, [1]) { $0.key = expected } == [.otherContent])
                let other = RawSignature.Purpose.challenge(relyingParty: "bank", purpose: "pay more")
                #expect(
                    try bench.problems(file) { ($0.key, $0.purpose) = (expected, other) }
                        == [.otherNamespace(purpose.text)])
                // Who says that it is for something else has not signed that.
                let claimed = object(key, signed, "\"purpose\":\"message\",\"namespace\":\"git\"")
                #expect(try bench.problems(claimed) { $0.key = expected } == [.otherContent])
                #expect(try bench.problems(object(SigningKey(), signed, members)) { $0.key = expected } == [.otherKey])
                var forged = String(decoding: file, as: UTF8.self)
                forged.replace(base64(key.sign(signed.span.bytes)), with: base64(SigningKey().sign(signed.span.bytes)))
                #expect(try bench.problems(Array(forged.utf8)) { $0.key = expected } == [.wrongSignature])
            }
        }
    }

    @Test func `takes no signature over a message or a challenge for one over the bytes that were signed for it`()
        throws
    {
        let bench = try Bench()
        let key = SigningKey()
        let expected = try #require(ExpectedKey(Array(SSHEd25519.line(key.publicKey).utf8)))
        let digest = try #require(MessageDigest(.sha512, of: content))
        let message = try #require(SSHSignature(namespace: "file", digest: digest)).signedBytes
        let challenge = try #require(ClaveChallenge(relyingParty: "bank", purpose: "pay", digest: digest)).signedBytes
        for (signed, name) in [(message, "file"), (challenge, "bank: pay")] {
            let file = object(key, signed, "\"purpose\":\"opaque\"")
            #expect(try bench.problems(file, signed) { $0.key = expected } == [.otherNamespace(name)])
            let raw = key.sign(signed.span.bytes)
            #expect(try bench.problems(raw, signed) { $0.key = expected } == [.otherNamespace(name)])
        }
        let certified = try #require(ExpectedKey(try bench["person.crt"]))
        let made = try #require(try bench.entry().key.sign(message, .es256))
        #expect(
            try bench.problems(ECDSASignature.der(fromFixed: made), message) { $0.key = certified }
                .contains(.otherNamespace("file")))
    }
}
