import AgentProtocol
import EventLoop
import SSHKeys
import SecureMemory
import SignedForms
import Wire

/// Answers of the agent's that are about keys.
enum AgentAnswer {
    static let identities = AgentMessageType.identitiesAnswer

    static func framed(_ payload: ByteWriter) -> [UInt8] {
        var frame = ByteWriter()
        frame.put(payload.bytes)
        return frame.bytes
    }

    static func status(_ isDone: Bool) -> ClientReply {
        .bare(isDone ? AgentMessageType.success : AgentMessageType.failure)
    }

    /// An extension that is known and fails has an answer of its own (RFC 9987); OpenSSH's agent gives it too.
    static func binding(_ isDone: Bool) -> ClientReply {
        .bare(isDone ? AgentMessageType.success : AgentMessageType.extensionFailure)
    }
}

/// How a request is answered that needs nobody's word.
enum DirectAnswer {
    /// Here it is.
    case now(ClientReply)
    /// It comes by itself.
    case later
    /// It may need somebody's word, or a wait: a task answers it.
    case none
}

/// What tools that know nothing of Cl@ve ask of an agent (RFC 9987): in this order, for every request: constraints, the
/// person's word, the operation. That the agent is not locked is known before (``Dispatcher``), and is looked at again
/// after each wait.
@CoreActor
final class KeyDesk {
    /// What the person allowed when the agent was started.
    struct Rules: Sendable {
        /// A forwarded connection may have libraries loaded (`-O allow-remote-pkcs11`).
        var allowsRemoteProviders = false
        /// Which FIDO keys sign anything at all: a pattern list over what they are for (`-O websafe-allow`).
        var websafe = CoreConfiguration.usualWebsafe
        /// By which digest questions name keys (`-E`).
        var fingerprints = FingerprintHash.sha256

        init(_ configuration: CoreConfiguration) {
            allowsRemoteProviders = configuration.allowsRemoteProviders
            websafe = configuration.websafe
            fingerprints = FingerprintHash(rawValue: configuration.fingerprintHash) ?? .sha256
        }
    }

    let shield: Shield
    let ring: KeyRing
    let prompts: PromptDesk
    let providers: ProviderDesk
    let securityKeys: SecurityKeyDesk
    /// The keys of identities' certificates.
    private let identityKeys: SSHKeyHandler
    private let effects: Effects
    let rules: Rules
    /// Counts what makes keys that are still on their way unwanted: dropping all of them, and locking.
    private(set) var drops = 0

    init(
        ring: KeyRing, shield: Shield, prompts: PromptDesk, providers: ProviderDesk, securityKeys: SecurityKeyDesk,
        identityKeys: SSHKeyHandler, effects: Effects, rules: Rules
    ) {
        self.effects = effects
        self.ring = ring
        self.identityKeys = identityKeys
        self.prompts = prompts
        self.providers = providers
        self.securityKeys = securityKeys
        self.rules = rules
        self.shield = shield
    }

    /// The list's frame; empty while locked.
    func list(for client: ClientConnection) -> [UInt8] {
        guard !shield.isLocked else { return [0, 0, 0, 5, AgentAnswer.identities, 0, 0, 0, 0] }
        return ring.list(for: client.trail)
    }

