import AgentProtocol
import Audit
import Foundation
import GatewayAPI
import SSHKeys
import SecureMemory
import TestSupport
import Testing
import Wire

@Suite struct `What would take something from the person` {
    private let plugin: TokenPlugin
    private let stage: Stage

    init() throws {
        plugin = try TokenPlugin()
        stage = try Stage()
        stage.core.always(.pluginHost) { [plugin] in try plugin.serve($0) }
        _ = try stage.activate().get()
    }

    /// Sends a request to which the person says no, and then the same with a yes.
    private func noThenYes<Request: AgentExtension>(_ request: Request, _ expected: QuestionSubject) throws {
        stage.person.outcome = .denied
        #expect(stage.refusal(request) == .denied)
        #expect(stage.person.questions.last?.subject == expected)
        stage.person.outcome = .given
        #expect(stage.refusal(request) == nil)
        #expect(stage.person.questions.last?.subject == expected)
    }

    private func log(_ kind: String) throws {
        try eventually("a record of \(kind)") {
            try AuditReading(folder: stage.core.folder + "/vault").records.contains { $0.entry.kind == kind }
        }
    }

    @Test(arguments: [true, false]) func `asks before an identity is removed, by its name or as all`(byName: Bool)
        throws
    {
        let identity = try #require(try stage.core.connect().send(IdentitiesRequest()).identities.first)
        let request = RemoveRequest(byName ? identity.identifier : nil)
        stage.person.outcome = .denied
        #expect(stage.refusal(request) == .denied)
        #expect(try stage.core.status().identities == 1)
        #expect(!stage.gateway.posted.contains(Deactivation.path))
        stage.person.outcome = .given
        #expect(stage.refusal(request) == nil)
        let name = "\(identity.name) (\(identity.document))"
        #expect(stage.person.questions.last?.subject == .lose(.identities([name])))
        #expect(try stage.core.status().identities == 0)
        #expect(stage.gateway.posted.contains(Deactivation.path))
        try log("identity_removed")
    }

    @Test func `asks nothing where there is nothing to remove`() throws {
        #expect(stage.refusal(RemoveRequest(nil)) == nil)
        let asked = stage.person.questions.count
        #expect(stage.refusal(RemoveRequest(nil)) == nil)
        #expect(stage.person.questions.count == asked)
    }

    @Test func `asks before ssh sees a certificate's key no longer, also at ssh-add's word`() throws {
        let key = try PublicKey(
            blob: try stage.core.connect().send(SSHRequest(identity: nil, isServed: true)).publicKey)
        let client = try RawClient(stage.core)
        var removal = ByteWriter()
        removal.put(byte: 18)
        removal.put(key.blob)
        stage.person.outcome = .denied
        #expect(stage.refusal(SSHRequest(identity: nil, isServed: false)) == .denied)
        #expect(try client.ask(removal) == [5])
        let asked = stage.person.questions.count
        // That takes the keys that tools have added, and no other.
        #expect(try client.ask(19) == [6])
        #expect(stage.person.questions.count == asked)
        #expect(try client.listed() == 1)
        stage.person.outcome = .given
        #expect(try client.ask(removal) == [6])
        #expect(stage.person.questions.last?.subject == .lose(.sshKey(fingerprint: key.fingerprint)))
        #expect(try client.listed() == 0)
        _ = try stage.core.connect().send(SSHRequest(identity: nil, isServed: true))
        try noThenYes(SSHRequest(identity: nil, isServed: false), .lose(.sshKey(fingerprint: key.fingerprint)))
        try log("ssh_off")
    }

    @Test func `asks before a request is rejected`() throws {
        try stage.connected()
        try stage.gateway.push(.mobile(FakeGateway.details(7)))
        let request = try #require(try stage.pending(1).first)
        stage.person.outcome = .denied
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: false)) == .denied)
        #expect(!stage.gateway.posted.contains(MobileAnswer.path))
        #expect(try stage.pending(1) == [request])
        stage.person.outcome = .given
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: false)) == nil)
        #expect(stage.person.questions.last?.subject == .lose(.request(request)))
        #expect(stage.gateway.posted.contains(MobileAnswer.path))
    }

    @Test func `asks before a link's request is taken, which would keep other requests away`() throws {
        let link = "clave-agent:mobile?gateway=\(FakeGateway.origin)&token=\(String(repeating: "A", count: 22))"
        stage.person.outcome = .denied
        #expect(stage.refusal(ClaimRequest(link: link, identity: nil)) == .denied)
        #expect(stage.person.questions.last?.subject == .claim(gateway: FakeGateway.origin))
        #expect(!stage.gateway.posted.contains(MobileClaim.path))
        stage.person.outcome = .given
        // The played gateway grants the claim with an answer that is no request.
        #expect(stage.refusal(ClaimRequest(link: link, identity: nil)) == .gatewayProtocol)
        #expect(stage.gateway.posted.contains(MobileClaim.path))
    }
}
