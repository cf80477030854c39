import AgentProtocol
import EventLoop
import EventLoopTestSupport
import Glibc
import Posix
import Testing

@testable import AgentCore

@Suite struct `What the agent does before witnesses` {
    /// Refuses what it is asked, if it is to, and counts.
    @CoreActor
    private final class Played: Witness {
        private let refusal: AgentError?
        private(set) var asked: [String?] = []
        private(set) var told = 0

        init(refusing refusal: AgentError? = nil) { self.refusal = refusal }

        func before(_ act: Act) async throws(AgentError) {
            asked.append(act.answer?.word)
            if let refusal { throw refusal }
        }

        func after(_ event: WitnessedEvent) { told += 1 }
    }

    /// A core's parts, without a supervisor that would start a helper, and a client of theirs.
    @CoreActor
    private final class Bench {
        let parts: CoreParts
        let client: ClientConnection

        init() throws {
            // The supervisor's end stays open: its end would be the loop's.
            let (core, _) = try PacketChannel.pair()
            let configuration = CoreConfiguration(
                vaultFolder: "/proc/none", lifetime: 0, debug: false, locale: "", questionTimeout: 1, keyMemory: 1)
            parts = CoreParts(configuration, control: PacketChannel(Descriptor(owning: core)), shield: Shield())
            let (near, _) = try Descriptor.pair()
            client = ClientConnection(
                Descriptor(owning: near), peer: try Peer(socket: near), dispatcher: parts.dispatcher()
            ) { _ in }
        }
    }

    private static func code(_ body: @CoreActor () async throws(AgentError) -> Void) async -> AgentError.Code? {
        do throws(AgentError) { try await body() } catch { return error.code }
        return nil
    }

    @Test func `is refused by the first that objects, and all are told of what has happened`() async throws {
        try await onLoop {
            let bench = try Bench()
            let (first, second, third) = (Played(), Played(refusing: AgentError(.noSpace)), Played())
            let witnesses = Witnesses([first, second, third])
            let act = Act(.newPassphrase, for: bench.client)
            #expect(await Self.code { () throws(AgentError) in try await witnesses.before(act) } == .noSpace)
            #expect(first.asked == [nil] && second.asked == [nil] && third.asked == [])
            witnesses.after(.vault(.restored, by: bench.client.caller))
            #expect([first.told, second.told, third.told] == [1, 1, 1])
        }
    }

    @Test func `is not even asked of the person where a witness objects before`() async throws {
        try await onLoop {
            let bench = try Bench()
            let objecting = Played(refusing: AgentError(.readOnly))
            let passphrase = KnownPassphrase(told: [], folder: "/proc/none", turns: TurnQueue()) { _ in }
            let configuration = CoreConfiguration(
                vaultFolder: "/proc/none", lifetime: 0, debug: false, locale: "", questionTimeout: 1, keyMemory: 1)
            let prompts = PromptDesk(
                helpers: bench.parts.helpers, witness: objecting, passphrase: passphrase, configuration)
            let act = Act(.newPassphrase, for: bench.client)
            #expect(await Self.code { () throws(AgentError) in try await prompts.before(act) } == .readOnly)
            #expect(objecting.asked == [nil] && objecting.told == 0)
        }
    }

    @Test func `needs its record in the log where something leaves the agent, and nowhere else`() async throws {
        try await onLoop {
            let bench = try Bench()
            // No log can be made there.
            let audit = AuditDesk(folder: "/proc/none") {}
            let use = KeyUse(comment: "", fingerprint: "", kind: .opaque, name: "", host: "")
            let plain = Act(.useKey(use), for: bench.client)
            let recorded = Act(.useKey(use), for: bench.client, needsRecord: true)
            for act in [plain, plain.answered("yes", caller: bench.client.caller)] {
                #expect(await Self.code { () throws(AgentError) in try await audit.before(act) } == nil)
            }
            for act in [recorded, recorded.answered("yes", caller: bench.client.caller)] {
                #expect(await Self.code { () throws(AgentError) in try await audit.before(act) } == .system)
            }
            let request = PendingRequest(
                identifier: Identifier([UInt8](repeating: 1, count: 16))!,
                identity: Identifier([UInt8](repeating: 2, count: 16))!, kind: .pin, road: .document,
                organisation: "", procedure: "", code: "", origin: "", createdAt: 0, expiresAt: 0)
            #expect([.showPIN(request), .approve(request)].allSatisfy { Act($0, for: bench.client).needsRecord })
            #expect(!Act(.newPassphrase, for: bench.client).needsRecord)
        }
    }
}
