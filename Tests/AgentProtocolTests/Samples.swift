import AgentProtocol
import SecureMemory
import SignedForms
import Testing
import Wire

/// One example of a message: its payload's bytes, and what decoding and encoding makes of them again.
struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let payload: [UInt8]
    let again: @Sendable ([UInt8]) throws -> [UInt8]

    var testDescription: String { name }
}

enum Samples {
    static let requests: [Sample] = [
        request("context", ContextRequest(locale: "ca_ES.UTF-8")),
        request("status", StatusRequest()),
        request("unlock-vault", UnlockVaultRequest()),
        request("identities", IdentitiesRequest()),
        request(
            "activate",
            ActivateRequest(
                method: "sms", gateway: "https://localhost:8443", certificates: [],
                fields: [FieldValue(name: "document", value: "12345678Z")], lifetime: 3600)),
        request("continue", ContinueRequest()),
        request(
            "register",
            RegisterRequest(
                way: "letter", gateway: "https://localhost:8443", certificates: [],
                fields: [FieldValue(name: "document", value: "22222222J")], lifetime: 0)),
        request("register resuming", RegisterRequest(resuming: Fixed.request, fields: [], lifetime: 0)),
        request("continue registering", RegistrationContinueRequest()),
        request("registrations", RegistrationsRequest()),
        request("forget registration", ForgetRegistrationRequest(Fixed.request)),
        request("renounce", RenounceRequest(Fixed.identity)),
        request("remove", RemoveRequest(Fixed.identity)),
        request("remove all", RemoveRequest(nil)),
        request("pin", PINRequest(identity: nil, filter: "padro", wait: 120)),
        request("return pin", ReturnPINRequest(Fixed.request)),
        request("requests", PendingListRequest(identity: Fixed.identity, wait: 0)),
        request("answer", AnswerRequest(request: Fixed.request, approve: true)),
        request("claim", ClaimRequest(link: "clave-agent:mobile?gateway=x&token=y", identity: nil)),
        request("policy", SetPolicyRequest(identity: nil, operation: .sign, policy: .remember(seconds: 600))),
        request("vault", VaultRequest()),
        request("change-passphrase", ChangePassphraseRequest()),
        request("change-key", ChangeKeyRequest()),
        request("keyring", SetKeyringRequest(opens: true)),
        request("vault-part", VaultPartRequest(offset: 0, bytes: [0, 0, 0, 11])),
        request("rehearse", RehearseRequest()),
        request("restore", RestoreRequest()),
        request("remembered", RememberedRequest()),
        request("forget", ForgetRequest(3)),
        request("forget all", ForgetRequest(nil)),
        request(
            "sign challenge",
            SignRequest(
                identity: nil, purpose: .challenge(relyingParty: "seu.test", purpose: "Iniciar sessió"),
                content: .bytes(Array("nonce".utf8)))),
        request(
            "sign message",
            SignRequest(identity: Fixed.identity, purpose: .message(namespace: "file"), content: .digest(Fixed.digest))
        ),
        request(
            "sign opaque", SignRequest(identity: nil, purpose: .opaque, content: .bytes(Array("anything".utf8)))),
        request("credentials", CredentialsRequest(method: "certificate")),
        request("certificates", CertificatesRequest(identity: nil, use: .signature)),
        request(
            "sign-certificate document",
            CertificateSignRequest(
                identity: nil, use: .authentication, scheme: .ps256, form: .document(namesCertificate: true),
                contents: [SignedItem(.digest(Fixed.digest.bytes))])),
        request(
            "sign-certificate batch",
            CertificateSignRequest(
                identity: nil, use: .signature, scheme: .rs256, form: .document(namesCertificate: true),
                contents: [
                    SignedItem(.digest(Fixed.digest.bytes), name: "one.pdf"),
                    SignedItem(.digest(Fixed.digest.bytes), name: "two.pdf"),
                ])),
        request("sign-continue", SigningContinueRequest()),
        request("ssh", SSHRequest(identity: nil, isServed: true)),
        request(
            "sign-certificate message",
            CertificateSignRequest(
                identity: Fixed.identity, use: .authentication, scheme: nil, form: .message(namespace: "file"),
                contents: [SignedItem(.bytes(Array("anything".utf8)))])),
        request(
            "sign-certificate token",
            CertificateSignRequest(
                identity: nil, use: .authentication, scheme: .es256, form: .token,
                contents: [SignedItem(.bytes(Array("eyJ9.e30".utf8)))])),
        request(
            "content", ContentRequest(isFirst: true, algorithm: .sha256, bytes: Array("a part".utf8))),
        request(
            "sign-certificate parts",
            CertificateSignRequest(
                identity: nil, use: .authentication, scheme: .rs256, form: .opaque, contents: [SignedItem(.parts)])),
        request(
            "sign-certificate opaque",
            CertificateSignRequest(
                identity: nil, use: .authentication, scheme: .rs256, form: .opaque,
                contents: [SignedItem(.bytes(Array("anything".utf8)))])),
    ]

