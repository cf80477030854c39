import Audit
import EventLoopTestSupport
import Foundation
import TestSupport
import Testing

@testable import AgentCore

@Suite struct `Who waits for the audit log` {
    @Test func `waits for what has come by then, however much comes while that is written`() async throws {
        let folder = NSTemporaryDirectory() + "clave-settle-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let rounds = await onLoop { () -> Int in
            let desk = AuditDesk(folder: folder)
            var rounds = 0
            // Each record that is written brings about the next, up to a bound, so that a failure ends too.
            desk.onGrow = {
                rounds += 1
                if rounds < 2000 { desk.note(AuditEntry("noise")) }
            }
            desk.note(AuditEntry("first"))
            await desk.settle(nil)
            let atSettling = rounds
            desk.onGrow = nil
            await desk.settle(nil)
            return atSettling
        }
        #expect((1..<2000).contains(rounds))
    }
}
