import AgentProtocol
import EventLoop
import SecureMemory
import Wire

/// A request of Cl@ve's with its fields, and whoever answers it.
struct ClientCall: Sendable {
    /// The extension's name.
    let name: String
    let requirements: Requirements
    /// Has it answered; gives the whole reply frame.
    let answer: @CoreActor @Sendable (RequestHandlers, ClientConnection) async throws(AgentError) -> ClientReply
}

/// What the agent knows of one request of Cl@ve's: its name, what it requires, how it is read, and who answers it.
struct RequestRow: Sendable {
    /// The extension's name.
    let name: String
    let requirements: Requirements
    /// Reads the request's fields.
    let decode: @Sendable (inout WireReader) throws(WireError) -> ClientCall

    /// - Parameters:
    ///   - handler: who answers.
    ///   - answer: does what is asked, and gives the reply.
    fileprivate init<Request: AgentExtension, Handler>(
        _ request: Request.Type, _ requirements: Requirements = .usual,
        _ handler: @escaping @CoreActor @Sendable (RequestHandlers) -> Handler,
        _ answer:
            @escaping @Sendable (Handler) ->
            @CoreActor (Request, ClientConnection)
            async throws(AgentError) -> Request.Reply
    ) {
        self.init(request, requirements, handler, answer) { reply in
            .plain(AgentReply.frame(to: Request.self, reply))
        }
    }

    /// - Parameter frame: makes the reply's frame.
    private init<Request: AgentExtension, Handler>(
        _: Request.Type, _ requirements: Requirements,
        _ handler: @escaping @CoreActor @Sendable (RequestHandlers) -> Handler,
        _ answer:
            @escaping @Sendable (Handler) ->
            @CoreActor (Request, ClientConnection)
            async throws(AgentError) -> Request.Reply,
        frame: @escaping @Sendable (Request.Reply) -> ClientReply
    ) {
        name = Request.name
        self.requirements = requirements
        decode = { reader throws(WireError) in
            let request = try Request(decoding: &reader)
            return ClientCall(name: Request.name, requirements: requirements) { handlers, client throws(AgentError) in
                frame(try await answer(handler(handlers))(request, client))
            }
        }
    }

    /// Of a request whose reply carries a secret.
    fileprivate static func secret<Request: AgentExtension, Handler>(
        _ request: Request.Type, _ requirements: Requirements,
        _ handler: @escaping @CoreActor @Sendable (RequestHandlers) -> Handler,
        _ answer:
            @escaping @Sendable (Handler) ->
            @CoreActor (Request, ClientConnection)
            async throws(AgentError) -> Request.Reply
    ) -> RequestRow {
        RequestRow(request, requirements, handler, answer) { reply in
            .secret(SecretBox(AgentReply.secretFrame(to: Request.self, reply)))
        }
    }
}

/// All requests of Cl@ve's. To add one, define its message in `AgentProtocol`, and give it a row here and a function of a
/// handler.
///
/// What a row requires holds before its handler is called. What the person is to agree to can't be a requirement: only the
/// handler knows what to ask them.
enum RequestTable {
    /// In the order in which `query` lists them.
    static let rows: [RequestRow] = [
        RequestRow(ContextRequest.self, [], { $0.status }, StatusHandler.context),
        RequestRow(StatusRequest.self, [], { $0.status }, StatusHandler.status),
        RequestRow(UnlockVaultRequest.self, [.usual, .vault], { $0.status }, StatusHandler.unlocked),
        RequestRow(IdentitiesRequest.self, [.usual, .vaultIfAny], { $0.identities }, IdentityHandler.list),
        RequestRow(ActivateRequest.self, .usual, { $0.activation }, ActivationHandler.begin),
        RequestRow(ContinueRequest.self, .usual, { $0.activation }, ActivationHandler.proceed),
        RequestRow(RegisterRequest.self, .usual, { $0.registrations }, RegistrationHandler.begin),
        RequestRow(RegistrationContinueRequest.self, .usual, { $0.registrations }, RegistrationHandler.proceed),
        RequestRow(
            RegistrationsRequest.self, [.usual, .vaultIfAny], { $0.registrations }, RegistrationHandler.list),
        RequestRow(
            ForgetRegistrationRequest.self, [.usual, .vaultIfAny], { $0.registrations }, RegistrationHandler.forget),
        RequestRow(RenounceRequest.self, [.usual, .vault], { $0.identities }, IdentityHandler.renounce),
        RequestRow(RemoveRequest.self, [.usual, .vault], { $0.identities }, IdentityHandler.remove),
        .secret(PINRequest.self, [.usual, .vault], { $0.pending }, PendingHandler.pin),
        RequestRow(ReturnPINRequest.self, .usual, { $0.pending }, PendingHandler.takeBack),
        RequestRow(PendingListRequest.self, [.usual, .vault], { $0.pending }, PendingHandler.list),
        RequestRow(AnswerRequest.self, [.usual, .vault], { $0.pending }, PendingHandler.answer),
        // A link that is none has nobody asked for the vault's passphrase: the handler opens the vault.
        RequestRow(ClaimRequest.self, .usual, { $0.pending }, PendingHandler.claim),
        RequestRow(SignRequest.self, [.usual, .vault], { $0.signatures }, SignatureHandler.sign),
        RequestRow(CredentialsRequest.self, .usual, { $0.certificates }, CertificateHandler.credentials),
        RequestRow(CertificatesRequest.self, [.usual, .vault], { $0.certificates }, CertificateHandler.certificates),
        RequestRow(ContentRequest.self, .usual, { $0.certificates }, CertificateHandler.take),
        // The vault is opened where the signatures are made, after it is known that none are on their way.
        RequestRow(CertificateSignRequest.self, .usual, { $0.certificates }, CertificateHandler.sign),
        RequestRow(SigningContinueRequest.self, .usual, { $0.certificates }, CertificateHandler.proceed),
        RequestRow(SSHRequest.self, [.usual, .vault], { $0.sshKeys }, SSHKeyHandler.set),
        RequestRow(SetPolicyRequest.self, [.usual, .vault], { $0.policies }, PolicyHandler.set),
        RequestRow(RememberedRequest.self, .local, { $0.policies }, PolicyHandler.remembered),
        RequestRow(ForgetRequest.self, .local, { $0.policies }, PolicyHandler.forget),
        RequestRow(VaultRequest.self, .local, { $0.vault }, VaultHandler.describe),
        RequestRow(ChangePassphraseRequest.self, .usual, { $0.vault }, VaultHandler.changePassphrase),
        RequestRow(ChangeKeyRequest.self, .usual, { $0.vault }, VaultHandler.changeKey),
        RequestRow(SetKeyringRequest.self, .usual, { $0.vault }, VaultHandler.setKeyring),
        RequestRow(VaultPartRequest.self, .usual, { $0.vault }, VaultHandler.take),
        RequestRow(RehearseRequest.self, .usual, { $0.vault }, VaultHandler.rehearse),
        RequestRow(RestoreRequest.self, .usual, { $0.vault }, VaultHandler.restore),
    ]

    /// The row of a name; nil for a request that this agent does not know. Names are compared by their bytes.
    static func row(_ name: String) -> RequestRow? { byName[Array(name.utf8)] }

    private static let byName = Dictionary(uniqueKeysWithValues: rows.map { (Array($0.name.utf8), $0) })
}
