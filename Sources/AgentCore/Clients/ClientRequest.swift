import AgentProtocol
import SSHKeys
import SecureMemory
import Wire

/// A client's request, decoded: everything that the agent's socket understands.
enum ClientRequest: Sendable {
    /// RFC 9987: which keys are there?
    case listKeys
    /// RFC 9987: what is to be done with keys.
    case keys(KeyRequest)
    /// RFC 9987: which extensions are there?
    case query
    case context(ContextRequest)
    case status(StatusRequest)
    case unlockVault(UnlockVaultRequest)
    case identities(IdentitiesRequest)
    case activate(ActivateRequest)
    case proceed(ContinueRequest)
    case register(RegisterRequest)
    case proceedRegistering
    case registrations
    case forgetRegistration(ForgetRegistrationRequest)
    case renounce(RenounceRequest)
    case remove(RemoveRequest)
    case pin(PINRequest)
    case returnPIN(ReturnPINRequest)
    case pending(PendingListRequest)
    case answer(AnswerRequest)
    case claim(ClaimRequest)
    case sign(SignRequest)
    case credentials(CredentialsRequest)
    case certificates(CertificatesRequest)
    case content(ContentRequest)
    case signByCertificate(CertificateSignRequest)
    case proceedSigning(SigningContinueRequest)
    case ssh(SSHRequest)
    case setPolicy(SetPolicyRequest)
    case remembered
    case forget(ForgetRequest)
    case vault
    case changePassphrase
    case changeKey
    case setKeyring(SetKeyringRequest)
    case vaultPart(VaultPartRequest)
    case rehearse
    case restore
    /// A message or extension that this agent does not know.
    case unknown

    /// The extensions that `query` lists.
    static let extensions = [
        "query", SessionBinding.name, ContextRequest.name, StatusRequest.name, UnlockVaultRequest.name,
        IdentitiesRequest.name, ActivateRequest.name, ContinueRequest.name, RegisterRequest.name,
        RegistrationContinueRequest.name, RegistrationsRequest.name, ForgetRegistrationRequest.name,
        RenounceRequest.name, RemoveRequest.name, PINRequest.name, ReturnPINRequest.name,
        PendingListRequest.name, AnswerRequest.name, ClaimRequest.name, SignRequest.name, CredentialsRequest.name,
        CertificatesRequest.name,
        ContentRequest.name, CertificateSignRequest.name, SigningContinueRequest.name, SSHRequest.name,
        SetPolicyRequest.name,
        RememberedRequest.name, ForgetRequest.name, VaultRequest.name, ChangePassphraseRequest.name,
        ChangeKeyRequest.name, SetKeyringRequest.name, VaultPartRequest.name, RehearseRequest.name,
        RestoreRequest.name,
    ]

    /// Reads a payload: type and body.
    ///
    /// - Throws: ``WireError`` for a body that breaks its message's form; the connection is then closed.
    init(payload: RawSpan) throws(WireError) {
        self = try WireReader.read(payload) { (reader) throws(WireError) in
            switch try reader.byte() {
            case AgentMessageType.requestIdentities:
                _ = try reader.rest(limit: Frame.maximumLength)
                return .listKeys
            case AgentMessageType.extension:
                return try Self.extension(&reader)
            case let type:
                return try Self.aboutKeys(type, &reader)
            }
        }
    }

    /// What breaks its form here is answered with a failure, as other agents do; the frame tells where the next begins.
    private static func aboutKeys(_ type: UInt8, _ reader: inout WireReader) throws(WireError) -> ClientRequest {
        var request: KeyRequest?
        do throws(WireError) { request = try KeyRequest.decode(type: type, &reader) } catch { request = nil }
        _ = try reader.rest(limit: Frame.maximumLength)
        return request.map { .keys($0) } ?? .unknown
    }

