import AgentProtocol
import EventLoop
import SSHKeys
import SignedForms

/// Answers for identities' certificates: which there are, what a method sees on this machine, and signatures by them.
@CoreActor
struct CertificateDesk {
    /// Processes that look for credentials at once.
    private static let maximumListings = 2

    let core: Core

    /// What a method sees: installed certificates, cards.
    func credentials(_ request: CredentialsRequest, for client: ClientConnection) async throws(AgentError)
        -> CredentialList
    {
        guard core.listings < Self.maximumListings else { throw AgentError(.busy, "others are looking already") }
        core.listings += 1
        defer { core.listings -= 1 }
        let run = PluginRun(for: client, core: core)
        return CredentialList(try await run.run(.list(PluginList(plugin: request.method, locale: client.locale))).found)
    }

    /// An identity's certificates.
    func certificates(_ request: CertificatesRequest, for client: ClientConnection) async throws(AgentError)
        -> CertificatesReply
    {
        let (identity, credential) = try await one(request.identity, request.use, for: client)
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
        let narration = Narration<CertificateSignReply>()
        client.signing = narration
        narration.begin { () throws(AgentError) in
            try await signatures(request, parts, for: client) { narration.tell($0) }
        }
        return try await proceed(client)
    }

    /// The next event of the signatures that the client has asked for.
    func proceed(_ client: ClientConnection) async throws(AgentError) -> SigningEvent {
        guard let narration = client.signing else {
            throw AgentError(.invalid, "no signature is made on this connection")
        }
        do throws(AgentError) {
            let event = try await narration.next()
            if case .done = event { client.signing = nil }
            return event
        } catch {
            client.signing = nil
            throw error
        }
    }

    /// Signatures, on the person's word.
    private func signatures(
        _ request: CertificateSignRequest, _ parts: StreamedContent?, for client: ClientConnection,
        onLine: @escaping @CoreActor (PluginLine) -> Void
    ) async throws(AgentError) -> CertificateSignReply {
        let (identity, credential) = try await one(request.identity, request.use, for: client)
        guard let usual = credential.schemes.first else { throw AgentError(.invalid, "this key signs in no way known") }
        let scheme = request.scheme ?? usual
        guard credential.schemes.contains(scheme) else {
            throw AgentError(.invalid, "the certificate's key does not sign by \(scheme.rawValue)")
        }
        let now = WallClock.now
        try credential.requireValid(at: now)
        let form = try CertificateForm(request, scheme, credential, parts: parts, now: now)
        try await core.confirmations.confirm(.sign, .sign(form.use), of: identity, for: client)
        let key = CertificateKey(identity: identity, credential: credential, core: core)
        let signatures = try await key.sign(form.digests, scheme, for: client, onLine: onLine)
        return CertificateSignReply(
            identity: identity.record.identifier, scheme: scheme, publicKey: credential.publicKey.blob,
            certificates: credential.certificates, signedAt: now, signatures: signatures)
    }

    /// The identity of that name, or the only one that has such a certificate.
    func one(
        _ identifier: Identifier?, _ use: CredentialUse, for client: ClientConnection
    ) async throws(AgentError) -> (Identity, Credential) {
        try await core.vault.openExisting(for: client)
        if identifier == nil {
            let certified = core.identities.all.filter { $0.record.credential(for: use) != nil }
            guard certified.count < 2 else { throw AgentError(.ambiguousIdentity) }
            guard let only = certified.first, let credential = only.record.credential(for: use) else {
                throw AgentError(core.identities.all.isEmpty ? .noIdentity : Self.missing(use))
            }
            return (only, credential)
        }
        let identity = try core.identities.one(identifier)
        guard let credential = identity.record.credential(for: use) else { throw AgentError(Self.missing(use)) }
        return (identity, credential)
    }

    private static func missing(_ use: CredentialUse) -> AgentError.Code {
        use == .signature ? .noSignatureKey : .noCertificate
    }
}
