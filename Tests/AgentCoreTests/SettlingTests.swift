import Audit
import EventLoop
import EventLoopTestSupport
import Foundation
import TestSupport
import Testing

@testable import AgentCore

/// Records without end: each that is written brings about the next, up to a bound, so that a failure ends too.
@CoreActor
private final class Noise {
    private(set) var rounds = 0
    var isOver = false
    weak var log: AuditDesk?

    func goOn() {
        guard !isOver else { return }
        rounds += 1
        if rounds < 2000 { log?.note(AuditEntry("noise")) }
    }
}

@Suite struct `Who waits for the audit log` {
    @Test func `waits for what has come by then, however much comes while that is written`() async throws {
        let folder = NSTemporaryDirectory() + "clave-settle-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let rounds = await onLoop { () -> Int in
            let noise = Noise()
            let desk = AuditDesk(folder: folder) { noise.goOn() }
            noise.log = desk
            desk.note(AuditEntry("first"))
            await desk.settle(nil)
            let atSettling = noise.rounds
            noise.isOver = true
            await desk.settle(nil)
            return atSettling
        }
        #expect((1..<2000).contains(rounds))
    }
}
