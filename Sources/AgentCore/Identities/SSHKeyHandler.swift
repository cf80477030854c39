import AgentProtocol
import EventLoop
import SSHKeys
import SignedForms
import Wire

extension KeyRing {
    /// Puts the key of an identity's certificate among those that ssh sees; false if it is there already, or there is none.
    func serve(_ identity: Identity) -> Bool {
        guard let key = identity.record.credential(for: .authentication)?.publicKey else { return false }
        return add(key, of: identity.record.identifier, comment: Array(identity.words.utf8))
    }
}

/// Serves the keys of identities' certificates to ssh: for logins and SSH signatures from this machine, and the person is
/// asked each time.
@CoreActor
struct SSHKeyHandler {
    let vault: VaultKeeper
    let identities: IdentityDirectory
    let confirmations: ConfirmationDesk
    let witnesses: Witnesses
    let ring: KeyRing
    let plugins: PluginHosts
    /// By which digest questions name keys.
    let fingerprints: FingerprintHash

    /// Has ssh see the key of an identity's certificate, or see it no longer.
    func set(_ request: SSHRequest, for client: ClientConnection) async throws(AgentError) -> SSHReply {
        let (identity, credential) = try identities.one(request.identity, certifiedFor: .authentication)
        let key = credential.publicKey
        if request.isServed {
            guard credential.schemes.contains(where: \.isSSH) else {
                throw AgentError(.invalid, "ssh signs in no way that this certificate's key does")
            }
            try requireFree(key, identity)
            try await witnesses.before(
                Act(
                    .serveSSH(fingerprint: key.fingerprint(fingerprints)), identity: identity.words, for: client))
        } else if identity.record.servesSSH {
            try await witnesses.before(
                Act(
                    .lose(.sshKey(fingerprint: key.fingerprint(fingerprints))), identity: identity.words,
                    for: client))
        }
        try await identities.change(identity) { $0.servesSSH = request.isServed }
        witnesses.after(
            .identity(request.isServed ? .shownToSSH : .hiddenFromSSH, identity, by: client.caller))
        if request.isServed {
            _ = ring.serve(identity)
        } else {
            ring.removeAll(of: identity.record.identifier)
        }
        return SSHReply(publicKey: key.blob, comment: identity.words)
    }

    /// Has ssh see an identity's key no longer, at a word of ssh's own tools: the person is asked as by ours.
    func hide(_ identifier: Identifier, for client: ClientConnection) async -> Bool {
        do throws(AgentError) {
            // An identity may be active while the vault is locked: another one's time has come.
            try await vault.openExisting(for: client)
            _ = try await set(SSHRequest(identity: identifier, isServed: false), for: client)
            return true
        } catch {
            DebugLog.write("a certificate's key stays among those that ssh sees: \(error.code) \(error.detail)")
            return false
        }
    }

    /// A key that a tool has added, or a token brought, may be one that nobody is asked about.
    private func requireFree(_ key: PublicKey, _ identity: Identity) throws(AgentError) {
        guard let entry = ring.entry(key.blob) else { return }
        if case .identity(identity.record.identifier) = entry.secret { return }
        throw AgentError(.invalid, "the agent holds this key by another way: ssh-add -d takes it out")
    }

    /// The signature blob for a sign request (RFC 9987 section 5.6); nil if it is refused, which the debug log explains.
    func sign(
        _ identifier: Identifier, _ entry: KeyRing.Entry, _ data: [UInt8], flags: UInt32, for client: ClientConnection
    ) async -> [UInt8]? {
        do throws(AgentError) { return try await signature(identifier, entry, data, flags, client) } catch {
            DebugLog.write("ssh has no signature by a certificate's key: \(error.code) \(error.detail)")
            return nil
        }
    }

    private func signature(
        _ identifier: Identifier, _ entry: KeyRing.Entry, _ data: [UInt8], _ flags: UInt32, _ client: ClientConnection
    ) async throws(AgentError) -> [UInt8] {
        guard ring.isVisible(entry, to: client.trail, now: WallClock.now) else {
            throw AgentError(.invalid, "a connection from another host may not use certificates")
        }
        let identity = try identities.one(identifier)
        guard let credential = identity.record.credential(for: .authentication), credential.publicKey == entry.key
        else { throw AgentError(.noCertificate) }
        try credential.requireValid(at: WallClock.now)
        let algorithm = SignatureAlgorithm(entry.key.algorithm, flags: flags)
        guard let scheme = algorithm.scheme, credential.schemes.contains(scheme),
            let digest = Signer.digest(data, scheme.digest),
            let shown = MessageDigest(scheme.digest, digest)
        else { throw AgentError(.invalid, "it does not sign by \(algorithm.rawValue)") }
        let use = try use(of: data, shown, credential, client)
        try await confirmations.confirm(.sign, .sign(use), of: identity, for: client)
        let key = CertificateKey(identity: identity, credential: credential, identities: identities, plugins: plugins)
        let made = try await key.sign([scheme.input(data, shown)], scheme, for: client)[0]
        guard ring.isStillHeld(entry), let blob = algorithm.blob(ofTokenSignature: made, by: entry.key) else {
            throw AgentError(.expired)
        }
        return blob
    }

    /// What ssh asks for: a login, or a message's signature; nothing else.
    private func use(
        of data: [UInt8], _ digest: MessageDigest, _ credential: Credential, _ client: ClientConnection
    ) throws(AgentError) -> SignatureUse {
        let certificate = SignatureUse.words(for: credential)
        let isOnToken = credential.secret == nil
        switch SigningPurpose(of: data) {
        case .login(let login) where login.key == credential.publicKey.blob:
            // Where an ssh does not tell its session, it could be any host's: an agent that is forwarded looks like that.
            guard !client.trail.bindings.isEmpty else {
                throw AgentError(.invalid, "the connection is bound to no session (session-bind@openssh.com)")
            }
            let host = try client.trail.host(of: login)
            return SignatureUse(
                kind: .login, name: DisplayText.line(Array(login.user.utf8)),
                host: host?.fingerprint(fingerprints) ?? "",
                digest: digest.text, size: UInt64(data.count), certificate: certificate, isOnToken: isOnToken)
        case .message(let namespace):
            let message = (try? SSHSignature(signedBytes: data))?.digest ?? digest
            return SignatureUse(
                kind: .message, name: DisplayText.line(Array(namespace.utf8)), digest: message.text, size: nil,
                certificate: certificate, isOnToken: isOnToken)
        default: throw AgentError(.invalid, "these bytes are neither a login with this key nor an SSH signature")
        }
    }
}

extension SessionTrail {
    /// The host of a login, as far as it is known.
    ///
    /// - Throws: `.invalid` if the login is not of the session to which the connection is bound.
    func host(of login: SigningPurpose.Login) throws(AgentError) -> PublicKey? {
        if let last = bindings.last, last.session != login.session || last.isForwarding {
            throw AgentError(.invalid, "the login is not of the session that the connection is bound to")
        }
        return login.hostKey.flatMap { try? PublicKey(blob: $0) } ?? bindings.last?.hostKey
    }
}

extension SignatureScheme {
    /// Whether ssh has a signature algorithm that does the same.
    fileprivate var isSSH: Bool {
        switch self {
        case .rs256, .rs512, .es256, .es384, .es512, .edDSA: true
        case .rs384, .ps256, .ps384, .ps512: false
        }
    }
}