    private static func `extension`(_ reader: inout WireReader) throws(WireError) -> ClientRequest {
        // A name that can't be read is none that this agent knows, and is refused as such a one (RFC 9987).
        guard let name = try? reader.text(limit: ProtocolLimits.extensionName) else {
            _ = try reader.rest(limit: Frame.maximumLength)
            return .unknown
        }
        switch name {
        case "query": return .query
        case SessionBinding.name:
            do throws(WireError) { return .keys(.bind(try SessionBinding(decoding: &reader))) } catch {
                _ = try reader.rest(limit: Frame.maximumLength)
                return .keys(.brokenBind)
            }
        case ContextRequest.name: return .context(try ContextRequest(decoding: &reader))
        case StatusRequest.name: return .status(try StatusRequest(decoding: &reader))
        case UnlockVaultRequest.name: return .unlockVault(try UnlockVaultRequest(decoding: &reader))
        case IdentitiesRequest.name: return .identities(try IdentitiesRequest(decoding: &reader))
        case ActivateRequest.name: return .activate(try ActivateRequest(decoding: &reader))
        case ContinueRequest.name: return .proceed(try ContinueRequest(decoding: &reader))
        case RegisterRequest.name: return .register(try RegisterRequest(decoding: &reader))
        case RegistrationContinueRequest.name: return .proceedRegistering
        case RegistrationsRequest.name: return .registrations
        case ForgetRegistrationRequest.name:
            return .forgetRegistration(try ForgetRegistrationRequest(decoding: &reader))
        case RenounceRequest.name: return .renounce(try RenounceRequest(decoding: &reader))
        case RemoveRequest.name: return .remove(try RemoveRequest(decoding: &reader))
        case PINRequest.name: return .pin(try PINRequest(decoding: &reader))
        case ReturnPINRequest.name: return .returnPIN(try ReturnPINRequest(decoding: &reader))
        case PendingListRequest.name: return .pending(try PendingListRequest(decoding: &reader))
        case AnswerRequest.name: return .answer(try AnswerRequest(decoding: &reader))
        case ClaimRequest.name: return .claim(try ClaimRequest(decoding: &reader))
        case SignRequest.name: return .sign(try SignRequest(decoding: &reader))
        case CredentialsRequest.name: return .credentials(try CredentialsRequest(decoding: &reader))
        case CertificatesRequest.name: return .certificates(try CertificatesRequest(decoding: &reader))
        case ContentRequest.name: return .content(try ContentRequest(decoding: &reader))
        case CertificateSignRequest.name: return .signByCertificate(try CertificateSignRequest(decoding: &reader))
        case SigningContinueRequest.name: return .proceedSigning(try SigningContinueRequest(decoding: &reader))
        case SSHRequest.name: return .ssh(try SSHRequest(decoding: &reader))
        case SetPolicyRequest.name: return .setPolicy(try SetPolicyRequest(decoding: &reader))
        case RememberedRequest.name: return .remembered
        case ForgetRequest.name: return .forget(try ForgetRequest(decoding: &reader))
        case VaultRequest.name: return .vault
        case ChangePassphraseRequest.name: return .changePassphrase
        case ChangeKeyRequest.name: return .changeKey
        case SetKeyringRequest.name: return .setKeyring(try SetKeyringRequest(decoding: &reader))
        case VaultPartRequest.name: return .vaultPart(try VaultPartRequest(decoding: &reader))
        case RehearseRequest.name: return .rehearse
        case RestoreRequest.name: return .restore
        default:
            _ = try reader.rest(limit: Frame.maximumLength)
            return .unknown
        }
    }

    /// The extension that a payload asks for, whatever follows; nil if even that can't be read.
    static func name(in payload: RawSpan) -> String? {
        try? WireReader.read(payload) { (reader) throws(WireError) in
            guard try reader.byte() == AgentMessageType.extension else { throw .malformed }
            let name = try reader.text(limit: ProtocolLimits.extensionName)
            _ = try reader.rest(limit: Frame.maximumLength)
            return name
        }
    }

    /// The extension's name, to answer under; empty for messages of the RFC.
    var name: String {
        switch self {
        case .listKeys, .keys, .unknown: ""
        case .query: "query"
        case .context: ContextRequest.name
        case .status: StatusRequest.name
        case .unlockVault: UnlockVaultRequest.name
        case .identities: IdentitiesRequest.name
        case .activate: ActivateRequest.name
        case .proceed: ContinueRequest.name
        case .register: RegisterRequest.name
        case .proceedRegistering: RegistrationContinueRequest.name
        case .registrations: RegistrationsRequest.name
        case .forgetRegistration: ForgetRegistrationRequest.name
        case .renounce: RenounceRequest.name
        case .remove: RemoveRequest.name
        case .pin: PINRequest.name
        case .returnPIN: ReturnPINRequest.name
        case .pending: PendingListRequest.name
        case .answer: AnswerRequest.name
        case .claim: ClaimRequest.name
        case .sign: SignRequest.name
        case .credentials: CredentialsRequest.name
        case .certificates: CertificatesRequest.name
        case .content: ContentRequest.name
        case .signByCertificate: CertificateSignRequest.name
        case .proceedSigning: SigningContinueRequest.name
        case .ssh: SSHRequest.name
        case .setPolicy: SetPolicyRequest.name
        case .remembered: RememberedRequest.name
        case .forget: ForgetRequest.name
        case .vault: VaultRequest.name
        case .changePassphrase: ChangePassphraseRequest.name
        case .changeKey: ChangeKeyRequest.name
        case .setKeyring: SetKeyringRequest.name
        case .vaultPart: VaultPartRequest.name
        case .rehearse: RehearseRequest.name
        case .restore: RestoreRequest.name
        }
    }
}

/// A whole reply frame.
enum ClientReply: Sendable {
    case plain([UInt8])
    case secret(SecretBox)

    /// Whether it is the plain word that something was done.
    var isSuccess: Bool {
        if case .plain([0, 0, 0, 1, AgentMessageType.success]) = self { return true }
        return false
    }

    /// A reply that consists of its type only.
    static func bare(_ type: UInt8) -> ClientReply {
        .plain([0, 0, 0, 1, type])
    }
}
