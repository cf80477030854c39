import Certificates
import Foundation
import GatewayAPI
import Glibc
import TestAuthorities
import TestSupport
import Testing

@testable import CertificateTrust

@Suite struct `An OCSP responder` {
    /// A verifier that has the root's list, and asks a responder of the intermediate authority's certificates.
    private struct Bureau {
        let authorities: Authorities
        let person: Issued

        init() throws {
            authorities = try Authorities()
            person = try authorities.person()
            try authorities.writeList(of: authorities.root)
        }

        func outcome(
            _ address: String?, policy: CertificateVerifier.Policy = .require, after seconds: Int64 = 0,
            person: Issued? = nil, timeLimit: Int = 5000
        ) throws -> CertificateOutcome {
            let verifier = try authorities.verifier(
                policy: policy, hasLists: true, responder: address, timeLimit: timeLimit)
            var bench = try Bench(authorities, verifier)
            bench.now += seconds
            return try bench.outcome(of: person ?? self.person)
        }
    }

    @Test func `that knows the certificate makes it good, by whom its authority has named or by the authority`() throws
    {
        let bureau = try Bureau()
        for signer in [try bureau.authorities.responder(), bureau.authorities.intermediate] {
            let responder = try bureau.authorities.startResponder(signer: signer, valid: [bureau.person])
            #expect(try bureau.outcome(responder.address) == .accepted)
        }
    }

    @Test(arguments: [CertificateVerifier.Policy.require, .softFail])
    func `that says it is revoked ends its use`(policy: CertificateVerifier.Policy) throws {
        let bureau = try Bureau()
        let signer = try bureau.authorities.responder()
        let responder = try bureau.authorities.startResponder(signer: signer, revoked: [bureau.person])
        #expect(try bureau.outcome(responder.address, policy: policy) == .revoked)
        #expect(try bureau.outcome(responder.address, policy: .off) == .accepted)
    }

    @Test func `that does not know it leaves it unknown`() throws {
        let bureau = try Bureau()
        let signer = try bureau.authorities.responder()
        let responder = try bureau.authorities.startResponder(signer: signer)
        #expect(try bureau.outcome(responder.address) == .revocationUnknown)
        #expect(try bureau.outcome(responder.address, policy: .softFail) == .accepted)
    }

    @Test func `that a stranger speaks for is not believed, nor one whom the authority has not named`() throws {
        let bureau = try Bureau()
        let stranger = try Authorities()
        for signer in [
            try stranger.responder(), try bureau.authorities.responder(isNamed: false),
            // Of the same root, but named by another authority than the certificate's.
            try bureau.authorities.responder(by: bureau.authorities.root), bureau.person,
        ] {
            let responder = try bureau.authorities.startResponder(signer: signer, valid: [bureau.person])
            #expect(try bureau.outcome(responder.address) == .revocationUnknown, "\(signer)")
            let bad = try bureau.authorities.startResponder(signer: signer, revoked: [bureau.person])
            #expect(try bureau.outcome(bad.address, policy: .softFail) == .accepted, "\(signer)")
        }
    }

    @Test func `that signs with SHA-1 is not believed`() throws {
        let bureau = try Bureau()
        let signer = try bureau.authorities.responder()
        for (digest, expected) in [("sha1", CertificateOutcome.revocationUnknown), ("sha384", .accepted)] {
            let responder = try bureau.authorities.startResponder(
                signer: signer, valid: [bureau.person], options: ["-nmin", "5", "-rmd", digest])
            #expect(try bureau.outcome(responder.address) == expected, "\(digest)")
        }
    }

    @Test func `is believed for the time that it names, and not longer`() throws {
        let bureau = try Bureau()
        let signer = try bureau.authorities.responder()
        let responder = try bureau.authorities.startResponder(
            signer: signer, valid: [bureau.person], options: ["-nmin", "5"])
        #expect(try bureau.outcome(responder.address) == .accepted)
        // By the verifier's clock, which is a minute ahead and may differ from the responder's by five.
        #expect(try bureau.outcome(responder.address, after: 500) == .accepted)
        #expect(try bureau.outcome(responder.address, after: 620) == .revocationUnknown)
        let endless = try bureau.authorities.startResponder(signer: signer, valid: [bureau.person], options: [])
        #expect(try bureau.outcome(endless.address, after: 3000) == .accepted)
        #expect(try bureau.outcome(endless.address, after: 3620) == .revocationUnknown)
    }

    @Test func `that nobody reaches leaves it unknown`() throws {
        let bureau = try Bureau()
        // Nobody listens at port 1; and nobody is named.
        for address in ["http://127.0.0.1:1/", nil] {
            #expect(try bureau.outcome(address) == .revocationUnknown)
            #expect(try bureau.outcome(address, policy: .softFail) == .accepted)
        }
    }