    static let replies: [Sample] = [
        reply("context reply", ContextRequest.self, Done()),
        reply(
            "status reply", StatusRequest.self, AgentStatus(version: "0.1.0", vault: .locked, identities: 2, pending: 1)
        ),
        reply("identities reply", IdentitiesRequest.self, IdentityList([Fixed.info])),
        reply("activate progress", ActivateRequest.self, .progress("A code is on its way.")),
        reply("activate done", ActivateRequest.self, .done(Fixed.info)),
        reply("register progress", RegisterRequest.self, .progress("A letter is on its way.")),
        reply("register waiting", RegisterRequest.self, .done(.waiting(Fixed.registration))),
        reply("register registered", RegisterRequest.self, .done(.registered)),
        reply("register activated", RegisterRequest.self, .done(.activated(Fixed.info))),
        reply("registrations reply", RegistrationsRequest.self, RegistrationList([Fixed.registration])),
        reply("remove reply", RemoveRequest.self, Removal(removed: 1, told: 1)),
        reply("pin reply", PINRequest.self, PINReply(pin: SecretBox(Fixed.secret("M3X")), details: Fixed.pending)),
        reply("requests reply", PendingListRequest.self, PendingList([Fixed.pending, Fixed.mobile])),
        reply("claim reply", ClaimRequest.self, Fixed.mobile),
        reply(
            "vault reply", VaultRequest.self,
            VaultInfo(
                path: "/v/vault", version: 1, isOpen: true, records: 2,
                slots: [
                    VaultInfo.Slot(kind: 1, operations: 3, memory: 64 << 20),
                    VaultInfo.Slot(kind: 2, operations: 0, memory: 0),
                ])),
        reply("change-passphrase reply", ChangePassphraseRequest.self, VaultChange(keyring: .slotDropped)),
        reply("change-key reply", ChangeKeyRequest.self, VaultChange(keyring: .nothing)),
        reply("keyring reply", SetKeyringRequest.self, VaultChange(keyring: .entryRemains)),
        reply("rehearse reply", RehearseRequest.self, BackupInfo(records: 2)),
        reply("restore reply", RestoreRequest.self, BackupInfo(records: 2, former: "/v/vault.before-restore")),
        reply(
            "remembered reply", RememberedRequest.self,
            RememberedList([
                RememberedAnswer(
                    number: 3, identity: Fixed.identity, operation: .sign, executable: "/usr/bin/clave-sign",
                    expiresAt: 1_800_000_600)
            ])),
        reply(
            "sign reply", SignRequest.self,
            SignReply(
                identity: Fixed.identity, publicKey: [UInt8](repeating: 8, count: 32), signed: Array("anything".utf8),
                signature: [UInt8](repeating: 9, count: 64))),
        reply("credentials reply", CredentialsRequest.self, CredentialList([Fixed.credential])),
        reply(
            "certificates reply", CertificatesRequest.self,
            CertificatesReply(
                identity: Fixed.identity, schemes: [.es256], certificates: [[1, 2], [3]], info: Fixed.credential)),
        reply("content reply", ContentRequest.self, ContentReply(count: 6)),
        reply(
            "sign-certificate reply", CertificateSignRequest.self,
            .done(
                CertificateSignReply(
                    identity: Fixed.identity, scheme: .es256, publicKey: [4, 5], certificates: [[1, 2], [3]],
                    signedAt: 1_800_000_000, signatures: [[UInt8](repeating: 9, count: 64)]))),
        reply("ssh reply", SSHRequest.self, SSHReply(publicKey: [4, 5], comment: "AINA PROVA (****5678Z)")),
        reply("sign-certificate progress", SigningContinueRequest.self, .progress("The card signs…")),
        Sample(
            name: "refusal",
            payload: Array(AgentReply.frame(refusing: PINRequest.name, AgentError(.denied, "no")).dropFirst(4)),
            again: { payload in
                do {
                    _ = try AgentReply.decode(payload.span.bytes, to: PINRequest.self)
                } catch let error as AgentError {
                    return Array(AgentReply.frame(refusing: PINRequest.name, error).dropFirst(4))
                }
                throw WireError.malformed
            }),
    ]

