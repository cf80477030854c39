import AgentProtocol

/// What the program named by `CLAVE_ASKPASS` learns of the question from its environment, so that it need not read the
/// text. Nothing in it is secret.
///
/// - `CLAVE_PROMPT_KIND`: `show-pin`, `approve`, `sign`, `set-policy`, `vault`, `use-key`, `token-pin`, `unlock`,
///   `new-passphrase`, `serve-ssh`, `renounce`, `remove`, `forget-registration`, `hide-from-ssh`, `reject`, `claim` or
///   `field`.
/// - `CLAVE_PROMPT_IDENTITY`: the identity that the question is about, if it is about one: name, starred document, and for
///   whom its holder acts.
/// - `CLAVE_PROMPT_COUNT`: for `remove`, of identities; `CLAVE_PROMPT_NAME` is the name of a single one.
/// - `CLAVE_PROMPT_NAME`: for `vault`, what is to be done: `change_passphrase`, `change_key`, `set_keyring`, `rehearse`,
///   `restore` or `restore_over`; for the last three the passphrase is the backup's.
/// - `CLAVE_PROMPT_FIELD`: the field's stable name, for `field`.
/// - `CLAVE_PROMPT_PLUGIN`: the plugin's title, for `field`.
/// - `CLAVE_PROMPT_KEY`, `CLAVE_PROMPT_COMMENT`: fingerprint and comment of the key, for `use-key` and `token-pin`.
/// - `CLAVE_PROMPT_TOKEN`: what the token calls itself, for `token-pin`; `CLAVE_PROMPT_WRONG_TRIES` is 1 if the PIN typed
///   last was wrong.
/// - `CLAVE_PROMPT_PURPOSE`: `challenge`, `message`, `login`, `tlsClient`, `tlsServer`, `opaque`, `document` or `webToken`, for
///   `sign`, with `CLAVE_PROMPT_RELYING_PARTY`, `CLAVE_PROMPT_NAME` and `CLAVE_PROMPT_DIGEST`; `CLAVE_PROMPT_CERTIFICATE` if
///   it is by a certificate's key, `CLAVE_PROMPT_BINDING`, 1 if the signature binds as one by hand does, else 0, and
///   `CLAVE_PROMPT_COUNT` of signatures.
/// - `CLAVE_PROMPT_WRONG_TRIES`: for `unlock`.
/// - `CLAVE_PROMPT_KEYRING`: for `unlock`, why the keyring did not open the vault, if it was to: `not_found`, `locked`,
///   `no_service`, `late`, `stale`, `failed` or `spent`.
/// - `CLAVE_PROMPT_CODE`: the reference of a PIN, or the verification code, which the page shows too.
/// - `CLAVE_PROMPT_ORGANISATION`, `CLAVE_PROMPT_PROCEDURE`: who asks the person to identify, and what for.
enum PromptFacts {
    static let prefix = "CLAVE_PROMPT_"

    /// The variables of a question.
    static func variables(_ question: Question) -> [String: String] {
        var facts = variables(question.subject)
        if !question.identity.isEmpty {
            facts[prefix + "IDENTITY"] = ForeignText.plain(question.identity, width: ProtocolLimits.line)
        }
        return facts
    }

    /// The variables of a subject.
    static func variables(_ subject: QuestionSubject) -> [String: String] {
        var facts: [String: String] = [:]
        switch subject {
        case .unlock(let wrongTries, let miss):
            facts = ["KIND": "unlock", "WRONG_TRIES": "\(wrongTries)"]
            facts["KEYRING"] = miss?.word
        case .newPassphrase:
            facts = ["KIND": "new-passphrase"]
        case .showPIN(let request):
            facts = request.facts(kind: "show-pin")
        case .approve(let request):
            facts = request.facts(kind: "approve")
        case .field(let field, let plugin):
            facts = ["KIND": "field", "FIELD": field.name, "PLUGIN": plugin]
        case .useKey(let use):
            facts = ["KIND": "use-key", "KEY": use.fingerprint, "COMMENT": use.comment]
        case .tokenPIN(let pin):
            facts = [
                "KIND": "token-pin", "TOKEN": pin.token, "KEY": pin.use.fingerprint, "COMMENT": pin.use.comment,
                "WRONG_TRIES": pin.wasWrong ? "1" : "0",
            ]
        case .securityKeyPIN(let pin):
            facts = [
                "KIND": "security-key-pin", "KEY": pin.use.fingerprint, "COMMENT": pin.use.comment,
                "WRONG_TRIES": pin.wasWrong ? "1" : "0",
            ]
        case .touchKey(let use):
            facts = ["KIND": "touch-key", "KEY": use.fingerprint, "COMMENT": use.comment]
        case .setPolicy(let change):
            facts = ["KIND": "set-policy", "NAME": "\(change.operation)"]
        case .serveSSH(let fingerprint):
            facts = ["KIND": "serve-ssh", "KEY": fingerprint]
        case .renounce(let gateway):
            facts = ["KIND": "renounce", "NAME": gateway]
        case .lose(.identities(let names)):
            facts = ["KIND": "remove", "NAME": names.count == 1 ? names[0] : "", "COUNT": "\(names.count)"]
        case .lose(.registration(let gateway)):
            facts = ["KIND": "forget-registration", "NAME": gateway]
        case .lose(.sshKey(let fingerprint)):
            facts = ["KIND": "hide-from-ssh", "KEY": fingerprint]
        case .lose(.request(let request)):
            facts = request.facts(kind: "reject")
        case .claim(let gateway):
            facts = ["KIND": "claim", "NAME": gateway]
        case .vault(let step):
            facts = ["KIND": "vault", "NAME": step.word]
        case .sign(let use):
            facts = [
                "KIND": "sign", "PURPOSE": "\(use.kind)", "RELYING_PARTY": use.relyingParty, "NAME": use.name,
                "DIGEST": use.digest, "BINDING": use.isBinding ? "1" : "0", "CERTIFICATE": use.certificate,
                "COUNT": "\(max(1, use.batch.count))",
            ]
        }
        let pairs = facts.map { (prefix + $0.key, ForeignText.plain($0.value, width: ProtocolLimits.line)) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Whether a variable is ours to set: one that the agent was started with must not pass for it.
    static func isReserved(_ name: String) -> Bool {
        name.hasPrefix(prefix) || name == "CLAVE_ASKPASS_HINT" || name == "SSH_ASKPASS_PROMPT"
    }
}

extension PendingRequest {
    fileprivate func facts(kind: String) -> [String: String] {
        ["KIND": kind, "CODE": code, "ORGANISATION": organisation, "PROCEDURE": procedure]
    }
}
