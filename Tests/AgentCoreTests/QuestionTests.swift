import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@Suite struct `A question` {
    @Test(arguments: [
        (Answer.Outcome.denied, AgentError.Code.denied), (.unanswered, .unanswered), (.noWay, .noPrompt),
        (.failed, .helperLost),
    ])
    func `that is not answered with yes does nothing`(outcome: Answer.Outcome, code: AgentError.Code) throws {
        let stage = try Stage(person: Played.Person(outcome))
        #expect(stage.activate().code == code)
        #expect(try stage.core.status().vault == .none)
    }

    @Test func `to a prompt that crashes, or speaks nonsense, is a no`() throws {
        let stage = try Stage()
        stage.core.next(.prompt) { _ in throw ExitCode(rawValue: 139) }
        stage.core.next(.prompt) { pipe in try pipe.descriptor.writeAll([0, 0, 0, 2, 111, 99]) }
        stage.core.next(.prompt) { pipe in try pipe.descriptor.writeAll([0xFF, 0xFF, 0xFF, 0xFF, 111]) }
        for _ in 0..<3 { #expect(stage.activate().code == .helperLost) }
        #expect(try stage.core.status().vault == .none)
    }

    @Test func `that was asked before all keys were to be forgotten opens nothing`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        stage.core.dropKeys()
        try eventually("the lock") { try stage.core.status().vault == .locked }
        stage.core.next(.prompt) { [core = stage.core, person = stage.person] pipe in
            core.dropKeys()
            try person.prompt(pipe)
        }
        #expect(stage.refusal(UnlockVaultRequest()) == .denied)
        #expect(try stage.core.status().vault == .locked)
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        #expect(try stage.core.status().vault == .open)
    }

    @Test func `to a prompt that hangs ends by itself`() throws {
        let stage = try Stage(questionTimeout: 1)
        stage.core.next(.prompt) { pipe in
            _ = try pipe.receive(); _ = try pipe.receive()
        }
        #expect(stage.activate().code == .unanswered)
    }

    @Test func `about a request names it, and a no is told to the gateway by no approval`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        try stage.connected()
        try stage.gateway.push(.mobile(FakeGateway.details(7)))
        let request = try #require(try stage.pending(1).first)
        stage.core.next(.prompt) { pipe in
            _ = try pipe.receive(); try pipe.send(secret: Answer(outcome: .denied))
        }
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: true)) == .denied)
        #expect(!stage.gateway.posted.contains(MobileAnswer.path))
        #expect(stage.refusal(AnswerRequest(request: request.identifier, approve: true)) == nil)
        #expect(stage.person.questions.last?.subject == .approve(request))
        #expect(stage.gateway.posted.contains(MobileAnswer.path))
    }
}
