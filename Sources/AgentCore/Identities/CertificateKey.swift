import AgentProtocol
import EventLoop
import SSHKeys
import SignedForms
import Wire

/// The key of an identity's certificate at work, once the person has agreed.
@CoreActor
struct CertificateKey {
    let identity: Identity
    let credential: Credential
    let identities: IdentityDirectory
    let plugins: PluginHosts

    /// A signature for each digest, or for Ed25519 each message: all of them, or none.
    ///
    /// - Parameter onLine: hears what the plugin tells the person.
    /// - Throws: `.expired` if the identity is gone; else what the plugin's call comes to.
    func sign(
        _ digests: [[UInt8]], _ scheme: SignatureScheme, for client: ClientConnection,
        onLine: (@CoreActor (PluginLine) -> Void)? = nil
    ) async throws(AgentError) -> [[UInt8]] {
        try requireActive()
        let signatures =
            credential.secret == nil
            ? try await signOnToken(digests, scheme, client, onLine) : try await signHere(digests, scheme)
        // With a token this may have taken a while: the agent may be locked, or the identity gone.
        try requireActive()
        return signatures
    }

    private func requireActive() throws(AgentError) {
        guard !Task.isCancelled, identities.holds(identity) else {
            throw AgentError(.expired)
        }
    }

    private func signHere(_ digests: [[UInt8]], _ scheme: SignatureScheme) async throws(AgentError) -> [[UInt8]] {
        let credential = credential
        let made = await WorkerPool.shared.run { digests.map { credential.sign($0, scheme) } }
        let signatures = made.compactMap(\.self)
        guard signatures.count == digests.count else { throw AgentError(.system, "no signature came of it") }
        return signatures
    }

    private func signOnToken(
        _ digests: [[UInt8]], _ scheme: SignatureScheme, _ client: ClientConnection,
        _ onLine: (@CoreActor (PluginLine) -> Void)?
    ) async throws(AgentError) -> [[UInt8]] {
        let run = PluginRun(for: client, plugins, onLine: onLine)
        let data = Self.data(digests, scheme)
        guard data.count <= ProtocolLimits.tokenBatch else {
            throw AgentError(.invalid, "a token signs at most \(ProtocolLimits.signedContent) bytes at once")
        }
        let call = PluginSign(
            plugin: identity.record.method, reference: credential.info.reference, locale: client.locale,
            algorithm: scheme.rawValue, data: data)
        let all = try await run.run(.sign(call)).signatures
        let length = all.count / digests.count
        guard length > 0, all.count == length * digests.count else {
            throw AgentError(.pluginFailed, "it did not give a signature for each content")
        }
        let signatures = digests.indices.map { Array(all[$0 * length..<($0 + 1) * length]) }
        guard zip(signatures, digests).allSatisfy({ credential.publicKey.isValid($0, ofInput: $1, scheme) }) else {
            throw AgentError(.pluginFailed, "what the token gave is no signature by the certificate's key")
        }
        return signatures
    }

    /// What the plugin is given: digests are all as long, a message needs its length before it.
    private static func data(_ inputs: [[UInt8]], _ scheme: SignatureScheme) -> [UInt8] {
        guard scheme.signsMessage else { return Array(inputs.joined()) }
        var writer = ByteWriter()
        for input in inputs { writer.put(input) }
        return writer.bytes
    }
}
