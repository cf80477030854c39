import Foundation
import GatewayAPI
import Glibc
import Synchronization
import TestAuthorities
import TestSupport
import Testing

@testable import CertificateTrust
@testable import Gateway
@testable import GatewayStore

@Suite struct `A revocation list` {
    /// A gateway with fresh lists of both authorities.
    private func office(
        revoking: [(Authorities) throws -> Issued] = [], policy: CertificateVerifier.Policy = .require
    ) throws -> (Office, [Issued]) {
        let authorities = try Authorities()
        let revoked = try revoking.map { try $0(authorities) }
        try authorities.writeList(of: authorities.root)
        try authorities.writeList(of: authorities.intermediate, revoking: revoked)
        return (try Office(authorities, try authorities.verifier(policy: policy, hasLists: true)), revoked)
    }

    @Test func `that does not name the certificate makes it good`() throws {
        let (office, _) = try office()
        #expect(try office.activate(try office.authorities.person()).grant != nil)
        let words = try office.sandbox.services.auditLines(limit: 2).map(\.outcome)
        #expect(words == ["active", "accepted"])
    }

    @Test func `that names it ends its use, whatever the policy, and is read when it has changed`() throws {
        for policy in [CertificateVerifier.Policy.require, .softFail] {
            let (office, revoked) = try office(revoking: [{ try $0.person() }], policy: policy)
            #expect(try office.activate(revoked[0]) == (.revoked, nil))
            let other = try office.authorities.person()
            #expect(try office.activate(other).outcome == .accepted)
            try office.authorities.writeList(of: office.authorities.intermediate, revoking: revoked + [other])
            let again = TestDevice(office.sandbox)
            let content = try again.challenge()
            let signature = try office.authorities.sign(content, by: other)
            #expect(try again.finish(signature: signature).outcome == .revoked)
        }
    }

    @Test func `that is stale, of another authority or missing leaves it unknown`() throws {
        for isSoft in [false, true] {
            let authorities = try Authorities()
            try authorities.writeList(of: authorities.root)
            let verifier = try authorities.verifier(policy: isSoft ? .softFail : .require, hasLists: true)
            let expected: CertificateOutcome = isSoft ? .accepted : .revocationUnknown
            let office = try Office(authorities, verifier)
            let person = try authorities.person()
            func outcome() throws -> CertificateOutcome? {
                let device = TestDevice(office.sandbox)
                let content = try device.challenge()
                return try device.finish(signature: try authorities.sign(content, by: person)).outcome
            }
            #expect(try outcome() == expected, "missing")
            if isSoft {
                let words = try office.sandbox.services.auditLines(limit: 2).map(\.outcome)
                #expect(words.last == "accepted, revocation unknown")
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
        let office = try Office(authorities, try authorities.verifier(policy: .require, hasLists: true))
        let person = try authorities.person()
        #expect(try office.activate(person).outcome == .revocationUnknown)
        try authorities.writeList(of: authorities.root, revoking: [authorities.intermediate])
        #expect(try office.activate(person).outcome == .revoked)
        try authorities.writeList(of: authorities.root)
        #expect(try office.activate(person).outcome == .accepted)
    }

    @Test func `of a part of the certificates says nothing of the others`() throws {
        let (office, _) = try office()
        let point = "http://crl.example/2.crl"
        try office.authorities.writeList(of: office.authorities.intermediate, point: point)
        let other = try office.authorities.person(more: "crlDistributionPoints = URI:http://crl.example/1.crl")
        #expect(try office.activate(other).outcome == .revocationUnknown)
        let own = try office.authorities.person(more: "crlDistributionPoints = URI:\(point)")
        #expect(try office.activate(own).outcome == .accepted)
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
        let (office, _) = try office()
        let own = "\(office.authorities.folder)/crl/\(office.authorities.intermediate.serial).pem"
        try office.authorities.openssl(["crl", "-in", own, "-outform", "DER", "-out", own])
        #expect(try office.activate(try office.authorities.person()).outcome == .accepted)
        var bytes = try Data(contentsOf: URL(filePath: own))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(filePath: own))
        let device = TestDevice(office.sandbox)
        let content = try device.challenge()
        let signature = try office.authorities.sign(content, by: try office.authorities.person())
        #expect(try device.finish(signature: signature).outcome == .revocationUnknown)
    }
}
