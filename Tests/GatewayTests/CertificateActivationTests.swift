import CertificateTrust
import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import TestAuthorities
import TestSupport
import Testing
import Wire

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// A gateway that trusts made-up authorities, and a device that wants to be somebody's.
struct Office {
    let authorities: Authorities
    let sandbox: Sandbox
    let device: TestDevice

    init(_ authorities: Authorities? = nil, _ verifier: CertificateVerifier? = nil) throws {
        let authorities = try authorities ?? Authorities()
        self.authorities = authorities
        // A minute ahead, so that what is issued meanwhile is in force.
        sandbox = try Sandbox(start: Int64(time(nil)) + 60, certificates: try verifier ?? authorities.verifier())
        device = TestDevice(sandbox)
    }

    /// Runs both steps with a signature of this person's.
    func activate(
        _ person: Issued, _ options: [String] = ["-cades", "-md", "sha256"]
    ) throws -> (outcome: CertificateOutcome?, grant: Grant?) {
        let content = try device.challenge()
        return try device.finish(signature: try authorities.sign(content, by: person, options))
    }

    /// The audit's newest line, without its time.
    func lastWord() throws -> String {
        let line = try #require(try sandbox.services.auditLog.newest(limit: 1).first)
        return "\(line.act), \(line.subject), \(line.outcome)"
    }
}

@Suite struct `An activation by certificate` {
    @Test(arguments: [
        ("rsa:2048", "sha256", []), ("rsa:3072", "sha512", []), ("ec:P-256", "sha256", []), ("ec:P-384", "sha384", []),
        ("ec:P-521", "sha512", []), ("rsa:2048", "sha256", ["-keyopt", "rsa_padding_mode:pss"]),
        ("rsa:2048", "sha384", ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:48"]),
        ("ec:P-256", "sha256", ["-keyid"]),
    ])
    func `makes the device the registered person's`(key: String, digest: String, more: [String]) throws {
        let office = try Office()
        #expect(office.sandbox.agents.description().methods == ["sms", "certificate", "dnie"])
        let person = try office.authorities.person(key: key)
        let (outcome, grant) = try office.activate(person, ["-cades", "-md", digest] + more)
        #expect(outcome == .accepted)
        let expected = Grant(
            name: "AINA PROVA MOSTRA", document: "12345678Z", level: 1, activatedAt: office.sandbox.now)
        #expect(grant == expected)
        try office.sandbox.askPIN(try office.sandbox.visit())
        #expect(try office.device.pin() != nil)
    }

    @Test func `ends the person's former device and tells it, and is in the audit without the document`() throws {
        let office = try Office()
        let former = TestDevice(office.sandbox)
        _ = try former.activate()
        let told = office.sandbox.reactor.told.withLock(\.count)
        #expect(try office.activate(try office.authorities.person()).grant != nil)
        #expect(former.status(former.call("GET", Push.path)) == 403)
        #expect(office.sandbox.reactor.told.withLock(\.count) == told + 1)
        let words = try office.sandbox.services.auditLog.newest(limit: 3).map {
            "\($0.act), \($0.subject), \($0.outcome)"
        }
        let star = try NationalDocument(parsing: "12345678Z").masked
        #expect(
            words == [
                "deactivate device, \(star), replaced", "activate device, \(star), active",
                "activation by certificate, \(star), accepted, revocation not asked",
            ])
    }

    @Test func `takes a challenge once, whatever came of it`() throws {
        let office = try Office()
        let person = try office.authorities.person()
        let content = try office.device.challenge()
        let signature = try office.authorities.sign(content, by: person)
        #expect(try office.device.finish(signature: signature).outcome == .accepted)
        #expect(try office.device.finish(signature: signature) == (.challengeOver, nil))
        let second = TestDevice(office.sandbox)
        let other = try second.challenge()
        #expect(try second.finish(signature: [1, 2, 3]).outcome == .wrongSignature)
        #expect(try second.finish(signature: try office.authorities.sign(other, by: person)).outcome == .challengeOver)
    }

