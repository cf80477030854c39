import Certificates
import Foundation
import SSHKeys
import SecureMemory
import SignedForms
import TestSupport
import Testing

@testable import Signatures

@Suite struct `The verification of a web signature` {
    private let content = Array("the content".utf8)

    /// A compact signature with this header, over a content.
    private func token(
        _ bench: Bench, header: String, _ scheme: SignatureScheme = .es256, isDetached: Bool = false
    ) throws -> [UInt8] {
        let beginning = base64URL(Array(header.utf8))
        let input = Array("\(beginning).\(base64URL(content))".utf8)
        let signature = try #require(try bench.entry().key.sign(input, scheme))
        return Array("\(beginning).\(isDetached ? "" : base64URL(content)).\(base64URL(signature))\n".utf8)
    }

    private func chain(_ bench: Bench) throws -> String {
        try bench.entry().chain.map { "\"\(base64($0))\"" }.joined(separator: ",")
    }

    @Test func `takes what clave-sign and JOSE libraries make, with the content inside or beside it`() throws {
        let bench = try Bench()
        let chain = try chain(bench)
        for header in [
            "{\"alg\":\"ES256\",\"x5c\":[\(chain)]}",
            "{ \"typ\" : \"JWT\", \"x5c\":[ \(chain) ],\r\n \"n\":[1,{\"a\":null}], \"alg\" : \"ES256\" }",
        ] {
            for isDetached in [true, false] {
                let report = try bench.verify(try token(bench, header: header, isDetached: isDetached))
                #expect(report.isGood && report.format == .jws && report.isAttached == !isDetached)
                #expect(report.signers[0].certificate?.name == "AINA PROVA")
            }
            let detached = try token(bench, header: header, isDetached: true)
            #expect(try bench.problems(detached, Array("another".utf8)) == [.wrongSignature])
        }
    }

    @Test(
        arguments: [
            (.es512, "EC -pkeyopt ec_paramgen_curve:P-521"), (.edDSA, "ED25519"),
            (.ps384, "RSA -pkeyopt rsa_keygen_bits:2048"),
        ] as [(SignatureScheme, String)])
    func `takes each scheme's signature, and neither another content's nor a changed one`(
        scheme: SignatureScheme, kind: String
    ) throws {
        let bench = try Bench(kind)
        let header = "{\"alg\":\"\(scheme.rawValue)\",\"x5c\":[\(try chain(bench))]}"
        let signature = try token(bench, header: header, scheme, isDetached: true)
        #expect(try bench.verify(signature).isGood)
        #expect(try !bench.verify(signature, Array("another content".utf8)).isGood)
        var changed = signature
        changed[changed.count - 20] = changed[changed.count - 20] == 0x41 ? 0x42 : 0x41
        #expect(try !bench.verify(changed).isGood)
    }

    @Test func `takes no header that is ambiguous, unsigned, critical or without a certificate`() throws {
        let bench = try Bench()
        let chain = try chain(bench)
        for header in [
            "{\"alg\":\"none\",\"x5c\":[\(chain)]}", "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"x5c\":[\(chain)]}",
            "{\"alg\":\"HS256\",\"x5c\":[\(chain)]}", "{\"alg\":\"ES256\",\"x5c\":[]}", "{\"alg\":\"ES256\"",
            "{\"alg\":\"ES256\",\"x5c\":\(chain.split(separator: ",")[0])}", "{\"x5c\":[\(chain)]}",
        ] {
            #expect(throws: SignatureFile.Failure.damaged(.jws), "\(header.prefix(30))") {
                try bench.verify(try token(bench, header: header))
            }
        }
        let critical = "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false,\"x5c\":[\(chain)]}"
        #expect(try bench.problems(try token(bench, header: critical)) == [.malformed("crit")])
        let bare = try token(bench, header: "{\"alg\":\"ES256\"}")
        #expect(try bench.problems(bare) == [.certificateMissing])
    }

    @Test func `without a certificate is taken by a key that is given, and by a certificate only where its chain ends`()
        throws
    {
        let bench = try Bench()
        let bare = try token(bench, header: "{\"alg\":\"ES256\"}")
        try bench.make(
            "openssl x509 -in person.crt -noout -pubkey > public.pem; mkdir both; cp trust/root.crt middle.crt both")
        let key = try #require(ExpectedKey(try bench["public.pem"]))
        #expect(try bench.problems(bare) { $0.key = key }.isEmpty)
        let certificate = try #require(ExpectedKey(try bench["person.crt"]))
        #expect(try bench.problems(bare, trust: "both") { $0.key = certificate }.isEmpty)
        // Nobody has the issuing authority's certificate.
        let problems = try bench.problems(bare) { $0.key = certificate }
        guard problems.count == 1, case .untrusted = problems[0] else {
            Issue.record("a certificate without a chain is believed: \(problems)")
            return
        }
    }

    @Test func `takes an Ed25519 signature over a content of some hundred kilobytes, and none over another one`() throws
    {
        let bench = try Bench("ED25519")
        let large = [UInt8](repeating: 7, count: 200_000)
        let beginning = base64URL(Array("{\"alg\":\"EdDSA\",\"x5c\":[\(try chain(bench))]}".utf8)) + "."
        let input = Array((beginning + base64URL(large)).utf8)
        let signature = base64URL(try #require(try bench.entry().key.sign(input, .edDSA)))
        for token in [input + Array(".\(signature)".utf8), Array("\(beginning).\(signature)".utf8)] {
            #expect(try bench.problems(token, large).isEmpty)
            #expect(try bench.problems(token, large + [7]) == [.wrongSignature])
        }
    }

    @Test func `takes no changed character of header, content and signature`() throws {
        let bench = try Bench()
        let signature = try token(bench, header: "{\"alg\":\"ES256\",\"x5c\":[\(try chain(bench))]}")
        for place in stride(from: 0, to: signature.count - 1, by: 7) where signature[place] != WebSignature.dot {
            var changed = signature
            changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect((try? bench.verify(changed))?.isGood != true, "character \(place)")
        }
    }

    @Test func `digests a content that comes in parts of any size as the form has it`() throws {
        let bench = try Bench()
        let header = "{\"alg\":\"ES256\",\"x5c\":[\(try chain(bench))]}"
        let file = try SignatureFile(try token(bench, header: header, isDetached: true))
        for size in 1...5 {
            var digests = ContentDigests(for: file)
            for start in stride(from: 0, to: content.count, by: size) {
                digests.update(Array(content[start..<min(content.count, start + size)]))
            }
            let made = digests.finish()
            let result = try #require(made)
            let trust = try TrustAnchors(folder: bench.folder + "/trust")
            #expect(file.verify(result, Expectations(), trust: trust, now: Bench.now).isGood)
        }
    }
}
