import ClaveDomain
import Dispatch
import Foundation
import Posix
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// A telephone network that takes its time, or is broken.
private final class Modem: MessageSender, @unchecked Sendable {
    let sent = Mutex<[String]>([])
    let isBroken = Mutex(false)
    let gate = DispatchSemaphore(value: 0)
    let waits: Bool
    let started = Mutex(0)

    init(waits: Bool) { self.waits = waits }

    func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        started.withLock { $0 += 1 }
        if isBroken.withLock({ $0 }) { throw SystemError("no carrier", number: 5) }
        if waits { gate.wait() }
        sent.withLock { $0.append(text) }
    }
}

@Suite struct `A modem of the gateway's` {
    private func services(
        _ modem: Modem, folder: String? = nil, isCommand: Bool = false,
        reactor: TestReactor = TestReactor(), _ clock: @escaping @Sendable () -> Int64
    ) throws -> Services {
        let folder = folder ?? NSTemporaryDirectory() + "clave-modem-" + UUID().uuidString
        try Files.makeFolder(folder)
        var settings = GatewaySettings(origin: "https://localhost:8443")
        settings.isCommand = isCommand
        let services = Services(
            store: try SQLiteStore(path: folder + "/gateway.sqlite"), keys: try GatewayKeys(folder: folder),
            settings: settings, sender: modem, clock: Clock(time: clock), listeners: reactor.listeners
        ) { work in
            reactor.begin(work)
            return reactor
        }
        _ = try Seed.plant(in: services)
        return services
    }

    private func ask(_ services: Services) throws -> RequestOutcome {
        guard case .begun(let visit) = try services.visits.begin(Procedure.samples[0], address: "192.0.2.1") else {
            return .gone
        }
        return try services.pins.request(visit, Sandbox.document, Sandbox.datum, address: "192.0.2.1")
    }

    @Test func `that hangs holds up no answer, and sends when it goes on`() throws {
        let modem = Modem(waits: true)
        let reactor = TestReactor()
        let services = try services(modem, reactor: reactor) { 1_800_000_000 }
        try services.startWorkers(reactor.serve()) { _ in }
        #expect(try ask(services) == .accepted)
        try eventually("the modem to begin") { modem.started.withLock { $0 == 1 } }
        // The worker hangs in the modem; answers come all the same.
        #expect(try ask(services) == .accepted)
        #expect(try ask(services) == .accepted)
        #expect(modem.sent.withLock { $0.isEmpty })
        for _ in 0..<3 { modem.gate.signal() }
        try eventually("the messages to be sent") { modem.sent.withLock { $0.count == 3 } }
    }

    @Test func `that is broken is tried five times, a minute apart, and the audit says so`() throws {
        let modem = Modem(waits: false)
        modem.isBroken.withLock { $0 = true }
        final class Hands: Sendable { let now = Atomic<Int64>(1_800_000_000) }
        let clock = Hands()
        let services = try services(modem) { clock.now.load(ordering: .relaxed) }
        #expect(try ask(services) == .accepted)
        for _ in 0..<3 { try services.sendMessages() }
        #expect(modem.started.withLock { $0 } == 1)
        for _ in 0..<6 {
            clock.now.add(60, ordering: .relaxed)
            try services.sendMessages()
        }
        #expect(modem.started.withLock { $0 } == 5)
        let lines = try services.auditLog.newest(limit: 100, .init(act: "SMS")).map(\.outcome)
        #expect(lines.count == 5 && lines.count { $0.hasSuffix("given up") } == 1)
    }

    @Test func `of a command sends that command's messages, and none that the gateway beside it has yet to send`()
        throws
    {
        let folder = NSTemporaryDirectory() + "clave-modem-" + UUID().uuidString
        let (ours, theirs) = (Modem(waits: false), Modem(waits: false))
        final class Hands: Sendable { let now = Atomic<Int64>(1_800_000_000) }
        let clock = Hands()
        let reactor = TestReactor()
        let gateway = try services(ours, folder: folder, reactor: reactor) { clock.now.load(ordering: .relaxed) }
        reactor.holdMessages()
        #expect(try ask(gateway) == .accepted)
        let command = try services(theirs, folder: folder, isCommand: true) { clock.now.load(ordering: .relaxed) }
        let phone = try PhoneNumber(parsing: "600000077")
        #expect(try command.records.change(Sandbox.document, .init(phone: phone), by: .owner) == .done)
        let sent = theirs.sent.withLock { $0 }
        #expect(sent == [Texts(language: "ca").phoneChangedMessage])
        try gateway.sendMessages()
        #expect(ours.sent.withLock { $0.count } == 1)
        // What the command could not send, the gateway does.
        theirs.isBroken.withLock { $0 = true }
        #expect(try command.removals.remove(Sandbox.document, .renunciation, by: .owner) == .done)
        try gateway.sendMessages()
        #expect(ours.sent.withLock { $0.count } == 1)
        clock.now.add(60, ordering: .relaxed)
        try gateway.sendMessages()
        #expect(ours.sent.withLock { $0.last } == Texts(language: "ca").removedMessage)
    }
}
