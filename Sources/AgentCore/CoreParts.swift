import AgentProtocol
import Audit
import EventLoop
import Posix

/// The parts of the core, made from the ground up: each gets those that it needs, and no more.
@CoreActor
struct CoreParts {
    let effects: Effects
    let helpers: HelperDirectory
    let audit: AuditDesk
    let prompts: PromptDesk
    /// The log, and the person.
    let witnesses: Witnesses
    let links: LinkDesk
    let inbox = Inbox()
    let shield: Shield
    let ring: KeyRing
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let confirmations: ConfirmationDesk
    let plugins: PluginHosts
    let sshKeys: SSHKeyHandler
    let keys: KeyDesk

    init(_ configuration: CoreConfiguration, control: consuming PacketChannel, shield: Shield) {
        let rules = KeyDesk.Rules(configuration)
        self.shield = shield
        effects = Effects()
        helpers = HelperDirectory(control, effects, onLost: { EventLoop.shared.stop() })
        audit = AuditDesk(folder: configuration.vaultFolder, onGrow: { [effects] in effects.logHasGrown() })
        // One derivation at a time, whatever for: each takes much memory.
        let turns = TurnQueue()
        let passphrase = KnownPassphrase(
            told: configuration.knownPassphrase, folder: configuration.vaultFolder, turns: turns
        ) { [helpers] in helpers.keep($0) }
        prompts = PromptDesk(helpers: helpers, witness: audit, passphrase: passphrase, configuration)
        witnesses = Witnesses([audit, prompts])
        links = LinkDesk(helpers: helpers)
        ring = KeyRing(shield: shield, defaultLifetime: configuration.lifetime)
        vault = VaultKeeper(
            folder: configuration.vaultFolder, turns: turns, passphrase: passphrase, prompts: prompts,
            keyrings: KeyringDesk(helpers: helpers, timeout: configuration.questionTimeout), audit: audit,
            strength: DerivationStrength(most: UInt64(configuration.keyMemory) << 20), shield: shield, effects: effects)
        identities = IdentityDirectory(
            vault: vault, links: links, inbox: inbox, effects: effects, defaultLifetime: configuration.lifetime)
        confirmations = ConfirmationDesk(prompts: prompts, vault: vault, witness: audit)
        plugins = PluginHosts(helpers: helpers, prompts: prompts, shield: shield)
        sshKeys = SSHKeyHandler(
            vault: vault, identities: identities, confirmations: confirmations, witnesses: witnesses,
            ring: ring, plugins: plugins, fingerprints: rules.fingerprints)
        keys = KeyDesk(
            ring: ring, shield: shield, prompts: prompts,
            providers: ProviderDesk(helpers: helpers, ring: ring, allowed: configuration.allowedProviders),
            securityKeys: SecurityKeyDesk(helpers: helpers, locale: configuration.locale), identityKeys: sshKeys,
            effects: effects,
            rules: rules)
        effects.connect(
            keys: keys, ring: ring, vault: vault, identities: identities, confirmations: confirmations,
            witnesses: witnesses)
        // It takes another core's place: whoever has ended that one is not to have the keyring open the vault again.
        if configuration.knownPassphrase != nil { vault.lock() }
    }

    /// Who answers clients.
    func dispatcher() -> Dispatcher {
        let admission = Admission(vault: vault, identities: identities, witnesses: witnesses)
        let handlers = RequestHandlers(
            status: StatusHandler(vault: vault, identities: identities, inbox: inbox),
            identities: IdentityHandler(vault: vault, identities: identities, witnesses: witnesses),
            activation: ActivationHandler(admission: admission, links: links, plugins: plugins),
            registrations: RegistrationHandler(
                admission: admission, links: links, plugins: plugins, witnesses: witnesses),
            pending: PendingHandler(
                vault: vault, identities: identities, inbox: inbox, confirmations: confirmations,
                witnesses: witnesses),
            signatures: SignatureHandler(
                identities: identities, confirmations: confirmations, fingerprints: keys.rules.fingerprints),
            certificates: CertificateHandler(
                vault: vault, identities: identities, confirmations: confirmations, plugins: plugins),
            sshKeys: sshKeys,
            policies: PolicyHandler(identities: identities, confirmations: confirmations),
            vault: VaultHandler(vault: vault, witnesses: witnesses))
        return Dispatcher(handlers, keys: keys, vault: vault, inbox: inbox, witnesses: witnesses)
    }
}
