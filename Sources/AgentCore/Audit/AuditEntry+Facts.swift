import AgentProtocol
import Audit
import SSHKeys
import Wire

/// What is recorded of questions and operations. A member's first word says who told it: `kernel`, `gateway`, `plugin`,
/// or `claimed` for what only the client says. No PIN, code, passphrase or typed value is ever put here.
extension AuditEntry {
    /// A question, and how it ended.
    init(
        _ subject: QuestionSubject, identity: String, caller: Caller, answer: String, milliseconds: UInt64 = 0
    ) {
        self.init("question")
        put(subject)
        if !identity.isEmpty { put("identity", identity) }
        put("answer", answer)
        put("milliseconds", milliseconds)
        put(caller)
    }

    /// A change of the agent's keys or of its lock; nil for what is not recorded.
    init?(_ request: KeyRequest, isDone: Bool, caller: Caller) {
        switch request {
        case .add(let key, _, let comment, let constraints):
            self.init("key_added")
            put("fingerprint", key.fingerprint)
            put("claimed_comment", DisplayText.line(comment))
            put("confirm", constraints.needsConfirmation)
        case .addProvider(let path, _, let constraints):
            self.init("provider_added")
            put("claimed_path", path)
            put("confirm", constraints.needsConfirmation)
        case .removeProvider(let path):
            self.init("provider_removed")
            put("claimed_path", path)
        case .remove(let blob):
            self.init("key_removed")
            if let key = try? PublicKey(blob: blob) { put("fingerprint", key.fingerprint) }
        case .removeAll: self.init("keys_removed")
        case .lock: self.init("locked")
        case .unlock: self.init("unlocked")
        default: return nil
        }
        put("done", isDone)
        put(caller)
    }

    /// What a connection from another host has asked for in vain.
    init(refusedTo request: ClientRequest, _ caller: Caller) {
        self.init("refused_to_host")
        put("request", request.word)
        put(caller)
    }

    /// A PIN that a client was given and has given back.
    init(returned request: PendingRequest, identity: String, caller: Caller) {
        self.init("pin_returned")
        put(request)
        put("identity", identity)
        put(caller)
    }

    /// An identity that has come or gone.
    init(_ kind: String, identity: String, gateway: String, caller: Caller) {
        self.init(kind)
        put("identity", identity)
        put("gateway", gateway)
        put(caller)
    }

    /// What an identity has come to by itself.
    init(_ kind: String, identity: String, gateway: String) {
        self.init(kind)
        put("identity", identity)
        put("gateway", gateway)
    }

    /// A person who was registered at a gateway.
    init(_ kind: String, gateway: String, caller: Caller) {
        self.init(kind)
        put("gateway", gateway)
        put(caller)
    }

    /// Something that has only a name.
    init(_ kind: String, caller: Caller) {
        self.init(kind)
        put(caller)
    }

    private mutating func put(_ caller: Caller) {
        put("kernel_pid", UInt64(caller.chain.first?.pid ?? 0))
        put("kernel_uid", UInt64(caller.uid))
        put("kernel_pinned", caller.isPinned)
        put("kernel_programs", caller.chain.map(Self.words).joined(separator: " < "))
        if !caller.terminal.isEmpty { put("kernel_terminal", caller.terminal) }
        if caller.isInContainer { put("kernel_container", true) }
        if caller.hasChanged { put("kernel_changed", true) }
        if caller.isForwarded { put("ssh_forwarded", true) }
    }

    private static func words(_ process: ProcessInfo) -> String {
        let path = process.executable.isEmpty ? "?" : PathText.quoted(process.executable, width: 160)
        switch process.place {
        case .here: return "\(path) (\(process.pid))"
        case .container: return "\(path) (\(process.pid), in a container)"
        case .replaced: return "\(path) (\(process.pid), not the file at that path)"
        }
    }

    private mutating func put(_ subject: QuestionSubject) {
        switch subject {
        case .unlock(let tries, let miss):
            put("about", "unlock")
            put("wrong_tries", UInt64(tries))
            if let miss { put("keyring", miss.word) }
        case .newPassphrase: put("about", "new_passphrase")
        case .showPIN(let request):
            put("about", "show_pin")
            put(request)
        case .approve(let request):
            put("about", "approve")
            put(request)
        case .field(let field, let plugin):
            put("about", "field")
            put("plugin_title", plugin)
            put("plugin_field", field.name)
        case .useKey(let use):
            put("about", "use_key")
            put(use)
        case .tokenPIN(let pin):
            put("about", "token_pin")
            put("provider_token", pin.token)
            put(pin.use)
        case .securityKeyPIN(let pin):
            put("about", "security_key_pin")
            put(pin.use)
        case .touchKey(let use):
            put("about", "touch_key")
            put(use)
        case .sign(let use): put(use)
        case .vault(let step):
            put("about", "vault")
            put("purpose", step.word)
        case .serveSSH(let fingerprint):
            put("about", "serve_ssh")
            put("fingerprint", fingerprint)
        case .renounce(let gateway):
            put("about", "renounce")
            put("gateway", gateway)
        case .lose(let loss): put(loss)
        case .claim(let gateway):
            put("about", "claim")
            put("gateway", gateway)
        case .setPolicy(let change):
            put("about", "set_policy")
            put("operation", "\(change.operation)")
            switch change.policy {
            case .ask: put("policy", "ask")
            case .passphrase: put("policy", "passphrase")
            case .remember(let seconds):
                put("policy", "remember")
                put("seconds", UInt64(seconds))
            }
        }
    }

    private mutating func put(_ loss: Loss) {
        switch loss {
        case .identities(let names):
            put("about", "remove")
            put("identities", names.joined(separator: ", "))
        case .registration(let gateway):
            put("about", "forget_registration")
            put("gateway", gateway)
        case .sshKey(let fingerprint):
            put("about", "hide_from_ssh")
            put("fingerprint", fingerprint)
        case .request(let request):
            put("about", "reject")
            put(request)
        }
    }

    private mutating func put(_ use: KeyUse) {
        put("fingerprint", use.fingerprint)
        put("claimed_comment", use.comment)
        put("purpose", "\(use.kind)")
        if !use.name.isEmpty { put("claimed_name", use.name) }
        if !use.host.isEmpty { put("host_fingerprint", use.host) }
    }

    private mutating func put(_ use: SignatureUse) {
        put("about", "sign")
        put("purpose", "\(use.kind)")
        if !use.relyingParty.isEmpty { put("claimed_relying_party", use.relyingParty) }
        if !use.name.isEmpty { put("claimed_name", use.name) }
        if !use.host.isEmpty { put("host_fingerprint", use.host) }
        if !use.certificate.isEmpty { put("certificate", use.certificate) }
        if use.isBinding { put("binding", true) }
        put("digest", use.digest)
        guard !use.batch.isEmpty else { return }
        // Of a record's members there are few, and a long text is cut: the digest over all stands above.
        put("count", UInt64(use.batch.count))
        put("claimed_names", use.batch.map(\.name).joined(separator: ", "))
    }

    private mutating func put(_ request: PendingRequest) {
        put("request", "\(request.identifier)")
        put("gateway_organisation", request.organisation)
        put("gateway_procedure", request.procedure)
        put("gateway_origin", request.origin)
    }
}