    @Test func `is the one that the certificate names, asked only once its authority is trusted`() throws {
        let bureau = try Bureau()
        let signer = try bureau.authorities.responder()
        let index = try bureau.authorities.startResponder(signer: signer, valid: [bureau.person])
        let named = try bureau.authorities.person(more: "authorityInfoAccess = OCSP;URI:\(index.address)")
        let known = try bureau.authorities.startResponder(signer: signer, valid: [named])
        #expect(try bureau.outcome(nil, person: named) == .revocationUnknown, "it does not know this one")
        #expect(try bureau.outcome(known.address, person: named) == .accepted, "another is asked instead")

        let canned = try CannedServer([])
        let stranger = try Authorities()
        let made = try stranger.person(more: "authorityInfoAccess = OCSP;URI:\(canned.address)")
        #expect(try bureau.outcome(nil, person: made) == .untrusted)
        let other = try bureau.authorities.person(
            usage: "keyEncipherment", more: "authorityInfoAccess = OCSP;URI:\(canned.address)")
        #expect(try bureau.outcome(nil, person: other) == .wrongUsage)
        #expect(canned.count == 0)
        let trusted = try bureau.authorities.person(more: "authorityInfoAccess = OCSP;URI:\(canned.address)")
        #expect(try bureau.outcome(nil, person: trusted) == .revocationUnknown)
        #expect(canned.count == 1)
    }

    @Test func `that answers for another certificate, late, with another nonce or with a redirect says nothing`() throws
    {
        let bureau = try Bureau()
        let authorities = bureau.authorities
        let (signer, other) = (try authorities.responder(), try authorities.person())
        // The right answer, as it was given to another question.
        func recorded(_ asked: Issued, _ options: [String] = ["-no_nonce"]) throws -> [UInt8] {
            let place = authorities.folder + "/recorded"
            let responder = try authorities.startResponder(signer: signer, valid: [bureau.person, other])
            try authorities.openssl(
                ["ocsp", "-issuer", authorities.intermediate.certificate, "-cert", asked.certificate]
                    + ["-url", responder.address, "-noverify", "-respout", place] + options)
            return try Array(Data(contentsOf: URL(filePath: place)))
        }
        func ok(_ body: [UInt8]) -> [UInt8] { http("200 OK", [], body) }
        func http(_ status: String, _ headers: [String], _ body: [UInt8]) -> [UInt8] {
            let lines = ["HTTP/1.1 \(status)", "content-length: \(body.count)"] + headers
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        }
        let right = try recorded(bureau.person)
        let cases: [(String, [UInt8], CertificateOutcome)] = [
            ("the same without a nonce", ok(right), .accepted),
            ("for another certificate", ok(try recorded(other)), .revocationUnknown),
            ("with another nonce", ok(try recorded(bureau.person, [])), .revocationUnknown),
            ("with something behind", ok(right + [0]), .revocationUnknown),
            ("cut short", ok(Array(right.dropLast())), .revocationUnknown),
            ("with another status", http("500 Failed", [], right), .revocationUnknown),
            ("too long", ok(right + [UInt8](repeating: 0, count: 65_536)), .revocationUnknown),
            ("empty", ok([]), .revocationUnknown), ("no HTTP", right, .revocationUnknown),
            ("try later", ok([0x30, 0x03, 0x0A, 0x01, 0x03]), .revocationUnknown),
        ]
        for (name, bytes, expected) in cases {
            let server = try CannedServer(bytes)
            #expect(try bureau.outcome(server.address) == expected, "\(name)")
            #expect(server.count == 1, "\(name)")
        }
        let aim = try CannedServer(ok(right))
        let redirect = try CannedServer(http("307 Over There", ["location: \(aim.address)"], []))
        #expect(try bureau.outcome(redirect.address) == .revocationUnknown)
        #expect(redirect.count == 1 && aim.count == 0)
        let silent = try CannedServer(nil)
        #expect(try bureau.outcome(silent.address, timeLimit: 200) == .revocationUnknown)
        try eventually("the silent one to have heard") { silent.count == 1 }
    }

    @Test func `whose answer is of a time to come is not believed`() throws {
        let bureau = try Bureau()
        let authorities = bureau.authorities
        let place = authorities.folder + "/answer"
        let responder = try authorities.startResponder(signer: try authorities.responder(), valid: [bureau.person])
        try authorities.openssl(
            ["ocsp", "-issuer", authorities.intermediate.certificate, "-cert", bureau.person.certificate]
                + ["-url", responder.address, "-noverify", "-no_nonce", "-respout", place])
        let response = try Array(Data(contentsOf: URL(filePath: place)))
        let der = authorities.folder + "/person.der"
        try authorities.openssl(["x509", "-in", bureau.person.certificate, "-outform", "DER", "-out", der])
        guard let certificate = DecodedCertificate(der: try Array(Data(contentsOf: URL(filePath: der)))) else {
            Issue.record("it is no certificate")
            return
        }
        let now = Int64(time(nil)) + 60
        let trust = try TrustStore(path: authorities.folder + "/trust")
        let chain = try trust.chain(of: certificate, helpers: [], at: now)
        guard let query = OCSPQuery(certificate: chain[0], issuer: chain[1]) else {
            Issue.record("there is no question")
            return
        }
        let issuers = CertificateList()
        issuers.add(chain[1])
        issuers.add(chain[2])
        let good = query.judge(response, authorities: issuers, anchors: trust.anchors(at: now), at: now)
        #expect(good == .good)
        let early = query.judge(response, authorities: issuers, anchors: trust.anchors(at: now), at: now - 500)
        #expect(early == .unknown)
        // With a bit changed, wherever it is, it says nothing.
        for place in response.indices {
            var changed = response
            changed[place] ^= 1 << UInt8(place % 8)
            let answer = query.judge(changed, authorities: issuers, anchors: trust.anchors(at: now), at: now)
            #expect(answer == .unknown, "byte \(place)")
        }
    }
}
