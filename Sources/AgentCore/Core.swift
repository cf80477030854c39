import AgentProtocol
import Audit
import CLinux
import EventLoop
import Glibc
import Posix
import Wire

/// The core of the agent: owns every client connection and every key, and asks helpers for all that touches the world.
@CoreActor
final class Core {
    /// Processes that look for credentials now.
    var listings = 0
    let helpers: HelperDirectory
    let audit: AuditDesk
    let prompts: PromptDesk
    let keyrings: KeyringDesk
    let links: LinkDesk
    let inbox = Inbox()
    let confirmations: ConfirmationDesk
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let keys: KeyDesk
    /// What was recorded of lately as refused to other hosts.
    let refusals = RefusalNews()

    private var listener: Descriptor
    private let owner = geteuid()
    private var clients: ClientTable
    private var isAccepting = true
    /// Whether more may wait than the last turn took or looked at.
    private var isCrowded = false

    /// Clients at once, where so many descriptors can be had.
    nonisolated static let mostClients = 8192
    /// Descriptors that clients leave: 64 of helpers, 7 that are always open, and those of files that are open for a moment.
    nonisolated static let ownDescriptors = 80
    /// Clients that are taken in one turn of the loop: those that are there already have theirs in between.
    private static let acceptsPerTurn = 16
    /// Connections that are looked at in one turn, most of which have been given up by then.
    private static let looksPerTurn = 256
    /// Milliseconds until the kernel is asked again, where it had no descriptor.
    private static let shortage: UInt64 = 100

    init(
        _ configuration: CoreConfiguration, control: consuming PacketChannel, listener: consuming Descriptor,
        openFiles: Int, shield: Shield = Shield()
    ) {
        // Where there are few, the helpers get most of them.
        let room = max(openFiles - Self.ownDescriptors, openFiles / 4, 1)
        clients = ClientTable(room: min(Self.mostClients, room))
        helpers = HelperDirectory(control, onLost: { EventLoop.shared.stop() })
        audit = AuditDesk(folder: configuration.vaultFolder)
        let passphrase = KnownPassphrase(told: configuration.knownPassphrase, folder: configuration.vaultFolder) {
            [helpers] in helpers.keep($0)
        }
        prompts = PromptDesk(helpers: helpers, audit: audit, passphrase: passphrase, configuration)
        links = LinkDesk(helpers: helpers)
        keyrings = KeyringDesk(helpers: helpers, timeout: configuration.questionTimeout)
        vault = VaultKeeper(
            folder: configuration.vaultFolder, passphrase: passphrase, prompts: prompts, keyrings: keyrings,
            audit: audit,
            strength: DerivationStrength(most: UInt64(configuration.keyMemory) << 20))
        identities = IdentityDirectory(
            vault: vault, links: links, inbox: inbox, defaultLifetime: configuration.lifetime)
        confirmations = ConfirmationDesk(prompts: prompts, vault: vault, audit: audit)
        let providers = ProviderDesk(helpers: helpers, allowed: configuration.allowedProviders)
        keys = KeyDesk(
            prompts: prompts, providers: providers,
            securityKeys: SecurityKeyDesk(helpers: helpers, locale: configuration.locale), shield: shield,
            defaultLifetime: configuration.lifetime, rules: KeyDesk.Rules(configuration))
        self.listener = listener
        connect()
        // It takes another core's place: whoever has ended that one is not to have the keyring open the vault again.
        if configuration.knownPassphrase != nil { vault.lock() }
    }

    /// Tells each part what it needs to know of the others.
    private func connect() {
        // The person's identities go back into the vault, which only its passphrase opens.
        keys.onLock = { [identities, vault, confirmations] in
            confirmations.forget()
            identities.closeAll()
            vault.lock()
        }
        helpers.onDropKeys = { [weak keys] in
            keys?.dropAll()
            keys?.onLock?()
            DebugLog.write("all keys are dropped")
        }
        vault.onReplace = { [weak identities, weak confirmations] in
            confirmations?.forget()
            identities?.closeAll()
        }
        identities.onCome = { [weak keys] identity in
            guard identity.record.servesSSH else { return }
            _ = keys?.serve(identity)
        }
        identities.onUpgrade = { [audit] identity in
            audit.note(
                AuditEntry("identity_upgraded", identity: identity.words, gateway: identity.record.trust.origin))
        }
        identities.onEnd = { [audit] identity in
            audit.note(AuditEntry("identity_ended", identity: identity.words, gateway: identity.record.trust.origin))
        }
        identities.onGo = { [weak keys, weak confirmations] identity in
            keys?.ring.removeAll(of: identity.record.identifier)
            confirmations?.forget(of: identity.record.identifier)
        }
        keys.signByIdentity = { [weak self] identifier, entry, data, flags, client in
            guard let self else { return nil }
            return await SSHDesk(core: self).sign(identifier, entry, data, flags: flags, for: client)
        }
        audit.onGrow = { [weak vault] in vault?.logHasGrown() }
        keys.hideIdentity = { [weak self] identifier, client in
            guard let self else { return false }
            return await SSHDesk(core: self).hide(identifier, for: client)
        }
        vault.onOpen = { [weak identities] records in identities?.load(records) }
    }