    static let pipes: [Sample] = [
        message(
            CoreConfiguration(
                vaultFolder: "/v", lifetime: 0, debug: true, locale: "eu_ES", questionTimeout: 60,
                allowedProviders: "/opt/*", keyMemory: 64,
                startTerminal: TerminalIdentity(device: 34_819, session: 1200, startTime: 77_777),
                isCalledSSHAgent: true, allowsRemoteProviders: true, websafe: "ssh:*,*.example",
                fingerprintHash: "md5", asksElsewhere: true, knownPassphrase: [1, 2, 3])),
        message(CoreConfiguration(vaultFolder: "/v", lifetime: 0, debug: false, locale: "", questionTimeout: 60)),
        message(CoreReady()),
        message(StartHelper(number: 1, kind: .prompt)),
        message(HelperStarted(number: 1, pid: 77)),
        message(HelperEnded(number: 1, exitCode: 139, detail: "")),
        message(StopHelper(number: 1)),
        message(DropKeys()),
        message(PassphraseKnown([])),
        message(PassphraseKnown([UInt8](repeating: 7, count: ProtocolLimits.passphraseProof))),
        message(question(.unlock(wrongTries: 1))),
        message(question(.unlock(wrongTries: 0, miss: .late), standing: .vouched)),
        message(question(.newPassphrase, standing: .unusable)),
        message(question(.vault(.setKeyring))),
        message(question(.showPIN(Fixed.pending))),
        message(question(.approve(Fixed.mobile))),
        message(question(.sign(Fixed.signatureUse))),
        message(question(.setPolicy(PolicyChange(operation: .pin, policy: .passphrase)))),
        message(question(.sign(SignatureUse(kind: .login, name: "me", host: "SHA256:x", digest: "", size: nil)))),
        message(question(.sign(Fixed.batchUse))),
        message(question(.serveSSH(fingerprint: "SHA256:x"))),
        message(question(.renounce(gateway: "Sandbox gateway"))),
        message(question(.lose(.identities(["AINA (****5678Z)", "PERE (****1111H)"])))),
        message(question(.lose(.registration(gateway: "https://localhost:8443")))),
        message(question(.lose(.sshKey(fingerprint: "SHA256:x")))),
        message(question(.lose(.request(Fixed.mobile)))),
        message(question(.claim(gateway: "https://localhost:8443"))),
        message(question(.touchKey(Fixed.keyUse))),
        message(
            question(.securityKeyPIN(SecurityKeyPIN(use: Fixed.keyUse, wasWrong: true, needsTouch: false)))),
        message(question(.field(Fixed.field, plugin: "Code by SMS"))),
        secret("answer", { Answer(outcome: .given, value: Fixed.secret("123456")) }, Answer.self),
        secret(
            "answer",
            { Answer(outcome: .passphrase, place: .terminal, value: Fixed.secret("123456")) }, Answer.self),
        message(
            PluginActivate(
                plugin: "sms", reference: "", locale: "", gateway: "https://localhost:8443",
                signingKey: [UInt8](repeating: 1, count: 32), sealingKey: [UInt8](repeating: 2, count: 32))),
        message(PluginList(plugin: "certificate", locale: "ca_ES")),
        message(
            PluginSign(
                plugin: "certificate", reference: "pkcs11:id=%01", locale: "", algorithm: "RS256",
                data: [UInt8](repeating: 3, count: 32))),
        message(PluginFound(credential: Fixed.credential)),
        secret(
            "plugin credential",
            {
                PluginCredential(
                    use: .signature, key: Fixed.secret("key"), publicKey: [1, 2], certificates: [[3], [4, 5]],
                    info: Fixed.credential)
            }, PluginCredential.self),
        message(PluginSigned(signatures: [6, 7])),
        message(
            PluginPending(
                reference: "letter-sent 22222222J validity 05-05-2033", page: "/sandbox/outbox", due: 1_800_000_600)),
        message(PluginLoaded(title: "Code by SMS", version: "0.1.0")),
        message(PluginAsk(field: Fixed.field)),
        secret("plugin answer", { PluginAnswer(given: true, value: Fixed.secret("x")) }, PluginAnswer.self),
        secret("exchange", { PluginExchange(step: "start", body: Fixed.secret("body")) }, PluginExchange.self),
        message(PluginExchangeReply(status: 0, body: [0])),
        message(PluginLine(isProgress: true, text: "Waiting…")),
        message(PluginDone(outcome: .unusable, detail: "expired")),
        message(question(.tokenPIN(TokenPIN(token: "card", use: Fixed.keyUse, wasWrong: true)))),
        secret("provider open", { ProviderOpen(path: "/usr/lib/x.so", pin: Fixed.secret("1234")) }, ProviderOpen.self),
        message(
            ProviderOpened(
                outcome: .done, keys: [ProviderKey(blob: [1, 2, 3], label: "Autenticación", token: "card")])),
        message(ProviderOpened(outcome: .pinLocked, detail: "token card is locked")),
        secret(
            "provider sign",
            {
                ProviderSign(
                    number: 7, key: 1, flags: 4, data: [1, 2, 3], pin: Fixed.secret("1234"), mayUseReader: true)
            },
            ProviderSign.self),
        message(ProviderSigned(number: 7, outcome: .done, signature: [4, 5, 6])),
        secret(
            "security key sign",
            {
                SecurityKeySign(
                    provider: "/usr/lib/sk.so", key: [1, 2], flags: 5, handle: Fixed.secret("handle"), data: [3],
                    pin: Fixed.secret("1234"))
            },
            SecurityKeySign.self),
        message(
            LinkRequest(
                number: 9, opensStream: false, trust: Fixed.trust, method: "POST", target: "/agent/v1/pin/shown",
                headers: [HeaderField("accept", "*/*")], body: [1, 2, 3])),
        message(LinkResponse(number: 9, outcome: .answered, status: 200, body: [4], detail: "")),
        message(LinkStreamOpen(number: 3)),
        message(LinkClose(number: 3)),
        message(LinkStreamWanted(number: 3)),
        message(LinkStreamState(number: 3, isOpen: false, outcome: .wrongKey, status: 0, detail: "pin")),
        message(LinkEvent(number: 3, sequence: 12, data: [5, 6])),
        secret(
            "keyring store",
            { KeyringRequest(.store, vault: Fixed.vault, slot: Fixed.slot, secret: SecretBytes(zeros: 32)) },
            KeyringRequest.self),
        secret(
            "keyring delete all", { KeyringRequest(.delete, vault: Fixed.vault, slot: []) }, KeyringRequest.self),
        secret(
            "keyring answer", { KeyringReply(.done, secret: SecretBytes(zeros: 32)) }, KeyringReply.self),
        message(KeyringAsks()),
    ]

