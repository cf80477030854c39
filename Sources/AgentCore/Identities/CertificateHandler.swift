import AgentProtocol
import EventLoop
import SSHKeys
import SignedForms

/// Answers for identities' certificates: which there are, what a method sees on this machine, and signatures by them.
@CoreActor
final class CertificateHandler {
    /// Processes that look for credentials at once.
    private static let maximumListings = 2

    private let vault: VaultKeeper
    private let identities: IdentityDirectory
    private let confirmations: ConfirmationDesk
    private let plugins: PluginHosts
    /// Processes that look for credentials now.
    private var listings = 0

    init(
        vault: VaultKeeper, identities: IdentityDirectory, confirmations: ConfirmationDesk, plugins: PluginHosts
    ) {
        self.vault = vault
        self.identities = identities
        self.confirmations = confirmations
        self.plugins = plugins
    }

    /// What a method sees: installed certificates, cards.
    func credentials(_ request: CredentialsRequest, for client: ClientConnection) async throws(AgentError)
        -> CredentialList
    {
        guard listings < Self.maximumListings else { throw AgentError(.busy, "others are looking already") }
        listings += 1
        defer { listings -= 1 }
        let run = PluginRun(for: client, plugins)
        return CredentialList(try await run.run(.list(PluginList(plugin: request.method, locale: client.locale))).found)
    }

    /// An identity's certificates.
    func certificates(_ request: CertificatesRequest, for client: ClientConnection) async throws(AgentError)
        -> CertificatesReply
    {
        let (identity, credential) = try identities.one(request.identity, certifiedFor: request.use)
        return CertificatesReply(
            identity: identity.record.identifier, schemes: credential.schemes, certificates: credential.certificates,
            info: credential.info.starred(identity.record.maskedDocument))
    }

    /// Takes content in parts, for the signature that is asked for next.
    func take(_ request: ContentRequest, for client: ClientConnection) throws(AgentError) -> ContentReply {
        if request.isFirst { client.content = StreamedContent(request.algorithm) }
        guard let content = client.content, content.algorithm == request.algorithm else {
            throw AgentError(.invalid, "this part belongs to no content")
        }
        content.add(request.bytes)
        return ContentReply(count: content.count)
    }

    /// Begins to sign; gives the first event.
    func sign(_ request: CertificateSignRequest, for client: ClientConnection) async throws(AgentError)
        -> SigningEvent
    {
        guard client.signing == nil else { throw AgentError(.busy, "signatures are made on this connection") }
        let parts = client.content
        client.content = nil
        return try await client.begin(\.signing) { narration throws(AgentError) in
            try await self.signatures(request, parts, for: client) { narration.tell($0) }
        }
    }

    /// The next event of the signatures that the client has asked for.
    func proceed(_: SigningContinueRequest, for client: ClientConnection) async throws(AgentError) -> SigningEvent {
        try await client.proceed(\.signing, orSay: "no signature is made on this connection")
    }

    /// Signatures, on the person's word.
    private func signatures(
        _ request: CertificateSignRequest, _ parts: StreamedContent?, for client: ClientConnection,
        onLine: @escaping @CoreActor (PluginLine) -> Void
    ) async throws(AgentError) -> CertificateSignReply {
        try await vault.openExisting(for: client)
        let (identity, credential) = try identities.one(request.identity, certifiedFor: request.use)
        guard let usual = credential.schemes.first else { throw AgentError(.invalid, "this key signs in no way known") }
        let scheme = request.scheme ?? usual
        guard credential.schemes.contains(scheme) else {
            throw AgentError(.invalid, "the certificate's key does not sign by \(scheme.rawValue)")
        }
        let now = WallClock.now
        try credential.requireValid(at: now)
        let form = try CertificateForm(request, scheme, credential, parts: parts, now: now)
        try await confirmations.confirm(.sign, .sign(form.use), of: identity, for: client)
        let key = CertificateKey(identity: identity, credential: credential, identities: identities, plugins: plugins)
        let signatures = try await key.sign(form.digests, scheme, for: client, onLine: onLine)
        return CertificateSignReply(
            identity: identity.record.identifier, scheme: scheme, publicKey: credential.publicKey.blob,
            certificates: credential.certificates, signedAt: now, signatures: signatures)
    }
}

extension IdentityDirectory {
    /// The identity of that name, or the only one that has such a certificate.
    func one(_ identifier: Identifier?, certifiedFor use: CredentialUse) throws(AgentError) -> (Identity, Credential) {
        if identifier == nil {
            let certified = all.filter { $0.record.credential(for: use) != nil }
            guard certified.count < 2 else { throw AgentError(.ambiguousIdentity) }
            guard let only = certified.first, let credential = only.record.credential(for: use) else {
                throw AgentError(all.isEmpty ? .noIdentity : Self.missing(use))
            }
            return (only, credential)
        }
        let identity = try one(identifier)
        guard let credential = identity.record.credential(for: use) else { throw AgentError(Self.missing(use)) }
        return (identity, credential)
    }

    private static func missing(_ use: CredentialUse) -> AgentError.Code {
        use == .signature ? .noSignatureKey : .noCertificate
    }
}
