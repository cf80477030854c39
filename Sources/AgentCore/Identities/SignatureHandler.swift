import AgentProtocol
import EventLoop
import SSHKeys
import SecureMemory
import SignedForms

/// Signs challenges with identities' signing keys, on the person's word.
@CoreActor
struct SignatureHandler {
    let identities: IdentityDirectory
    let confirmations: ConfirmationDesk
    /// By which digest questions name hosts' keys.
    let fingerprints: FingerprintHash

    func sign(_ request: SignRequest, for client: ClientConnection) async throws(AgentError) -> SignReply {
        let identity = try identities.one(request.identity)
        guard identity.link != .refused else {
            throw AgentError(.gatewayRefused, "this device acts for the person no more")
        }
        let keys = identity.record.keys
        let form = try FormToSign(
            request, by: keys.challenges.publicKey, sessions: client.trail, naming: fingerprints)
        try await confirmations.confirm(.sign, .sign(form.use), of: identity, for: client)
        // The person may have taken a while: the agent may be locked, or the identity gone.
        guard !Task.isCancelled, identity.link != .refused, identities.holds(identity) else {
            throw AgentError(.expired)
        }
        return SignReply(
            identity: identity.record.identifier, publicKey: keys.challenges.publicKey, signed: form.bytes,
            signature: keys.challenges.sign(unsafe form.bytes.span.bytes))
    }
}
