import ClaveDomain
import Foundation
import GatewayAPI
import SecureMemory
import Synchronization
import TestAuthorities
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A registration of five years ago` {
    private let age = ClaveRules.renewalAge.components.seconds

    /// A person of the advanced level.
    private func advanced(_ sandbox: Sandbox) throws {
        #expect(try sandbox.services.records.change(Sandbox.document, .init(level: .advanced), by: .owner) == .done)
    }

    private func person(_ sandbox: Sandbox) throws -> Citizen {
        try #require(try sandbox.services.queries.file(of: Sandbox.document)?.person)
    }

    @Test func `counts at the basic level until it is renewed, and the page says how`() throws {
        let sandbox = try Sandbox()
        try advanced(sandbox)
        sandbox.pass(age - 3600)
        #expect(try Visitor(sandbox).identify(sandbox, at: "/procedure/historia").status == 303)
        sandbox.pass(3600)
        let browser = Visitor(sandbox)
        let page = try browser.identify(sandbox, at: "/procedure/historia")
        #expect(page.status == 403 && page.text.contains("older than five years"))
        #expect(page.text.contains("clave-register dnie") && !page.text.contains("clave-register certificate"))
        // What asks for the basic level lets them in as before, and says what counts.
        let other = Visitor(sandbox)
        _ = try other.follow(try other.identify(sandbox, at: "/procedure/padro"))
        #expect(other.send("GET", "/procedure/padro").text.contains("Registration level: basic"))
        #expect(try sandbox.services.records.renew(Sandbox.document, by: .owner) == .done)
        #expect(try person(sandbox).effectiveLevel(at: Int64(sandbox.now)) == .advanced)
        #expect(try browser.follow(browser.send("GET", "/gateway/pin")).status == 303)
    }

    @Test func `of an operator lets nobody in at the desk`() throws {
        let sandbox = try Sandbox()
        try advanced(sandbox)
        #expect(try sandbox.services.operators.set(Sandbox.document, true) == .done)
        let login = Login(
            citizen: try person(sandbox).id, name: "", document: Sandbox.document, level: .advanced, method: .pin)
        #expect(try sandbox.services.operators.current(login) != nil)
        sandbox.pass(age)
        #expect(try sandbox.services.operators.current(login) == nil)
    }

    @Test func `is renewed by the DNIe, and by no other certificate`() throws {
        let authorities = try Authorities()
        let police = try authorities.authority(["OU = DNIE", "CN = AC DNIE of tests"], key: "ec:P-256")
        try FileManager.default.copyItem(atPath: police.certificate, toPath: authorities.folder + "/trust/dnie.pem")
        let office = try Office(authorities)
        for (method, isRenewed) in [("certificate", false), ("dnie", true)] {
            let content = try office.device.challenge()
            let signature = try authorities.sign(content, by: try authorities.person(by: police))
            let step = ActivationStep(
                session: office.device.session, signingKey: office.device.signing.publicKey,
                sealingKey: office.device.sealing.publicKey, deviceName: "x",
                body: SecretBytes(copying: signature.span.bytes))
            let outcome = try #require(office.sandbox.services.certificates).registration.prove(
                step, by: try #require(CertificateMethod(rawValue: method)), address: "192.0.2.1")
            guard case .reply(let reply) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(reply.body.first == CertificateOutcome.accepted.rawValue)
            #expect((try person(office.sandbox).renewedAt > 0) == isRenewed, "\(method)")
        }
    }

    @Test func `is renewed at the desk by an act that the audit tells`() throws {
        let sandbox = try Sandbox()
        let before = try person(sandbox)
        let desk = Actor.desk(
            try #require(try sandbox.services.queries.file(of: Desk.document)?.person), address: "192.0.2.1")
        #expect(try sandbox.services.records.renew(Sandbox.document, by: desk) == .notOperator)
        _ = try sandbox.services.operators.set(Desk.document, true)
        #expect(try sandbox.services.records.renew(Sandbox.document, version: before.version + 1, by: desk) == .changed)
        #expect(try sandbox.services.records.renew(Desk.document, by: desk) == .ownRecord)
        #expect(try person(sandbox).renewedAt == 0)
        #expect(try sandbox.services.records.renew(Sandbox.document, version: before.version, by: desk) == .done)
        #expect(try person(sandbox).renewedAt == Int64(sandbox.now))
        let line = try #require(try sandbox.services.auditLog.newest(limit: 1).first)
        #expect(line.act == "renewal" && line.actor == Desk.document.masked)
    }
}

@Suite struct `Another phone and e-mail address` {
    /// A registered person who has proved by a certificate that they are it.
    private struct Proved {
        let sandbox: Sandbox
        let device: TestDevice
        let person: PersonDatum

        init(level: RegistrationLevel = .advanced) throws {
            let sandbox = try Sandbox()
            self.sandbox = sandbox
            device = TestDevice(sandbox)
            person = PersonDatum(
                document: "12345678Z", datumKind: "validity", datum: Sandbox.datum.canonicalText, language: "ca")
            device.session = randomBytes(GatewayLimits.identifier)
            let step = ActivationStep(
                session: device.session, signingKey: device.signing.publicKey, sealingKey: device.sealing.publicKey,
                deviceName: "x", body: SecretBytes(zeros: 0))
            let session = device.session
            try sandbox.services.store.write { (database) throws(StoreError) in
                let proof = IdentityProof(
                    way: level == .advanced ? "certificate" : "letter", document: Sandbox.document, name: "AINA",
                    level: level)
                try sandbox.services.registrations.begin(
                    database, proof, RegistrationSession(session, of: step))
            }
        }

        func contact(_ phone: String, _ datum: String? = nil) throws -> RegistrationOutcome? {
            let person = PersonDatum(
                document: person.document, datumKind: "validity", datum: datum ?? person.datum, language: "ca")
            let data = ContactData(phone: phone, email: "new@example.org", person: person)
            return try device.register(Registration.contactStep, data.secretBytes).outcome
        }

        func confirm(_ code: String? = nil) throws -> RegistrationOutcome? {
            let code = code ?? sandbox.telephone.last("[0-9]{6}") ?? ""
            let proof = PhoneProof(code: SecretBytes(copying: Array(code.utf8).span.bytes), activates: false)
            return try device.register(Registration.confirmStep, proof.secretBytes).outcome
        }

        func record() throws -> Citizen {
            try #require(try sandbox.services.queries.file(of: Sandbox.document)?.person)
        }
    }

    @Test func `come with the new phone's code, and the former phone is told`() throws {
        let proved = try Proved()
        let former = try proved.record()
        #expect(try proved.contact("+34611000999") == .accepted)
        #expect(try proved.record() == former)
        #expect(try proved.confirm("000000") == .wrongCode)
        #expect(try proved.confirm() == .accepted)
        let record = try proved.record()
        #expect(record.phone.text == "+34611000999" && record.email == "new@example.org")
        #expect(record.emailConfirmedAt == 0 && record.level == former.level && record.way == former.way)
        let told = proved.sandbox.telephone.messages.withLock { $0.last }
        #expect(told?.phone == former.phone.text)
        let line = try #require(try proved.sandbox.services.auditLog.newest(limit: 1).first)
        #expect(line.act == "change" && line.outcome == "phone, e-mail" && line.actor == "the person")
        #expect(try proved.confirm() == .over)
    }

    @Test func `are refused with the phone of another, with a wrong datum, and to who has proved less`() throws {
        let proved = try Proved()
        let former = try proved.record()
        let other = try #require(try proved.sandbox.services.queries.file(of: Desk.document)?.person)
        #expect(try proved.contact("+34611000999", "30-12-2030") == .wrong)
        #expect(try proved.contact(other.phone.text) == .accepted)
        #expect(try proved.confirm() == .phoneTaken)
        #expect(try proved.record() == former)
        let basic = try Proved(level: .basic)
        #expect(try basic.contact("+34611000999") == .accepted)
        #expect(try basic.confirm() == .alreadyRegistered)
        #expect(try basic.record() == former)
    }
}
