import AgentProtocol
import EventLoop
import GatewayAPI
import SecureMemory

/// An active identity: its keys are in memory, its gateway is listened to.
@CoreActor
final class Identity {
    /// What the vault keeps of it.
    var record: IdentityRecord
    /// When the keys leave memory; 0 for never.
    let expiresAt: UInt64
    /// Of the stream to its gateway; idle for good where there is none.
    private(set) var link: LinkState

    private var client: GatewayClient
    private let inbox: Inbox
    private let links: LinkDesk
    /// Those among which it is active.
    private weak var directory: IdentityDirectory?
    private var stream: UInt32?
    /// The highest event number heard; a new stream resumes behind it.
    private var lastSequence: UInt64 = 0

    init(_ record: IdentityRecord, expiresAt: UInt64, links: LinkDesk, inbox: Inbox, in directory: IdentityDirectory) {
        self.record = record
        self.directory = directory
        self.expiresAt = expiresAt
        self.links = links
        self.inbox = inbox
        client = GatewayClient(record, links)
        link = record.hasEnded ? .refused : record.isLocal ? .idle : .connecting
    }

    /// Names the identity in a question: the name, the starred document, and for whom the person acts by it.
    var words: String { record.words }

    /// What tools may know.
    var info: IdentityInfo {
        IdentityInfo(
            identifier: record.identifier, name: record.grant.name, document: record.maskedDocument,
            level: record.grant.level, method: record.method, gateway: record.trust.origin,
            gatewayName: record.gatewayName, activatedAt: record.grant.activatedAt, expiresAt: expiresAt, link: link,
            publicKey: record.keys.signing.publicKey, signingKey: record.keys.challenges.publicKey,
            policies: record.policies, credential: starred(.authentication), signatureCredential: starred(.signature),
            servesSSH: record.servesSSH)
    }

    private func starred(_ use: CredentialUse) -> CredentialInfo? {
        record.credential(for: use)?.info.starred(record.maskedDocument)
    }

    /// Begins to listen.
    func open() {
        guard stream == nil, !record.hasEnded, !record.isLocal else { return }
        stream = links.openStream(for: self)
    }

    /// Stops listening, and forgets what has come.
    func close() {
        if let stream { links.closeStream(stream) }
        stream = nil
        inbox.removeAll(of: record.identifier)
    }

    /// Forgets the device's keys: the gateway has said that it acts no more.
    func end() {
        refuse()
        close()
        record.end()
        client = GatewayClient(record, links)
    }

    // MARK: Words with the gateway

    /// Tells the gateway that a PIN was shown, so that it is pushed no more; if that fails, the PIN's expiry ends it too.
    func tellShown(_ request: Identifier) {
        Task { @CoreActor in
            do throws(AgentError) {
                _ = try await client.post(PINShown.path, PINShown(identifier: request.bytes).bytes)
            } catch {
                DebugLog.write("the gateway was not told that a PIN was shown: \(error)")
            }
        }
    }

    /// Sends the person's word on a Cl@ve Mòbil request.
    func answer(_ request: PendingRequest, approve: Bool) async throws(AgentError) {
        let answer = MobileAnswer(identifier: request.identifier.bytes, approve: approve, code: request.code)
        _ = try await client.post(MobileAnswer.path, answer.bytes)
    }

    /// Takes the request of a page's link.
    func claim(_ link: MobileLink) async throws(AgentError) -> PendingRequest {
        let body = try await client.post(MobileClaim.path, MobileClaim(token: link.token).bytes)
        guard let details = body.withBytes({ try? RequestDetails.decode($0) }) else {
            throw AgentError(.gatewayProtocol, "the claimed request is not understood")
        }
        let request = pending(details, .mobile, .link)
        inbox.add(request, pin: nil)
        return request
    }

    /// Tells the gateway that this device acts no more.
    func deactivate() async throws(AgentError) {
        _ = try await client.post(Deactivation.path, Accepted().bytes)
    }

    /// Tells the gateway that the person leaves it.
    func renounce() async throws(AgentError) {
        _ = try await client.post(Renunciation.path, Accepted().bytes)
    }

    private func pending(
        _ details: RequestDetails, _ kind: PendingRequest.Kind, _ road: PendingRequest.Road
    ) -> PendingRequest {
        PendingRequest(
            identifier: Identifier(details.identifier)!, identity: record.identifier, kind: kind, road: road,
            organisation: details.organisation, procedure: details.procedure, code: details.code,
            origin: details.origin, createdAt: details.createdAt, expiresAt: details.expiresAt)
    }
}

// MARK: The stream

extension Identity: LinkDesk.Listener {
    func streamRequest(number: UInt32) -> LinkRequest? {
        guard stream == number, link != .refused else { return nil }
        return client.streamRequest(number: number, after: lastSequence)
    }

    func streamChanged(_ state: LinkStreamState) {
        if state.isOpen {
            link = .connected
            if record.isOfClavePIN { upgrade() }
        } else if state.outcome == .answered, state.status == 403 || state.status == 410 {
            refuse()
        } else {
            link = .connecting
        }
        DebugLog.write("stream \(state.number): \(state.isOpen ? "open" : "cut") \(state.outcome) \(state.detail)")
    }

    func streamGave(_ event: LinkEvent) {
        guard event.sequence > lastSequence else { return }
        let keys = record.keys
        guard
            let push = Push.open(
                event.data, signingKey: keys.signing.publicKey, sealingKey: keys.sealing, gateway: record.gatewayKey),
            push.sequence == event.sequence
        else {
            // Not from our gateway, or not for us: the number is not believed either.
            return DebugLog.write("an event was not what the gateway signs; dropped")
        }
        lastSequence = push.sequence
        switch push.event {
        case .pin(let pin, let details): inbox.add(pending(details, .pin, .document), pin: pin)
        case .mobile(let details): inbox.add(pending(details, .mobile, .document), pin: nil)
        case .withdrawn(let identifier): if let name = Identifier(identifier) { inbox.remove(name) }
        case .deactivated: directory?.hasEnded(self)
        }
    }

    /// Asks the gateway for what an identity of Cl@ve PIN lacks; if that fails, at the next connection.
    private func upgrade() {
        Task { @CoreActor in
            do throws(AgentError) {
                let body = try await client.post(Upgrade.path, Accepted().bytes)
                guard let grant = body.withBytes({ try? Grant.decode($0) }), grant.level > 0,
                    grant.document == record.grant.document
                else { throw AgentError(.gatewayProtocol, "the grant is not understood, or another person's") }
                directory?.wasGranted(grant, to: self)
            } catch {
                DebugLog.write("an identity of Cl@ve PIN was not upgraded: \(error)")
            }
        }
    }

    private func refuse() {
        link = .refused
        inbox.removeAll(of: record.identifier)
    }
}

extension GatewayClient {
    /// Of an identity's device.
    fileprivate convenience init(_ record: IdentityRecord, _ links: LinkDesk) {
        self.init(trust: record.trust, gatewayKey: record.gatewayKey, keys: record.keys, links: links)
    }
}