    @Test func `grants nothing to a device that was somebody's`() throws {
        let office = try Office()
        #expect(try office.device.activate().isGranted)
        let content = try office.device.challenge()
        let signature = try office.authorities.sign(content, by: try office.authorities.person())
        #expect(throws: (any Error).self) { try office.device.finish(signature: signature) }
        let star = try NationalDocument(parsing: "12345678Z").masked
        #expect(try office.lastWord() == "activation by certificate, \(star), the device was in use before")
    }

    @Test func `takes no signature over another challenge, or for another device`() throws {
        let office = try Office()
        let person = try office.authorities.person()
        let first = try office.device.challenge()
        _ = try office.device.challenge()
        let signature = try office.authorities.sign(first, by: person)
        #expect(try office.device.finish(signature: signature).outcome == .wrongSignature)
        let thief = TestDevice(office.sandbox)
        _ = try thief.challenge()
        #expect(try thief.finish(signature: signature).outcome == .wrongSignature)
        let content = try office.device.challenge()
        thief.session = office.device.session
        let good = try office.authorities.sign(content, by: person)
        #expect(try thief.finish(signature: good).outcome == .challengeOver)
        #expect(try office.device.finish(signature: good).outcome == .accepted, "the thief has not used it up")
    }

    @Test func `asks for the signature within ten minutes`() throws {
        let office = try Office()
        let content = try office.device.challenge()
        let challenge = try #require(try? CertificateChallenge.decode(content.span.bytes))
        #expect(
            challenge.isFor(
                gateway: "https://localhost:8443", signingKey: office.device.signing.publicKey,
                sealingKey: office.device.sealing.publicKey))
        #expect(challenge.issuedAt == office.sandbox.now)
        let signature = try office.authorities.sign(content, by: try office.authorities.person())
        office.sandbox.pass(600)
        #expect(try office.device.finish(signature: signature).outcome == .challengeOver)
        try office.sandbox.services.sweeper.sweep()
        _ = try office.device.challenge()
        office.sandbox.pass(601)
        try office.sandbox.services.sweeper.sweep()
        let left = try office.sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM challenges")[0].integer(0)
        }
        #expect(left == 0)
    }

    @Test func `is not there where no authority is trusted`() throws {
        let sandbox = try Sandbox()
        let device = TestDevice(sandbox)
        #expect(sandbox.agents.description().methods == ["sms"])
        for step in ["challenge", "finish", "nothing"] {
            let (path, _, sealed) = try device.sealedStep(step, SecretWriter().finish(), method: "certificate")
            #expect(device.status(device.call("POST", path, sealed)) == 404)
        }
    }

    @Test func `has a hundred tries from an address in ten minutes, in both steps together`() throws {
        let office = try Office()
        for _ in 0..<50 {
            _ = try office.device.challenge()
            #expect(try office.device.finish(signature: []).outcome == .wrongSignature)
        }
        let lines = try office.sandbox.services.auditLog.newest(limit: 1000).count
        for _ in 0..<3 { #expect(try office.device.finish(signature: []).outcome == .tooMany) }
        // That there were too many is told once.
        #expect(try office.sandbox.services.auditLog.newest(limit: 1000).count == lines + 1)
        #expect(throws: (any Error).self) { try office.device.challenge() }
        office.sandbox.pass(600)
        _ = try office.device.challenge()
    }

    @Test func `is only for who is registered`() throws {
        let office = try Office()
        let stranger = try office.authorities.person(["C = ES", "serialNumber = IDCES-87654321X", "CN = Somebody"])
        #expect(try office.activate(stranger) == (.notRegistered, nil))
        let star = try NationalDocument(parsing: "87654321X").masked
        #expect(try office.lastWord() == "activation by certificate, \(star), not registered")
    }

    @Test(arguments: [
        ["C = ES", "CN = Somebody"], ["C = ES", "serialNumber = B12345674", "CN = ENTIDAD FUSTERIA"],
        ["C = ES", "organizationIdentifier = VATES-B12345674", "CN = FUSTERIA"],
        ["C = ES", "serialNumber = IDCES-12345678A", "CN = Wrong letter"],
        ["C = ES", "serialNumber = IDCES-12345678Z", "CN = 00000000T AINA PROVA (R: B12345674)"],
    ])
    func `needs a certificate that names one person`(subject: [String]) throws {
        let office = try Office()
        #expect(try office.activate(try office.authorities.person(subject)) == (.noDocument, nil))
    }

    @Test(arguments: [
        ("keyEncipherment", "", CertificateOutcome.wrongUsage), ("digitalSignature", "", .accepted),
        ("nonRepudiation", "", .accepted), ("digitalSignature", "extendedKeyUsage = serverAuth", .wrongUsage),
        ("digitalSignature", "extendedKeyUsage = 1.3.6.1.4.1.311.20.2.2", .wrongUsage),
        ("digitalSignature", "extendedKeyUsage = clientAuth", .accepted),
        ("digitalSignature", "extendedKeyUsage = serverAuth, emailProtection", .accepted),
        ("digitalSignature", "extendedKeyUsage = anyExtendedKeyUsage", .accepted),
    ])
    func `needs a certificate for signatures`(usage: String, more: String, expected: CertificateOutcome) throws {
        let office = try Office()
        let person = try office.authorities.person(usage: usage, more: more)
        // openssl does not sign by another; what it asks is the purpose of S/MIME.
        let outcome = try office.activate(person).outcome
        #expect(outcome == expected)
    }

    @Test func `says in the audit why a signature does not serve`() throws {
        let office = try Office()
        let person = try office.authorities.person()
        for form in [["-md", "sha256"], ["-cades", "-md", "sha256", "-econtent_type", "1.2.840.113549.1.7.1"]] {
            #expect(try office.activate(person, form) == (.wrongSignature, nil))
            #expect(try office.lastWord() == "activation by certificate, , wrong signature")
        }
        let stranger = try Authorities()
        #expect(try office.activate(try stranger.person()) == (.untrusted, nil))
        #expect(try office.lastWord() == "activation by certificate, , authority not trusted")
        office.sandbox.pass(366 * 86_400)
        #expect(try office.activate(person) == (.expired, nil))
        #expect(try office.lastWord() == "activation by certificate, , certificate not in force")
    }

    @Test func `says in the audit what was known of revocation`() throws {
        let authorities = try Authorities()
        let star = try NationalDocument(parsing: "12345678Z").masked
        for authority in [authorities.root, authorities.intermediate] { try authorities.writeList(of: authority) }
        let strict = try Office(authorities, try authorities.verifier(policy: .require, hasLists: true))
        let person = try authorities.person()
        #expect(try strict.activate(person).grant != nil)
        #expect(try strict.sandbox.services.auditLog.newest(limit: 2).map(\.outcome) == ["active", "accepted"])
        try authorities.writeList(of: authorities.intermediate, revoking: [person])
        let second = try Office(authorities, try authorities.verifier(policy: .require, hasLists: true))
        #expect(try second.activate(person) == (.revoked, nil))
        #expect(try second.lastWord() == "activation by certificate, \(star), certificate revoked")
        try authorities.writeList(of: authorities.intermediate, seconds: -60)
        let third = try Office(authorities, try authorities.verifier(policy: .require, hasLists: true))
        #expect(try third.activate(person) == (.revocationUnknown, nil))
        #expect(try third.lastWord() == "activation by certificate, \(star), revocation unknown")
        let soft = try Office(authorities, try authorities.verifier(policy: .softFail, hasLists: true))
        #expect(try soft.activate(person).grant != nil)
        let words = try soft.sandbox.services.auditLog.newest(limit: 2).map(\.outcome)
        #expect(words.last == "accepted, revocation unknown")
    }

    @Test func `takes no authority's own certificate`() throws {
        let office = try Office()
        #expect(try office.activate(office.authorities.intermediate).outcome == .wrongUsage)
        let signing = try office.authorities.authority(key: "ec:P-256", usage: "digitalSignature, keyCertSign")
        #expect(try office.activate(signing).outcome == .wrongUsage)
    }
}