    static let all = requests + replies + pipes

    // MARK: Making

    private static func question(
        _ subject: QuestionSubject, standing: TerminalStanding = .unknown(wrongTries: 1)
    ) -> Question {
        Question(
            subject: subject, caller: Fixed.caller, identity: "AINA (****5678Z)", locale: "ca_ES.UTF-8",
            deadline: 1_800_000_060, terms: ConfirmationTerms(needsPassphrase: true, wrongTries: 1, memory: 60),
            standing: standing, isForSSHAgent: true)
    }

    private static func request<Request: AgentExtension>(_ name: String, _ value: Request) -> Sample {
        Sample(name: name, payload: Array(value.frame().dropFirst(4))) { payload in
            try WireReader.read(payload) { (reader) throws(WireError) in
                guard try reader.byte() == AgentMessageType.extension,
                    try reader.text(limit: ProtocolLimits.extensionName) == Request.name
                else { throw .malformed }
                return Array(try Request(decoding: &reader).frame().dropFirst(4))
            }
        }
    }

    private static func reply<Request: AgentExtension>(
        _ name: String, _ request: Request.Type, _ value: Request.Reply
    ) -> Sample {
        let payload = bytes(AgentReply.secretFrame(to: request, value))
        return Sample(name: name, payload: Array(payload.dropFirst(4))) { payload in
            let value = try AgentReply.decode(payload.span.bytes, to: request)
            return Array(bytes(AgentReply.secretFrame(to: request, value)).dropFirst(4))
        }
    }

    private static func message<Message: WireMessage & SendableMetatype>(_ value: Message) -> Sample {
        Sample(name: "\(Message.self)", payload: Array(value.frame().dropFirst(4))) { payload in
            guard let message = try Message.decode(payload: payload.span.bytes) else { throw WireError.malformed }
            return Array(message.frame().dropFirst(4))
        }
    }

    private static func secret<Message: WireMessage & SendableMetatype & ~Copyable>(
        _ name: String, _ make: () -> Message, _ type: Message.Type
    ) -> Sample {
        Sample(name: name, payload: Array(bytes(make().secretFrame()).dropFirst(4))) { payload in
            guard let message = try Message.decode(payload: payload.span.bytes) else { throw WireError.malformed }
            return Array(bytes(message.secretFrame()).dropFirst(4))
        }
    }

    private static func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
        secret.withBytes { span in span.withUnsafeBytes { Array($0) } }
    }
}
