import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Wire

@testable import AgentCore

/// What the plugin of a registration plays: each call does the next of these.
private enum Play {
    /// One round with the gateway, then it goes on another day.
    case wait(String)
    /// One round, which the gateway grants.
    case finish
    /// It ends as the outcome says.
    case end(PluginDone.Outcome)
    /// It crashes after its first round.
    case crash

    func run(_ pipe: borrowing FrameChannel, _ heard: Heard) throws {
        let payload = try pipe.receive()
        if let call = try payload.withBytes({ try PluginActivate.decode(payload: $0) }) { heard.add(call) }
        try pipe.send(PluginLoaded(title: "Played", version: "1"))
        switch self {
        case .wait(let reference):
            try Self.exchange("letter", pipe)
            try pipe.send(PluginPending(reference: reference, page: "/call/x", due: 7))
            try pipe.send(PluginDone(outcome: .pending))
        case .finish:
            try Self.exchange("confirm", pipe)
            try pipe.send(PluginDone(outcome: .succeeded))
        case .end(let outcome): try pipe.send(PluginDone(outcome: outcome))
        case .crash:
            try Self.exchange("letter", pipe)
            throw ExitCode(rawValue: 139)
        }
    }

    private static func exchange(_ step: String, _ pipe: borrowing FrameChannel) throws {
        try pipe.send(secret: PluginExchange(step: step, body: SecretBytes(zeros: 1)))
        _ = try pipe.receive()
    }
}

extension Stage {
    /// Plays a registration's plugin; `heard` gets what each call was given.
    fileprivate func plays(_ plays: [Play], heard: Heard = Heard()) {
        for play in plays { core.next(.pluginHost) { pipe in try play.run(pipe, heard) } }
    }

    fileprivate func register(_ request: RegisterRequest) -> Result<RegistrationResult, AgentError> {
        do {
            let connection = try core.connect()
            var event = try connection.send(request)
            while case .progress = event { event = try connection.send(RegistrationContinueRequest()) }
            guard case .done(let result) = event else { return .failure(AgentError(.invalid)) }
            return .success(result)
        } catch AgentConnection.Failure.refused(let error) {
            return .failure(error)
        } catch {
            return .failure(AgentError(.system, "\(error)"))
        }
    }

    fileprivate func begin(_ way: String = "letter") -> Result<RegistrationResult, AgentError> {
        register(
            RegisterRequest(way: way, gateway: FakeGateway.origin, certificates: [], fields: [], lifetime: 0))
    }

    fileprivate func resume(_ info: RegistrationInfo) -> Result<RegistrationResult, AgentError> {
        register(RegisterRequest(resuming: info.identifier, fields: [], lifetime: 0))
    }

    fileprivate func registrations() throws -> [RegistrationInfo] {
        try core.connect().send(RegistrationsRequest()).registrations
    }
}

/// Calls that a played plugin got.
private final class Heard: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [PluginActivate] = []
    func add(_ call: PluginActivate) { lock.withLock { all.append(call) } }
    var calls: [PluginActivate] { lock.withLock { all } }
}

@Suite struct `A registration` {
    @Test func `goes on another day with the same keys and what its plugin kept, on a restarted agent`() throws {
        let (stage, heard) = (try Stage(), Heard())
        stage.plays([.wait("letter-sent x"), .finish], heard: heard)
        guard case .waiting(let info) = try stage.begin().get() else { throw HarnessError.notReady }
        #expect(info.way == "letter" && info.due == 7 && info.page == "/call/x" && info.gatewayName == "Fake")
        // Locked and forgotten: the vault alone has it.
        stage.core.dropKeys()
        try eventually("locked") { try stage.core.status().vault == .locked }
        #expect(try stage.registrations() == [info])
        guard case .activated(let identity) = try stage.resume(info).get() else { throw HarnessError.notReady }
        #expect(identity.name == "AINA PROVA MOSTRA")
        #expect(heard.calls.map(\.reference) == ["letter", "letter-sent x"])
        #expect(heard.calls[0].signingKey == heard.calls[1].signingKey)
        #expect(heard.calls.allSatisfy { $0.plugin == Registration.plugin })
        #expect(stage.gateway.posted.contains(Registration.path(plugin: Registration.plugin, step: "confirm")))
        #expect(try stage.registrations().isEmpty)
        try stage.connected()
    }

    @Test func `by certificate is kept as soon as it is proved who the person is`() throws {
        let (stage, heard) = (try Stage(), Heard())
        stage.plays([.end(.succeeded), .end(.cancelled), .finish], heard: heard)
        #expect(stage.begin("certificate").code == .denied)
        let info = try #require(try stage.registrations().first)
        #expect(info.way == "certificate")
        guard case .activated = try stage.resume(info).get() else { throw HarnessError.notReady }
        #expect(heard.calls.map(\.plugin) == ["certificate", Registration.plugin, Registration.plugin])
        #expect(heard.calls.map(\.reference) == ["", Registration.contactReference, Registration.contactReference])
    }

