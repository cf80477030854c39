import AgentProtocol
import Audit
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing

@Suite struct `The audit log` {
    /// The records, once there are any of the kind and answer wanted.
    private func log(_ stage: Stage, _ kind: String, _ answer: String? = nil) throws -> AuditReading {
        try eventually("a record of \(kind)") {
            try read(stage).records.contains { $0.entry.kind == kind && (answer == nil || $0["answer"] == answer) }
        }
        return try read(stage)
    }

    private func read(_ stage: Stage) throws -> AuditReading {
        try AuditReading(folder: stage.core.folder + "/vault")
    }

    @Test func `holds an activation's questions and its identity, and no passphrase`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        let reading = try log(stage, "identity_added")
        #expect(reading.firstBreak == nil)
        #expect(reading.records.first?["about"] == "new_passphrase")
        #expect(reading.records.allSatisfy { $0.entry.kind != "question" || $0["answer"] == "yes" })
        #expect(reading.records.allSatisfy { $0["kernel_programs"]?.isEmpty == false })
        let text = String(decoding: reading.records.flatMap(\.line), as: UTF8.self)
        #expect(!text.contains("passphrase ") && !text.contains("\"value\""))
    }

    @Test(arguments: [
        (Answer.Outcome.denied, "no"), (.unanswered, "timeout"), (.noWay, "no_prompt"), (.failed, "helper_lost"),
    ])
    func `tells how each question ended`(outcome: Answer.Outcome, word: String) throws {
        let stage = try Stage(person: Played.Person(outcome))
        _ = stage.activate()
        #expect(try log(stage, "question", word).firstBreak == nil)
    }

    @Test func `holds a yes and a no to an approval, and what was shown but the code`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        try stage.connected()
        try stage.gateway.push(.mobile(FakeGateway.details(7)))
        let request = try #require(try stage.pending(1).first)
        stage.core.next(.prompt) { pipe in
            _ = try pipe.receive(); try pipe.send(secret: Answer(outcome: .denied))
        }
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: true)) == .denied)
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: true)) == nil)
        let asked = try log(stage, "question", "no").records.filter { $0["about"] == "approve" }
        #expect(asked.map { $0["answer"] } == ["no", "yes"])
        #expect(asked.allSatisfy { $0["gateway_procedure"] == request.procedure })
        #expect(asked.allSatisfy { !$0.entry.members.contains { $0.value == .text(request.code) } })
    }

    @Test func `that can't be written lets no approval through, and all else`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        try stage.connected()
        _ = try log(stage, "identity_added")
        try stage.gateway.push(.mobile(FakeGateway.details(7)))
        let request = try #require(try stage.pending(1).first)
        let file = stage.core.folder + "/vault/audit.log"
        try FileManager.default.moveItem(atPath: file, toPath: file + ".away")
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: true)) == .system)
        #expect(!stage.gateway.posted.contains(MobileAnswer.path))
        #expect(stage.refusal(IdentitiesRequest()) == nil)
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: file + ".away", toPath: file)
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: true)) == nil)
        #expect(try log(stage, "question", "yes").firstBreak == nil)
    }
}

extension AuditRecord {
    subscript(_ name: String) -> String? {
        guard case .text(let text)? = entry.members.first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}
