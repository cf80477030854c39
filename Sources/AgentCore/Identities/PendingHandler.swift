import AgentProtocol
import EventLoop
import GatewayAPI
import SecureMemory
import Wire

/// What has come from gateways and waits for the person: PINs that are shown, requests that are answered.
@CoreActor
struct PendingHandler {
    /// Most seconds that a client may wait for something to come.
    private static let longestWait: UInt32 = 3600

    let vault: VaultKeeper
    let identities: IdentityDirectory
    let inbox: Inbox
    let confirmations: ConfirmationDesk
    let witnesses: Witnesses

    /// What waits; with a wait, as soon as there is something.
    func list(_ request: PendingListRequest, for _: ClientConnection) async throws(AgentError) -> PendingList {
        if request.wait > 0 { try identities.requireRegistered(request.identity) }
        return PendingList(
            await inbox.matching(waiting: min(request.wait, Self.longestWait)) {
                request.identity == nil || $0.identity == request.identity
            })
    }

    // MARK: Cl@ve PIN

    func pin(_ request: PINRequest, for client: ClientConnection) async throws(AgentError) -> PINReply {
        guard !identities.all.isEmpty else { throw AgentError(.noIdentity) }
        try identities.requireRegistered(request.identity)
        let found = await inbox.matching(waiting: min(request.wait, Self.longestWait)) {
            $0.kind == .pin && (request.identity == nil || $0.identity == request.identity)
                && Self.fits($0, request.filter)
        }
        guard let newest = found.last else { throw AgentError(.nothingCame) }
        let identity = try identities.one(newest.identity)
        try await confirmations.confirm(.pin, .showPIN(newest), of: identity, for: client)
        // Only now does the PIN leave the inbox: a withdrawn or denied question leaves it for the next.
        guard !Task.isCancelled, let pin = inbox.give(newest.identifier, to: ObjectIdentifier(client))
        else { throw AgentError(.expired) }
        identity.tellShown(newest.identifier)
        return PINReply(pin: pin, details: newest)
    }

    /// Has a PIN wait again that its client could not show. The log says that the client had it.
    func takeBack(_ request: ReturnPINRequest, for client: ClientConnection) throws(AgentError) -> Done {
        guard let returned = inbox.takeBack(request.request, from: ObjectIdentifier(client)) else {
            throw AgentError(.noRequest)
        }
        let identity = try identities.one(returned.identity)
        witnesses.after(.pinReturned(returned, identity: identity.words, by: client.caller))
        return Done()
    }

    private static func fits(_ request: PendingRequest, _ filter: String) -> Bool {
        filter.isEmpty || request.code.lowercased().utf8.elementsEqual(filter.lowercased().utf8)
            || [request.procedure, request.organisation].contains { holds($0, filter) }
    }

    /// Whether a text holds another, their case apart.
    private static func holds(_ text: String, _ part: String) -> Bool {
        let (text, part) = (Array(text.lowercased().utf8), Array(part.lowercased().utf8))
        return text.indices.contains { text[$0...].starts(with: part) }
    }

    // MARK: Cl@ve Mòbil

    func answer(_ request: AnswerRequest, for client: ClientConnection) async throws(AgentError) -> Done {
        guard let pending = inbox.request(request.request), pending.kind == .mobile else {
            throw AgentError(.noRequest)
        }
        let identity = try identities.one(pending.identity)
        if request.approve {
            try await confirmations.confirm(.approve, .approve(pending), of: identity, for: client)
        } else {
            // A no is the person's to say as well: a program that rejects whatever comes would shut them out.
            try await witnesses.before(Act(.lose(.request(pending)), identity: identity.words, for: client))
        }
        guard !Task.isCancelled, inbox.request(pending.identifier) != nil else { throw AgentError(.expired) }
        try await identity.answer(pending, approve: request.approve)
        inbox.remove(pending.identifier)
        return Done()
    }

    func claim(_ request: ClaimRequest, for client: ClientConnection) async throws(AgentError) -> PendingRequest {
        guard let link = MobileLink(request.link) else {
            throw AgentError(.invalid, "that is no link of a gateway's page")
        }
        try await vault.openExisting(for: client)
        let fitting = identities.all.filter {
            $0.record.trust.origin == link.gateway
                && (request.identity == nil || $0.record.identifier == request.identity)
        }
        guard let identity = fitting.first else {
            throw AgentError(.noIdentity, "none is active at \(link.gateway)")
        }
        guard fitting.count == 1 else { throw AgentError(.ambiguousIdentity) }
        // The gateway binds the visit to the person, and takes no other request for them while it waits.
        try await witnesses.before(Act(.claim(gateway: link.gateway), identity: identity.words, for: client))
        guard identities.holds(identity) else { throw AgentError(.expired) }
        return try await identity.claim(link)
    }
}
