import ClaveDomain
import Foundation
import GatewayAPI
import Glibc
import Synchronization
import TestAuthorities
import TestSupport
import Testing

@testable import CertificateTrust

@Suite struct `A revocation list` {
    /// A verifier with fresh lists of both authorities.
    private func bench(
        revoking: [(Authorities) throws -> Issued] = [], policy: CertificateVerifier.Policy = .require
    ) throws -> (Bench, [Issued]) {
        let authorities = try Authorities()
        let revoked = try revoking.map { try $0(authorities) }
        try authorities.writeList(of: authorities.root)
        try authorities.writeList(of: authorities.intermediate, revoking: revoked)
        return (try Bench(authorities, try authorities.verifier(policy: policy, hasLists: true)), revoked)
    }

    @Test func `that does not name the certificate makes it good`() throws {
        let (bench, _) = try bench()
        let signature = try bench.authorities.sign(Bench.content, by: try bench.authorities.person())
        let holder = try bench.verifier.holder(of: signature, over: Bench.content, at: bench.now)
        #expect(holder.document.text == "12345678Z")
        #expect(holder.revocation == .good)
    }

    @Test func `that names it ends its use, whatever the policy, and is read when it has changed`() throws {
        for policy in [CertificateVerifier.Policy.require, .softFail] {
            let (bench, revoked) = try bench(revoking: [{ try $0.person() }], policy: policy)
            #expect(try bench.outcome(of: revoked[0]) == .revoked)
            let other = try bench.authorities.person()
            #expect(try bench.outcome(of: other) == .accepted)
            try bench.authorities.writeList(of: bench.authorities.intermediate, revoking: revoked + [other])
            #expect(try bench.outcome(of: other) == .revoked)
        }
    }

    @Test func `that is stale, of another authority or missing leaves it unknown`() throws {
        for isSoft in [false, true] {
            let authorities = try Authorities()
            try authorities.writeList(of: authorities.root)
            let verifier = try authorities.verifier(policy: isSoft ? .softFail : .require, hasLists: true)
            let expected: CertificateOutcome = isSoft ? .accepted : .revocationUnknown
            let bench = try Bench(authorities, verifier)
            let person = try authorities.person()
            func outcome() throws -> CertificateOutcome { try bench.outcome(of: person) }
            #expect(try outcome() == expected, "missing")
            if isSoft {
                let signature = try authorities.sign(Bench.content, by: person)
                let holder = try verifier.holder(of: signature, over: Bench.content, at: bench.now)
                #expect(holder.revocation == .unknown)
            }
            try authorities.writeList(of: authorities.intermediate, seconds: -60)
            #expect(try outcome() == expected, "stale")
            try authorities.writeList(of: authorities.intermediate, revoking: [person], seconds: -60)
            #expect(try outcome() == .revoked, "stale, but it names the certificate")
            try authorities.writeList(of: authorities.intermediate)
            #expect(try outcome() == .accepted, "fresh")
        }
    }

    @Test func `is wanted of the intermediate authority too, and ends it`() throws {
        let authorities = try Authorities()
        try authorities.writeList(of: authorities.intermediate)
        let bench = try Bench(authorities, try authorities.verifier(policy: .require, hasLists: true))
        let person = try authorities.person()
        #expect(try bench.outcome(of: person) == .revocationUnknown)
        try authorities.writeList(of: authorities.root, revoking: [authorities.intermediate])
        #expect(try bench.outcome(of: person) == .revoked)
        try authorities.writeList(of: authorities.root)
        #expect(try bench.outcome(of: person) == .accepted)
    }

    @Test func `of a part of the certificates says nothing of the others`() throws {
        let (bench, _) = try bench()
        let point = "http://crl.example/2.crl"
        try bench.authorities.writeList(of: bench.authorities.intermediate, point: point)
        let other = try bench.authorities.person(more: "crlDistributionPoints = URI:http://crl.example/1.crl")
        #expect(try bench.outcome(of: other) == .revocationUnknown)
        let own = try bench.authorities.person(more: "crlDistributionPoints = URI:\(point)")
        #expect(try bench.outcome(of: own) == .accepted)
    }

    @Test func `that is left out is told once, with the reason, until the files change`() throws {
        let authorities = try Authorities()
        try authorities.writeList(of: authorities.root)
        let folder = authorities.folder + "/crl"
        let size = try FileManager.default.contentsOfDirectory(atPath: folder).map {
            try Data(contentsOf: URL(filePath: "\(folder)/\($0)")).count
        }.max()
        let limit = try #require(size)
        for (name, bytes) in [
            ("der", Data([0x30, 0x82, 1, 0])), ("long", Data(repeating: 0x30, count: limit + 1)),
            ("text", Data("no list".utf8)), ("torn", Data("-----BEGIN X509 CRL-----\nAAAA".utf8)),
        ] { try bytes.write(to: URL(filePath: "\(folder)/\(name)")) }
        let told = Mutex<[String]>([])
        let lists = try RevocationLists(path: folder, maximumLength: limit) { line in
            told.withLock { $0.append(line) }
        }
        for _ in 0..<3 { #expect(lists.current().count == 1) }
        func line(_ name: String, _ reason: String) -> String {
            "revocation list \(folder)/\(name) is left out: \(reason)"
        }
        #expect(
            told.withLock { $0 } == [
                line("der", "it is no revocation list in DER"), line("long", "it has more than \(limit) bytes"),
                line("text", "there is no revocation list in it"),
                line("torn", "what is behind list 0 in it can't be read"),
            ])
        try FileManager.default.removeItem(atPath: folder + "/der")
        #expect(lists.current().count == 1)
        #expect(told.withLock { $0.count } == 7)
    }

    @Test func `in DER serves as well, and one that another has signed not at all`() throws {
        let (bench, _) = try bench()
        let own = "\(bench.authorities.folder)/crl/\(bench.authorities.intermediate.serial).pem"
        try bench.authorities.openssl(["crl", "-in", own, "-outform", "DER", "-out", own])
        #expect(try bench.outcome(of: try bench.authorities.person()) == .accepted)
        var bytes = try Data(contentsOf: URL(filePath: own))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(filePath: own))
        #expect(try bench.outcome(of: try bench.authorities.person()) == .revocationUnknown)
    }
}
