import AgentProtocol
import Audit
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@Suite struct `A PIN that a tool could not show` {
    private static let request = PINRequest(identity: nil, filter: "", wait: 0)

    private func stage() throws -> Stage {
        let stage = try Stage()
        _ = try stage.activate().get()
        try stage.connected()
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details()))
        _ = try stage.pending(1)
        return stage
    }

    private func code(_ body: () throws -> Void) -> AgentError.Code? {
        do { try body() } catch AgentConnection.Failure.refused(let error) { return error.code } catch {
            Issue.record("\(error)")
        }
        return nil
    }

    @Test func `waits again once it is given back, and is asked about anew`() throws {
        let stage = try stage()
        let first = try stage.core.connect()
        let given = try first.send(Self.request)
        #expect(stage.refusal(Self.request) == .nothingCame)
        let questions = stage.person.questions.count
        _ = try first.send(ReturnPINRequest(given.details.identifier))
        let again = try stage.core.connect().send(Self.request)
        #expect(again.details == given.details)
        #expect(again.pin.withSecret { $0.withBytes { $0.withUnsafeBytes { Array($0) } } } == Array("M3X".utf8))
        #expect(stage.person.questions.count == questions + 1)
        // Once only: it is another's now.
        #expect(code { _ = try first.send(ReturnPINRequest(given.details.identifier)) } == .noRequest)
    }

    @Test func `waits in its former place, behind none that has come since`() throws {
        let stage = try stage()
        let first = try stage.core.connect()
        let given = try first.send(Self.request)
        try stage.gateway.push(.pin(FakeGateway.pin("M3Y"), FakeGateway.details(2)))
        let newer = try #require(try stage.pending(1).first)
        #expect(newer.identifier != given.details.identifier)
        _ = try first.send(ReturnPINRequest(given.details.identifier))
        #expect(try stage.core.connect().send(Self.request).details.identifier == newer.identifier)
        #expect(try stage.core.connect().send(Self.request).details.identifier == given.details.identifier)
    }

    @Test func `leaves a line in the log that says who has given it back, and for what it was`() throws {
        let stage = try stage()
        let first = try stage.core.connect()
        let given = try first.send(Self.request)
        _ = try first.send(ReturnPINRequest(given.details.identifier))
        func returned() throws -> [AuditRecord] {
            try AuditReading(folder: stage.core.folder + "/vault").records.filter { $0.entry.kind == "pin_returned" }
        }
        try eventually("the record") { try returned().count == 1 }
        let record = try #require(try returned().first)
        #expect(record["request"] == "\(given.details.identifier)")
        #expect(record["gateway_procedure"] == given.details.procedure)
        #expect(record["kernel_programs"]?.isEmpty == false && record["identity"]?.isEmpty == false)
        #expect(!String(decoding: record.line, as: UTF8.self).contains("M3X"))
        // What is refused is no news.
        #expect(code { _ = try first.send(ReturnPINRequest(given.details.identifier)) } == .noRequest)
        _ = try stage.core.status()
        #expect(try returned().count == 1)
    }

    @Test func `is given back by nobody else, and by nobody once its tool is gone`() throws {
        let stage = try stage()
        let other = try stage.core.connect()
        let name: Identifier
        do {
            let first = try stage.core.connect()
            name = try first.send(Self.request).details.identifier
            #expect(code { _ = try other.send(ReturnPINRequest(name)) } == .noRequest)
        }
        _ = try stage.core.status()
        #expect(code { _ = try other.send(ReturnPINRequest(name)) } == .noRequest)
        #expect(stage.refusal(Self.request) == .nothingCame)
    }

    @Test func `is not given back once its identity is removed`() throws {
        let stage = try stage()
        let first = try stage.core.connect()
        let name = try first.send(Self.request).details.identifier
        _ = try stage.core.connect().send(RemoveRequest(nil))
        #expect(code { _ = try first.send(ReturnPINRequest(name)) } == .noRequest)
    }
}

@Suite struct `A request of Cl@ve's that breaks its form` {
    @Test func `is refused by its name before the agent hangs up`() throws {
        let core = try CoreHarness()
        let requests = [
            PINRequest(identity: nil, filter: "a\u{202E}b", wait: 0).frame(),
            PINRequest(identity: nil, filter: String(repeating: "x", count: 600), wait: 0).frame(),
        ]
        for (frame, detail) in zip(requests, ["form", "longer"]) {
            let client = try RawClient(core)
            try client.write(frame)
            let payload = try #require(try client.read())
            let error = #expect(throws: AgentError.self) {
                try AgentReply.decode(payload.span.bytes, to: PINRequest.self)
            }
            #expect(error?.code == .invalid && error?.detail.contains(detail) == true)
            #expect(try client.read() == nil)
        }
        #expect(try core.status().pending == 0)
    }

    @Test func `is not even sent where no frame could hold it`() throws {
        let core = try CoreHarness()
        let connection = try core.connect()
        let large = PINRequest(identity: nil, filter: String(repeating: "x", count: 300_000), wait: 0)
        #expect(throws: AgentConnection.Failure.self) { try connection.send(large) }
        #expect(try connection.send(StatusRequest()).pending == 0)
    }
}