    /// Answers a request about keys.
    func answer(_ request: KeyRequest, for client: ClientConnection) async -> ClientReply {
        switch request {
        case .bind(let binding): return AgentAnswer.binding(client.trail.bind(binding))
        case .brokenBind:
            client.trail.fail()
            return AgentAnswer.binding(false)
        case .unlock(let passphrase): return AgentAnswer.status(await shield.unlock(passphrase, of: client.process))
        case .lock(let passphrase):
            let isLocked = await shield.lock(passphrase)
            if isLocked {
                drops += 1
                effects.agentWasLocked()
            }
            return AgentAnswer.status(isLocked)
        case .add(let key, let secret, let comment, let constraints):
            if key.algorithm.isSecurityKey {
                return AgentAnswer.status(await addSecurityKey(key, secret, comment: comment, constraints))
            }
            return AgentAnswer.status(ring.add(key, secret, comment: comment, constraints))
        case .unsupported(let reason):
            DebugLog.write("a key is refused: \(reason)")
            return AgentAnswer.status(false)
        case .addProvider(let path, let pin, let constraints):
            guard let pin = pin.take() else { return AgentAnswer.status(false) }
            return AgentAnswer.status(await addProvider(path, pin, constraints))
        case .removeProvider(let path):
            guard let provider = await providers.provider(path) else { return AgentAnswer.status(false) }
            ring.removeAll(of: provider)
            return AgentAnswer.status(true)
        case .remove(let key):
            guard let entry = ring.entry(key), permits(entry, client) else { return AgentAnswer.status(false) }
            if case .identity(let identifier) = entry.secret {
                return AgentAnswer.status(await identityKeys.hide(identifier, for: client))
            }
            return AgentAnswer.status(ring.remove(key))
        case .removeAll:
            // Keys that are still being loaded have been brought from this machine.
            if !client.trail.isForwarded { drops += 1 }
            ring.removeAll(asSeenBy: client.trail)
            return AgentAnswer.status(true)
        case .sign(let key, let data, let flags): return await sign(key, data, flags, client)
        }
    }

    /// Forgets all keys, and those that are being loaded.
    func dropAll() {
        drops += 1
        ring.removeAll()
    }

    private func permits(_ entry: KeyRing.Entry, _ client: ClientConnection) -> Bool {
        ring.isVisible(entry, to: client.trail, now: WallClock.now)
    }

    /// A request that nobody need be asked about: answers it in place if it takes no longer than a frame's way, and else
    /// on a worker.
    func answerDirectly(_ request: KeyRequest, then reply: @escaping @CoreActor (ClientReply) -> Void) -> DirectAnswer {
        guard case .sign(let blob, let data, let flags) = request, let key = shield.key, let entry = ring.entry(blob),
            entry.constraints.isFree, case .shielded(let secret) = entry.secret
        else { return .none }
        if secret.isQuick { return .now(Self.reply(secret.sign(data, flags: flags, under: key))) }
        WorkerPool.shared.run {
            secret.sign(data, flags: flags, under: key)
        } then: {
            reply(Self.reply($0))
        }
        return .later
    }

    private func sign(
        _ blob: [UInt8], _ data: [UInt8], _ flags: UInt32, _ client: ClientConnection
    ) async -> ClientReply {
        guard let entry = ring.entry(blob) else { return AgentAnswer.status(false) }
        if !entry.constraints.isFree {
            guard await isAllowed(entry, SigningPurpose(of: data), client) else { return AgentAnswer.status(false) }
        }
        guard let key = shield.key else { return AgentAnswer.status(false) }
        switch entry.secret {
        case .shielded(let secret):
            return Self.reply(await WorkerPool.shared.run { secret.sign(data, flags: flags, under: key) })
        case .token(let holding): return Self.reply(await sign(entry, holding, data, flags, client))
        case .securityKey(let key): return Self.reply(await sign(entry, key, data, client))
        case .identity(let identifier):
            return Self.reply(await identityKeys.sign(identifier, entry, data, flags: flags, for: client))
        }
    }

    private static func reply(_ signature: [UInt8]?) -> ClientReply {
        guard let signature else { return AgentAnswer.status(false) }
        var payload = ByteWriter()
        payload.put(byte: KeyMessageType.signResponse)
        payload.put(signature)
        return .plain(AgentAnswer.framed(payload))
    }

    private func isAllowed(
        _ entry: KeyRing.Entry, _ purpose: SigningPurpose, _ client: ClientConnection
    ) async -> Bool {
        let destinations = entry.constraints.destinations
        guard client.trail.permits(destinations, signing: purpose, with: entry.key, now: WallClock.now) else {
            return false
        }
        guard entry.constraints.needsConfirmation else { return true }
        let use = use(of: entry, for: purpose)
        do throws(AgentError) { _ = try await prompts.ask(.useKey(use), for: client) } catch { return false }
        return ring.isStillHeld(entry)
    }

    /// What a question says of a use.
    func use(of entry: KeyRing.Entry, for purpose: SigningPurpose) -> KeyUse {
        KeyUse(purpose, key: entry.key, comment: DisplayText.line(entry.comment), by: rules.fingerprints)
    }
}
