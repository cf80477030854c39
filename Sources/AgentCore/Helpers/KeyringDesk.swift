import AgentProtocol
import EventLoop
import SecureMemory
import Vault
import Wire

/// Asks the desktop's keyring; each word is brought by a `clave-keyring` process of its own.
@CoreActor
final class KeyringDesk {
    /// Milliseconds after which a service that says nothing counts as hung.
    private static let patience: UInt64 = 5000

    /// What came of a word to the keyring.
    enum Answer: Sendable {
        /// Done; what was looked up, else empty.
        case done(SecretBox)
        /// Not done.
        case missed(KeyringMiss)
    }

    private enum Heard: Sendable {
        /// The desktop asks the person.
        case asks
        case reply(KeyringOutcome, SecretBox, String)
        case ended(HelperEnded)
        case malformed
        case late
        case withdrawn
    }

    private let helpers: HelperDirectory
    /// Milliseconds that the person has to open their keyring.
    private let timeout: UInt64

    /// - Parameter timeout: seconds that the person has for an answer.
    init(helpers: HelperDirectory, timeout: UInt32) {
        self.helpers = helpers
        self.timeout = UInt64(timeout) * 1000
    }

    /// Stores a slot's key.
    func store(_ keyring: borrowing KeyringKey, vault: [UInt8]) async -> Answer {
        await send(
            KeyringRequest(.store, vault: vault, slot: keyring.id.bytes, secret: keyring.key.copy()).secretFrame())
    }

    /// The key of a slot.
    func lookUp(_ slot: SlotID, vault: [UInt8]) async -> Answer {
        await send(KeyringRequest(.lookUp, vault: vault, slot: slot.bytes).secretFrame())
    }

    /// Deletes a slot's key; for no slot, all of the vault's.
    func delete(_ slot: SlotID?, vault: [UInt8]) async -> Answer {
        await send(KeyringRequest(.delete, vault: vault, slot: slot?.bytes ?? []).secretFrame())
    }

    private func send(_ frame: consuming SecretBytes) async -> Answer {
        let box = SecretBox(frame)
        let first = Promise<Heard>()
        let second = Promise<Heard>()
        let hear: @CoreActor (Heard) -> Void = { heard in
            first.fulfil(heard)
            if case .asks = heard { return }
            second.fulfil(heard)
        }
        do throws(AgentError) {
            let helper = try await helpers.start(
                .keyring, onPayload: { hear(Self.decode($0)) }, onEnd: { hear(.ended($0)) })
            defer { helpers.stop(helper) }
            guard !Task.isCancelled else { return Self.answer(.withdrawn) }
            if let frame = box.take() { helper.send(frame: frame) }
            var heard = await first.wait(milliseconds: Self.patience, ifLate: .late, ifCancelled: .withdrawn)
            if case .asks = heard {
                heard = await second.wait(milliseconds: timeout, ifLate: .late, ifCancelled: .withdrawn)
            }
            return Self.answer(heard)
        } catch {
            DebugLog.write("clave-keyring can't be started: \(error.detail)")
            return .missed(.failed)
        }
    }

    private static func decode(_ payload: RawSpan) -> Heard {
        if (try? KeyringAsks.decode(payload: payload)) ?? nil != nil { return .asks }
        guard let reply = try? KeyringReply.decode(payload: payload) else { return .malformed }
        return .reply(reply.outcome, SecretBox(reply.secret.copy()), reply.detail)
    }

    private static func answer(_ heard: Heard) -> Answer {
        switch heard {
        case .reply(.done, let secret, _): return .done(secret)
        case .reply(let outcome, _, let detail):
            DebugLog.write("the keyring: \(outcome) \(detail)")
            return .missed(KeyringMiss(outcome))
        case .late: return .missed(.late)
        case .ended(let ended):
            DebugLog.write("clave-keyring ended with \(ended.exitCode)")
            return .missed(.failed)
        case .malformed, .withdrawn, .asks: return .missed(.failed)
        }
    }
}

extension KeyringMiss {
    fileprivate init(_ outcome: KeyringOutcome) {
        self =
            switch outcome {
            case .notFound: .notFound
            case .locked: .locked
            case .noService: .noService
            case .failed, .done: .failed
            }
    }
}
