import AgentProtocol
import Glibc
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@testable import AgentCore

@Suite struct `A terminal is one to ask for a yes on` {
    private func identity(_ process: borrowing Child) throws -> TerminalIdentity {
        try #require(TerminalIdentity(of: process.pid))
    }

    @Test func `if the agent was started on it, also after everything was locked`() throws {
        let terminal = try PseudoTerminalPair()
        let session = try terminal.session()
        let name = try identity(session)
        let terminals = VouchedTerminals(start: name)
        terminals.forget()
        let candidate = try #require(terminals.candidate(name))
        #expect(terminals.isVouched(candidate))
    }

    @Test func `once the passphrase was typed there, until everything is locked`() throws {
        let (terminal, other) = (try PseudoTerminalPair(), try PseudoTerminalPair())
        let (session, stranger) = (try terminal.session(), try other.session())
        let names = (try identity(session), try identity(stranger))
        let terminals = VouchedTerminals(start: nil)
        let (mine, theirs) = (try #require(terminals.candidate(names.0)), try #require(terminals.candidate(names.1)))
        #expect(!terminals.isVouched(mine))
        terminals.vouch(mine)
        // Looked up anew, as for the next question.
        #expect(terminals.candidate(names.0).map(terminals.isVouched) == true)
        #expect(!terminals.isVouched(theirs))
        terminals.forget()
        #expect(terminals.candidate(names.0).map(terminals.isVouched) == false)
        // What was begun before the lock vouches for nothing after it.
        terminals.vouch(mine)
        #expect(terminals.candidate(names.0).map(terminals.isVouched) == false)
    }

    @Test func `but not if another session has it now`() throws {
        let terminal = try PseudoTerminalPair()
        let former = try terminal.session()
        let name = try identity(former)
        former.end(SIGKILL)
        let session = try terminal.session()
        let successor = try identity(session)
        #expect(name.device == successor.device && name != successor)
        let terminals = VouchedTerminals(start: nil)
        terminals.vouch(terminals.candidate(name))
        let candidate = try #require(terminals.candidate(successor))
        #expect(!terminals.isVouched(candidate))
        let another = TerminalIdentity(
            device: name.device, session: name.session, startTime: name.startTime + 1)
        #expect(terminals.candidate(another).map(terminals.isVouched) == false)
    }

    @Test func `but not if it is a new one of the same number`() throws {
        var terminal: PseudoTerminalPair? = try PseudoTerminalPair()
        let path = try #require(terminal?.path)
        let session = try #require(try terminal?.session())
        let name = try identity(session)
        let terminals = VouchedTerminals(start: name)
        #expect(terminals.candidate(name).map(terminals.isVouched) == true)
        session.end(SIGKILL)
        terminal = nil
        // The kernel gives the lowest free number: another test may be quicker, and is asked again.
        var others: [PseudoTerminalPair] = []
        for _ in 0..<64 where others.last?.path != path { others.append(try PseudoTerminalPair()) }
        guard others.last?.path == path else { return }
        // Even with the same session, which would have to have opened it anew.
        #expect(terminals.candidate(name).map(terminals.isVouched) == false)
    }

    @Test func `but not if it is no terminal of a session's`() throws {
        #expect(TerminalIdentity(of: 0) == nil)
        let child = try Child("/bin/sleep", ["300"], environment: [:])
        #expect(TerminalIdentity(of: child.pid) == nil)
        #expect(TerminalIdentity(device: 1 << 8 | 3, session: 1, startTime: 1).path == nil)
    }
}

@Suite struct `An answer that was typed on a terminal` {
    /// A core whose prompt says that it asked on the caller's terminal; the test itself has none.
    private func refusal(_ outcome: Answer.Outcome, _ place: Answer.Place, _ text: String) throws -> AgentError.Code? {
        let stage = try Stage()
        _ = try stage.activate().get()
        stage.core.always(.prompt) { pipe in
            _ = try pipe.receive()
            let value = SecretBytes(copying: Array(text.utf8).span.bytes)
            try pipe.send(secret: Answer(outcome: outcome, place: place, value: value))
        }
        let name = try #require(try stage.core.connect().send(IdentitiesRequest()).identities.first?.identifier)
        return stage.refusal(RenounceRequest(name))
    }

    @Test func `is a no where nobody has vouched for it, whatever the prompt says`() throws {
        #expect(try refusal(.given, .terminal, "") == .denied)
        #expect(try refusal(.passphrase, .terminal, "a test passphrase") == .denied)
        #expect(try refusal(.passphrase, .elsewhere, "a test passphrase") == .helperLost)
    }

}