    @Test func `is not begun twice by a plugin that crashes, and stays as it was`() throws {
        let stage = try Stage()
        stage.plays([.crash, .wait("a"), .crash, .end(.refused)])
        #expect(stage.begin().code == .pluginFailed)
        #expect(try stage.registrations().isEmpty)
        guard case .waiting(let info) = try stage.begin().get() else { throw HarnessError.notReady }
        #expect(stage.resume(info).code == .pluginFailed)
        #expect(stage.resume(info).code == .gatewayRefused)
        #expect(try stage.registrations() == [info])
    }

    @Test func `is not forgotten by a yes to a question that was open when the agent was locked`() throws {
        let stage = try Stage()
        stage.plays([.wait("a")])
        guard case .waiting(let info) = try stage.begin().get() else { throw HarnessError.notReady }
        stage.lockBeforeYes()
        let asked = stage.person.questions.count
        #expect(stage.refusal(ForgetRegistrationRequest(info.identifier)) == .locked)
        // Nor is the vault opened for it.
        #expect(stage.person.questions.count == asked)
        #expect(try stage.core.status().vault == .locked)
        #expect(try RawClient(stage.core).ask(23, "a lock") == [6])
        #expect(try stage.registrations() == [info])
    }

    @Test func `that is over is forgotten, as is one that the person forgets`() throws {
        let stage = try Stage()
        stage.plays([.wait("a"), .wait("b"), .end(.unusable)])
        guard case .waiting(let first) = try stage.begin().get(), case .waiting(let second) = try stage.begin().get()
        else { throw HarnessError.notReady }
        #expect(try stage.registrations() == [first, second])
        #expect(stage.resume(first).code == .registrationOver)
        #expect(stage.refusal(ForgetRegistrationRequest(second.identifier)) == nil)
        #expect(stage.refusal(ForgetRegistrationRequest(second.identifier)) == .noRegistration)
        #expect(stage.resume(first).code == .noRegistration)
        #expect(try stage.registrations().isEmpty)
    }

    @Test func `without a grant leaves no identity`() throws {
        let stage = try Stage()
        stage.gateway.set { $0.grants = false }
        stage.plays([.finish])
        #expect(try stage.begin().get() == .registered)
        #expect(try stage.core.status().identities == 0)
    }

    @Test func `is refused by a gateway that does not offer the way, and by an activation's plugin that waits`() throws
    {
        let stage = try Stage()
        #expect(stage.begin("pigeon").code == .gatewayRefused)
        stage.plays([.wait("a")])
        #expect(stage.activate().code == .pluginFailed)
        #expect(try stage.registrations().isEmpty)
    }

    @Test func `ends at sixteen that are begun`() throws {
        let stage = try Stage()
        stage.plays(Array(repeating: .wait("a"), count: 17))
        for _ in 0..<16 { _ = try stage.begin().get() }
        #expect(stage.begin().code == .busy)
        #expect(try stage.registrations().count == 16)
    }
}

@Suite struct `Who leaves Cl@ve` {
    @Test func `is asked, and has no identity any more once the gateway knows`() throws {
        let stage = try Stage()
        let identity = try stage.activate().get()
        #expect(stage.refusal(RenounceRequest(identity.identifier)) == nil)
        #expect(stage.person.questions.last?.subject == .renounce(gateway: "Fake"))
        #expect(stage.gateway.posted.last == Renunciation.path)
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.isEmpty)
        #expect(stage.refusal(RenounceRequest(identity.identifier)) == .noIdentity)
    }

    @Test func `keeps all at a no, and while the gateway can't be reached`() throws {
        let person = Played.Person()
        let stage = try Stage(person: person)
        let identity = try stage.activate().get()
        try stage.connected()
        person.outcome = .denied
        #expect(stage.refusal(RenounceRequest(identity.identifier)) == .denied)
        #expect(!stage.gateway.posted.contains(Renunciation.path))
        person.outcome = .given
        stage.gateway.set { $0.forges = Renunciation.path }
        #expect(stage.refusal(RenounceRequest(identity.identifier)) == .gatewayKey)
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.count == 1)
    }
}

@Suite struct `A registration's record` {
    private func record() -> RegistrationRecord {
        RegistrationRecord(
            info: RegistrationInfo(
                identifier: Identifier([UInt8](0..<16))!, way: "letter", gateway: "https://localhost:8443",
                gatewayName: "Sandbox", begunAt: 5, due: 6, page: "/call/x"),
            trust: GatewayTrust(origin: "https://localhost:8443", certificates: [], pin: ""),
            gatewayKey: [UInt8](repeating: 2, count: 32), keys: DeviceKeys(), session: [1, 2, 3], reference: "here",
            credentials: [])
    }

    @Test func `is read as it was written, and no other way`() throws {
        let record = record()
        let whole = record.encoded().withBytes { bytes in
            (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
        let again = try RegistrationRecord(decoding: whole.span.bytes)
        #expect(again.info == record.info && again.session == [1, 2, 3] && again.reference == "here")
        let same = again.keys.signing.publicKey == record.keys.signing.publicKey
        #expect(same)
        // Without a certificate, one of the version before looks the same.
        var older = whole
        older[3] = 1
        #expect(try RegistrationRecord(decoding: older.span.bytes).info == record.info)
        var later = whole
        later[3] = 3
        for bytes in [later, whole + [0]] + whole.indices.map({ Array(whole[..<$0]) }) {
            #expect(throws: WireError.self) { _ = try RegistrationRecord(decoding: bytes.span.bytes) }
        }
    }
}
