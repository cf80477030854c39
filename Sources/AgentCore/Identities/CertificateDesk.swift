import AgentProtocol
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
        try requireLocal(client)
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
        try requireLocal(client)
        let (identity, credential) = try await one(request.identity, for: client)
        return CertificatesReply(
            identity: identity.record.identifier, schemes: credential.schemes, certificates: credential.certificates,
            info: credential.info)
    }

    /// Takes content in parts, for the signature that is asked for next.
    func take(_ request: ContentRequest, for client: ClientConnection) throws(AgentError) -> ContentReply {
        try requireLocal(client)
        if request.isFirst { client.content = StreamedContent(request.algorithm) }
        guard let content = client.content, content.algorithm == request.algorithm else {
            throw AgentError(.invalid, "this part belongs to no content")
        }
        content.add(request.bytes)
        return ContentReply(count: content.count)
    }

    /// A signature, on the person's word.
    func sign(_ request: CertificateSignRequest, for client: ClientConnection) async throws(AgentError)
        -> CertificateSignReply
    {
        try requireLocal(client)
        let (identity, credential) = try await one(request.identity, for: client)
        guard let usual = credential.schemes.first else { throw AgentError(.invalid, "this key signs in no way known") }
        let scheme = request.scheme ?? usual
        guard credential.schemes.contains(scheme) else {
            throw AgentError(.invalid, "the certificate's key does not sign by \(scheme.rawValue)")
        }
        let now = WallClock.now
        guard (credential.info.validAfter...credential.info.validBefore).contains(now) else {
            throw AgentError(.unusableCredential, "it is out of date, or not valid yet")
        }
        let parts = client.content
        client.content = nil
        let form = try CertificateForm(request, scheme, credential, parts: parts, now: now)
        try await core.confirmations.confirm(.sign, .sign(form.use), of: identity, for: client)
        try requireActive(identity)
        let signature = try await signature(form.digest, scheme, credential, identity.record.method, client)
        // With a token this may have taken a while: the agent may be locked, or the identity gone.
        try requireActive(identity)
        return CertificateSignReply(
            identity: identity.record.identifier, scheme: scheme, publicKey: credential.publicKey.blob,
            certificates: credential.certificates, signedAt: now, signature: signature)
    }

    /// A certificate tells who somebody is, and its signature may bind: another host gets neither.
    private func requireLocal(_ client: ClientConnection) throws(AgentError) {
        guard !client.trail.isForwarded else {
            throw AgentError(.invalid, "a forwarded connection may not use certificates")
        }
    }

    private func one(
        _ identifier: Identifier?, for client: ClientConnection
    ) async throws(AgentError) -> (Identity, Credential) {
        try await core.vault.openExisting(for: client)
        if identifier == nil {
            let certified = core.identities.all.filter { $0.record.credential != nil }
            guard certified.count < 2 else { throw AgentError(.ambiguousIdentity) }
            guard let only = certified.first, let credential = only.record.credential else {
                throw AgentError(core.identities.all.isEmpty ? .noIdentity : .noCertificate)
            }
            return (only, credential)
        }
        let identity = try core.identities.one(identifier)
        guard let credential = identity.record.credential else { throw AgentError(.noCertificate) }
        return (identity, credential)
    }

    private func requireActive(_ identity: Identity) throws(AgentError) {
        guard !Task.isCancelled, core.identities.all.contains(where: { $0 === identity }) else {
            throw AgentError(.expired)
        }
    }

    private func signature(
        _ digest: [UInt8], _ scheme: SignatureScheme, _ credential: Credential, _ method: String,
        _ client: ClientConnection
    ) async throws(AgentError) -> [UInt8] {
        guard credential.secret == nil else {
            let made = await WorkerPool.shared.run { credential.sign(digest, scheme) }
            guard let made else { throw AgentError(.system, "no signature came of it") }
            return made
        }
        let run = PluginRun(for: client, core: core)
        let call = PluginSign(
            plugin: method, reference: credential.info.reference, locale: client.locale, algorithm: scheme.rawValue,
            digest: digest)
        let signature = try await run.run(.sign(call)).signature
        guard credential.publicKey.isValid(signature, ofDigest: digest, scheme) else {
            throw AgentError(.pluginFailed, "what the token gave is no signature by the certificate's key")
        }
        return signature
    }
}