    /// Begins to accept clients, and says so.
    func start() throws(SystemError) {
        try listen()
        helpers.onNewListener = { [weak self] socket in self?.listen(at: socket) }
        helpers.tellReady()
    }

    private func listen(at socket: consuming Descriptor) {
        EventLoop.shared.forget(listener.number)
        listener = socket
        isAccepting = true
        do throws(SystemError) { try listen() } catch { DebugLog.write("the new socket can't be used: \(error)") }
    }

    private func listen() throws(SystemError) {
        try listener.setNonblocking()
        _ = clave_ask_senders(listener.number)
        EventLoop.shared.watch(listener.number, for: .readable) { [weak self] _ in
            CoreActor.assumeIsolated { self?.acceptAll() }
        }
    }

    // MARK: Clients

    private func acceptAll() {
        var taken = 0
        for _ in 0..<Self.looksPerTurn where isAccepting && taken < Self.acceptsPerTurn {
            let number = clave_accept(listener.number)
            guard number >= 0 else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { endureShortage() }
                return isCrowded = false
            }
            let socket = Descriptor(owning: number)
            // Looked for only in a crowd: it is one more system call for each.
            if isCrowded, Self.wasGivenUp(socket) { continue }
            taken += 1
            admit(socket)
        }
        isCrowded = true
    }

    /// Whether a client has gone without a word, or in the middle of one. Who connects and hangs up over and over fills the
    /// line in which others stand as well, and so costs as little as can be.
    private static func wasGivenUp(_ socket: borrowing Descriptor) -> Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(socket.number, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count > 0 else { return count == 0 }
        var entry = pollfd(fd: socket.number, events: Int16(EPOLLRDHUP.rawValue), revents: 0)
        return unsafe poll(&entry, 1, 0) == 1 && FrameStream.endsShort(socket.number)
    }

    /// The kernel has no descriptor: somebody gives one up, or all wait for a moment. The loop must not be told all the time.
    private func endureShortage() {
        DebugLog.write("no more clients can be taken: \(SystemError("accept"))")
        clients.leastMissed().forEach { $0.close() }
        pauseAccepting()
    }

    /// Lets further clients wait in the kernel, until one leaves or could.
    private func pauseAccepting() {
        setAccepting(false)
        EventLoop.shared.after(milliseconds: Self.shortage) { [weak self] in
            CoreActor.assumeIsolated {
                guard let self, !self.isAccepting else { return }
                if self.clients.isFull, self.clients.leastMissed().isEmpty {
                    self.pauseAccepting()
                } else {
                    self.setAccepting(true)
                }
            }
        }
    }

    private func setAccepting(_ accepting: Bool) {
        guard accepting != isAccepting else { return }
        isAccepting = accepting
        EventLoop.shared.change(listener.number, to: accepting ? .readable : [])
    }

    /// Takes a client of the same user; all others are refused by what the kernel says of them.
    private func admit(_ socket: consuming Descriptor) {
        do throws(SystemError) {
            let peer = try Peer(socket: socket.number)
            guard peer.uid == owner || peer.uid == 0 else {
                return DebugLog.write("refused a client of user \(peer.uid)")
            }
            if clients.isFull { clients.leastMissed().forEach { $0.close() } }
            let client = ClientConnection(socket, peer: peer, dispatcher: Dispatcher(core: self)) {
                [weak self] client in self?.left(client)
            }
            clients.add(client)
            if clients.isFull, clients.leastMissed().isEmpty { pauseAccepting() }
        } catch {
            DebugLog.write("a client could not be taken: \(error)")
        }
    }

    private func left(_ client: ClientConnection) {
        clients.remove(client)
        setAccepting(true)
    }
}
