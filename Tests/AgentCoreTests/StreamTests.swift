import AgentProtocol
import Foundation
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@Suite struct `The stream of a gateway` {
    private func activated() throws -> Stage {
        let stage = try Stage()
        _ = try stage.activate().get()
        try stage.connected()
        return stage
    }

    @Test func `brings each PIN once, however often it is sent`() throws {
        let stage = try activated()
        for _ in 0..<3 { try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details())) }
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(2)), again: true)
        try stage.gateway.push(.mobile(FakeGateway.details(3)))
        #expect(try stage.pending(2).map(\.kind) == [.pin, .mobile])
        let reply = try stage.core.connect().send(PINRequest(identity: nil, filter: "", wait: 0))
        #expect(reply.pin.withSecret { $0.withBytes { $0.withUnsafeBytes { Array($0) } } } == Array("M3X".utf8))
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details()))
        try stage.gateway.push(.withdrawn(FakeGateway.details(3).identifier))
        _ = try stage.pending(0)
        #expect(stage.refusal(PINRequest(identity: nil, filter: "", wait: 0)) == .nothingCame)
    }

    @Test func `that another key signs is not believed`() throws {
        let stage = try activated()
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(1)), forged: true)
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(2)))
        #expect(try stage.pending(1).first?.identifier == Identifier(FakeGateway.details(2).identifier))
    }

    @Test func `fills no memory: what is too much is dropped`() throws {
        let stage = try activated()
        for round in 0..<300 {
            var details = FakeGateway.details()
            let name = [UInt8](repeating: 9, count: 14) + [UInt8(round / 256), UInt8(round % 256)]
            details = RequestDetails(
                identifier: name, organisation: "o", procedure: "p", code: "ABC", origin: "", createdAt: 0,
                expiresAt: details.expiresAt)
            try stage.gateway.push(.mobile(details))
        }
        _ = try stage.pending(256)
        try stage.gateway.push(.withdrawn([UInt8](repeating: 9, count: 14) + [0, 0]))
        _ = try stage.pending(255)
    }

    @Test func `brings nothing that has expired, and what expires leaves`() throws {
        let stage = try activated()
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(1, life: 0)))
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(2, life: 2)))
        #expect(try stage.pending(1).first?.identifier == Identifier(FakeGateway.details(2).identifier))
        _ = try stage.pending(0)
    }

    @Test func `goes on behind what was heard when its link is lost`() throws {
        let stage = try Stage()
        let gateway = stage.gateway
        stage.core.next(.link) { pipe in
            // One that serves up to the first push's end, and then crashes.
            do { try gateway.serve(pipe) } catch {}
        }
        _ = try stage.activate().get()
        try stage.connected()
        try gateway.push(.mobile(FakeGateway.details(1)))
        try gateway.push(.mobile(FakeGateway.details(2)))
        _ = try stage.pending(2)
        gateway.cut()
        try eventually("a second stream") { gateway.resumedAfter.count == 2 }
        #expect(gateway.resumedAfter == ["none", "2"])
        try stage.connected()
        try gateway.push(.mobile(FakeGateway.details(3)))
        _ = try stage.pending(3)
    }

    @Test func `that says the device acts no more is not opened again`() throws {
        let stage = try activated()
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details()))
        try stage.gateway.push(.deactivated)
        try eventually("refused") { try stage.link() == .refused }
        #expect(try stage.core.status().pending == 0)
        // Its keys sign nothing any more.
        let challenge = SignRequest(
            identity: nil, purpose: .challenge(relyingParty: "seu.test", purpose: "log in"), content: .bytes([1]))
        #expect(stage.refusal(challenge) == .gatewayRefused)
    }
}

extension FakeGateway {
    /// Breaks the pipe of the link that has the stream open.
    func cut() {
        set { if let stream = $0.stream { shutdown(stream.pipe, Int32(SHUT_RDWR)) } }
    }
}
