import AgentProtocol
import EventLoop
import GatewayAPI

/// The identities that are active in memory, oldest first.
@CoreActor
final class IdentityDirectory {
    /// Most identities of one agent.
    private static let maximumCount = 64

    private let vault: VaultKeeper
    private let links: LinkDesk
    private let inbox: Inbox
    private let effects: Effects
    private let defaultLifetime: UInt32
    private(set) var all: [Identity] = []

    init(vault: VaultKeeper, links: LinkDesk, inbox: Inbox, effects: Effects, defaultLifetime: UInt32) {
        self.effects = effects
        self.vault = vault
        self.links = links
        self.inbox = inbox
        self.defaultLifetime = defaultLifetime
    }

    /// Takes the identities of a vault that has just been opened.
    func load(_ records: [IdentityRecord]) {
        for record in records.sorted(by: { $0.grant.activatedAt < $1.grant.activatedAt })
        where !all.contains(where: { $0.record.identifier == record.identifier }) {
            activate(record, lifetime: 0)
        }
    }

    /// Seals a new identity into the vault, and activates it.
    ///
    /// It takes the place of those of which nothing is lost. One of the same person's by another certificate, perhaps for a
    /// company, stays: its gateway may let it act no more, but the certificate signs.
    func add(_ record: IdentityRecord, lifetime: UInt32) async throws(AgentError) -> Identity {
        guard all.count < Self.maximumCount else { throw AgentError(.busy, "too many identities") }
        try await vault.put(record)
        let former = all.filter { record.takesPlace(of: $0.record) }
        for identity in former { try await drop(identity) }
        return activate(record, lifetime: lifetime)
    }

    /// Whether the same person has others at the same gateway.
    func hasOthers(of identity: Identity) -> Bool {
        all.contains { $0 !== identity && $0.record.isSamePersons(as: identity.record) }
    }

    /// Whether an identity is still there.
    func holds(_ identity: Identity) -> Bool { all.contains { $0 === identity } }

    /// Changes what the vault keeps of an identity, in the vault's turn: what was changed meanwhile is kept, and one that
    /// is gone stays so.
    func change(
        _ identity: Identity, _ body: @escaping @CoreActor (inout IdentityRecord) -> Void
    ) async throws(AgentError) {
        try await vault.put { () throws(AgentError) in
            guard holds(identity) else { throw AgentError(.expired) }
            var record = identity.record
            body(&record)
            return record
        }
        body(&identity.record)
    }

    /// Makes sure that the vault can be written: before a gateway is told what is then to be true here as well.
    func requireWritable(_ identity: Identity) async throws(AgentError) { try await seal(identity) }

    /// Seals what is known of an identity now; one that is gone stays so.
    private func seal(_ identity: Identity) async throws(AgentError) {
        try await vault.put { () throws(AgentError) in
            guard holds(identity) else { throw AgentError(.expired) }
            return identity.record
        }
    }

    /// Removes an identity here and, where it can be reached, at its gateway.
    ///
    /// - Returns: whether the gateway knows.
    func remove(_ identity: Identity) async throws(AgentError) -> Bool {
        var isTold = identity.link == .refused || identity.record.isLocal
        if !isTold {
            do throws(AgentError) {
                try await identity.deactivate()
                isTold = true
            } catch {
                DebugLog.write("the gateway was not told of a removal: \(error)")
            }
        }
        try await drop(identity)
        return isTold
    }

    /// The identity of that name, or the only one.
    func one(_ identifier: Identifier?) throws(AgentError) -> Identity {
        if let identifier {
            guard let found = all.first(where: { $0.record.identifier == identifier }) else {
                throw AgentError(.noIdentity)
            }
            return found
        }
        guard all.count < 2 else { throw AgentError(.ambiguousIdentity) }
        guard let only = all.first else { throw AgentError(.noIdentity) }
        return only
    }

    /// The identity of that name, or the only one, that is registered at a gateway.
    func oneRegistered(_ identifier: Identifier?) throws(AgentError) -> Identity {
        try requireRegistered(identifier)
        guard identifier == nil else { return try one(identifier) }
        let registered = all.filter { !$0.record.isLocal }
        guard registered.count < 2 else { throw AgentError(.ambiguousIdentity) }
        guard let only = registered.first else { throw AgentError(.noIdentity) }
        return only
    }

    /// - Throws: `.noIdentity` if that identity, or each that there is, signs only: nothing comes to it from a gateway.
    func requireRegistered(_ identifier: Identifier?) throws(AgentError) {
        let meant = all.filter { identifier == nil || $0.record.identifier == identifier }
        guard meant.isEmpty || meant.contains(where: { !$0.record.isLocal }) else {
            throw AgentError(.noIdentity, Self.signsOnly)
        }
    }

    private static let signsOnly = "it signs only, and is registered at no gateway"

    /// Stops listening and forgets all keys.
    func closeAll() {
        for identity in all { forget(identity) }
    }

    @discardableResult
    private func activate(_ record: IdentityRecord, lifetime: UInt32) -> Identity {
        let seconds = lifetime == 0 ? defaultLifetime : lifetime
        let expiresAt = seconds == 0 ? 0 : WallClock.now + UInt64(seconds)
        let identity = Identity(record, expiresAt: expiresAt, links: links, inbox: inbox, in: self)
        all.append(identity)
        identity.open()
        effects.identityCame(identity)
        if seconds > 0 {
            EventLoop.shared.after(milliseconds: UInt64(seconds) * 1000) { [weak self, weak identity] in
                CoreActor.assumeIsolated { if let identity { self?.expire(identity) } }
            }
        }
        return identity
    }

    /// The gateway of an identity of Cl@ve PIN has granted to it what it lacked.
    func wasGranted(_ grant: Grant, to identity: Identity) {
        Task { @CoreActor in await upgrade(identity, grant) }
    }

    /// An identity's gateway has said that its device acts no more.
    func hasEnded(_ identity: Identity) {
        identity.end()
        Task { @CoreActor in await keepEnd(of: identity) }
    }

    /// Seals what its gateway has granted to an identity of Cl@ve PIN in the place of its old record.
    private func upgrade(_ identity: Identity, _ grant: Grant) async {
        do throws(AgentError) {
            try await change(identity) { $0.grant = grant }
            effects.identityWasUpgraded(identity)
        } catch {
            DebugLog.write("an upgraded identity was not kept: \(error)")
        }
    }

    /// Puts what is left of an identity that has ended in the place of its record.
    private func keepEnd(of identity: Identity) async {
        effects.identityEnded(identity)
        do throws(AgentError) { try await seal(identity) } catch {
            DebugLog.write("that an identity has ended was not kept: \(error)")
        }
    }

    /// Removes an identity here alone.
    func drop(_ identity: Identity) async throws(AgentError) {
        try await vault.remove(identity.record.identifier)
        forget(identity)
    }

    /// Forgets an identity's keys, and with them the vault's, which would give them back to whoever has the socket.
    private func expire(_ identity: Identity) {
        guard holds(identity) else { return }
        forget(identity)
        vault.lock()
    }

    private func forget(_ identity: Identity) {
        identity.close()
        all.removeAll { $0 === identity }
        effects.identityWent(identity)
    }
}
