import AgentProtocol
import Foundation
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing
import Vault
import Wire

/// A gate that a test opens for the helpers that it plays, and what they count.
private final class Gate: Sendable {
    private let state = Mutex((isOpen: false, count: 0))
    var count: Int { state.withLock(\.count) }
    func open() { state.withLock { $0.isOpen = true } }
    func pass() throws {
        state.withLock { $0.count += 1 }
        try eventually("the gate") { state.withLock(\.isOpen) }
    }
}

@Suite struct `The question for a locked vault` {
    private let stage: Stage

    init() throws {
        stage = try Stage()
        _ = try stage.activate().get()
        stage.core.dropKeys()
        try eventually("the lock") { [stage] in try stage.core.status().vault == .locked }
    }

    /// Has so many clients wait for the vault; each one's answer, once they all have one.
    private func all(_ count: Int, _ gate: Gate) throws -> [AgentError.Code?] {
        let codes = Mutex<[AgentError.Code?]>([])
        for _ in 0..<count {
            Thread { [stage] in
                let code = stage.refusal(UnlockVaultRequest())
                codes.withLock { $0.append(code) }
            }.start()
        }
        try eventually("the question") { gate.count == 1 }
        // The others' requests have come when these have been answered many times.
        for _ in 0..<400 { _ = try stage.core.status() }
        gate.open()
        try eventually("all answers") { codes.withLock(\.count) == count }
        return codes.withLock { $0 }
    }

    private func answer(_ outcome: Answer.Outcome, _ gate: Gate) {
        stage.core.always(.prompt) { pipe in
            _ = try pipe.receive()
            try gate.pass()
            let text = outcome == .given ? Array("a test passphrase".utf8) : []
            try pipe.send(secret: Answer(outcome: outcome, value: SecretBytes(copying: text.span.bytes)))
        }
    }

    @Test(
        arguments: [(Answer.Outcome.denied, AgentError.Code.denied), (.unanswered, .unanswered), (.given, nil)]
            as [(Answer.Outcome, AgentError.Code?)])
    func `is put once to a session, and answered for all of it that waits`(
        outcome: Answer.Outcome, code: AgentError.Code?
    ) throws {
        let gate = Gate()
        answer(outcome, gate)
        #expect(try all(20, gate) == Array(repeating: code, count: 20))
        #expect(gate.count == 1)
        #expect(try stage.core.status().vault == (outcome == .given ? .open : .locked))
    }

    @Test func `is put in the next one's name when the client that it named goes away`() throws {
        let asked = Gate()
        stage.core.next(.prompt) { pipe in
            _ = try pipe.receive()
            asked.open()
            // The end of the pipe withdraws it.
            _ = try? pipe.receive()
        }
        let first = try RawClient(stage.core)
        try first.write(UnlockVaultRequest().frame())
        try asked.pass()
        let second = try RawClient(stage.core)
        try second.write(UnlockVaultRequest().frame())
        for _ in 0..<20 { _ = try stage.core.status() }
        shutdown(first.channel.descriptor.number, Int32(SHUT_RDWR))
        _ = try #require(try second.read())
        #expect(try stage.core.status().vault == .open)
        #expect(stage.person.questions.last.map { if case .unlock = $0.subject { true } else { false } } == true)
    }

    @Test func `keeps nobody from the vault that is open while another change of it is asked for`() throws {
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        let gate = Gate()
        answer(.denied, gate)
        let changing = try RawClient(stage.core)
        try changing.write(ChangePassphraseRequest().frame())
        try eventually("the question") { gate.count == 1 }
        // Reads the vault in its turn.
        #expect(try stage.core.connect().send(RegistrationsRequest()).registrations.isEmpty)
        gate.open()
        _ = try #require(try changing.read())
    }

    @Test func `changes nothing by an answer that comes when the vault has been locked`() throws {
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        stage.core.next(.prompt) { [stage] in try stage.person.prompt($0) }
        stage.core.next(.prompt) { [stage] pipe in
            stage.core.dropKeys()
            try eventually("the lock") { try stage.core.status().vault == .locked }
            try stage.person.prompt(pipe)
        }
        #expect(stage.refusal(ChangePassphraseRequest()) == .locked)
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
    }
}
