import AgentProtocol
import Localization

/// Puts a question into words.
struct PromptComposer {
    let question: Question
    let t: Localizer
    /// Seconds since 1970.
    let now: UInt64
    let room: PromptText.Room
    /// Whether the vault's passphrase takes the place of the answer.
    var takesPassphrase = false
    /// How it is refused.
    var refusal = PromptText.Refusal.word

    /// For a window's title.
    var title: String {
        switch question.subject {
        case .unlock: t("Unlock the Cl@ve agent")
        case .newPassphrase: t("New passphrase for the Cl@ve agent")
        case .showPIN: t("Show a Cl@ve PIN?")
        case .approve: t("Approve with Cl@ve Mobile?")
        case .useKey: t("Use a key?")
        case .tokenPIN: t("PIN of a card or token")
        case .securityKeyPIN: t("PIN of a security key")
        case .touchKey: t("Touch your security key")
        case .sign(let use) where use.isBinding: t("Sign as by hand?")
        case .sign: t("Sign with a Cl@ve identity?")
        case .setPolicy: t("Change how the agent asks you?")
        case .vault(.rehearse): t("Open a backup of the agent's vault?")
        case .vault: t("Change the agent's vault?")
        case .serveSSH: t("Let ssh see a key?")
        case .renounce: t("Leave Cl@ve?")
        case .lose(let loss): title(of: loss)
        case .claim: t("Take a Cl@ve Mobile request?")
        case .field(_, let plugin): t("Cl@ve agent: {1}", ForeignText.plain(plugin, width: 40))
        }
    }

    /// The whole text.
    var lines: [PromptText.Line] {
        var paragraphs = subjectParagraphs
        paragraphs.append(callerLines)
        paragraphs.append(termsLines)
        paragraphs.append(closingLines)
        return Array(paragraphs.filter { !$0.isEmpty }.joined(separator: [line("")]))
    }

    // MARK: Subjects

    private var subjectParagraphs: [[PromptText.Line]] {
        switch question.subject {
        case .unlock(let wrongTries, let miss): [unlockLines(wrongTries, miss)]
        case .newPassphrase:
            [
                [
                    line(t("Choose a new passphrase for the agent's vault.")),
                    line(t("It needs at least {1} characters. You type it twice.", "\(AnswerRule.shortestPassphrase)")),
                ]
            ]
        case .showPIN(let request): pinParagraphs(request)
        case .approve(let request): approvalParagraphs(request)
        case .field(let field, let plugin): fieldParagraphs(field, plugin: plugin)
        case .useKey(let use): keyParagraphs(use, t("May the program below use this key?"))
        case .tokenPIN(let pin): tokenParagraphs(pin)
        case .securityKeyPIN(let pin): securityKeyParagraphs(pin)
        case .touchKey(let use):
            keyParagraphs(use, t("Touch your security key, to let the program below use this key."))
        case .sign(let use): signatureParagraphs(use)
        case .setPolicy(let change): policyParagraphs(change)
        case .vault(let step): [vaultLines(step)]
        case .serveSSH(let fingerprint): sshParagraphs(fingerprint)
        case .renounce(let gateway): renunciationParagraphs(gateway)
        case .lose(let loss): lossParagraphs(loss)
        case .claim(let gateway): claimParagraphs(gateway)
        }
    }

    private func renunciationParagraphs(_ gateway: String) -> [[PromptText.Line]] {
        [
            [line(t("Do you want to leave Cl@ve at this gateway?"))],
            [
                line(t("Gateway: {1}", ForeignText.quoted(gateway, width: room.width))),
                line(t("You are registered there no longer: to come back, you register anew.")),
            ],
        ]
    }

    private func unlockLines(_ wrongTries: UInt32, _ miss: KeyringMiss?) -> [PromptText.Line] {
        let request = [line(t("The agent needs the passphrase of its vault."))] + (miss.map(missLines) ?? [])
        switch wrongTries {
        case 0: return request
        case 1: return request + [line(t("The last passphrase was wrong."))]
        default: return request + [line(t("Wrong passphrases so far: {1}.", "\(wrongTries)"))]
        }
    }

    private func pinParagraphs(_ request: PendingRequest) -> [[PromptText.Line]] {
        [
            [line(t("May the program below have this Cl@ve PIN?"))],
            [
                line(t("Reference: {1}", ForeignText.plain(request.code, width: 16))),
                line(t("The page that waits for the PIN shows the same reference.")),
            ],
            requestLines(request),
        ]
    }

    private func approvalParagraphs(_ request: PendingRequest) -> [[PromptText.Line]] {
        var details = requestLines(request)
        if request.road == .link {
            details.append(line(t("The request came by the page's link or QR code. Be sure that you opened it.")))
        }
        return [
            [line(t("Do you approve this authentication?"))],
            [
                line(t("Verification code: {1}", ForeignText.plain(request.code, width: 16))),
                line(t("Approve only if the page shows the same code.")),
            ],
            details,
        ]
    }

    private func tokenParagraphs(_ pin: TokenPIN) -> [[PromptText.Line]] {
        let token = ForeignText.quoted(pin.token, width: room.width)
        var paragraphs = keyParagraphs(pin.use, t("To let the program below use this key, type the PIN of {1}.", token))
        if pin.wasWrong { paragraphs[0].append(line(t("The last PIN was wrong. Too many wrong ones lock the card."))) }
        return paragraphs
    }

    private func securityKeyParagraphs(_ pin: SecurityKeyPIN) -> [[PromptText.Line]] {
        let request =
            pin.needsTouch
            ? t("To let the program below use this key, type the PIN of your security key, and touch it then.")
            : t("To let the program below use this key, type the PIN of your security key.")
        var paragraphs = keyParagraphs(pin.use, request)
        if pin.wasWrong {
            paragraphs[0].append(line(t("The last PIN was wrong. Too many wrong ones lock the security key.")))
        }
        return paragraphs
    }

    private func keyParagraphs(_ use: KeyUse, _ request: String) -> [[PromptText.Line]] {
        let name = ForeignText.quoted(use.name, width: room.width)
        var purpose: [PromptText.Line]
        switch use.kind {
        case .login:
            purpose = [line(t("To log in by ssh as {1}", name))]
            if !use.host.isEmpty { purpose.append(line(t("Host's key: {1}", use.host))) }
        case .message: purpose = [line(t("To sign a message or file; namespace: {1}", name))]
        case .certificateVerify: purpose = [line(tlsText(isClient: use.name == "client"))]
        case .challenge: purpose = [line(t("To prove who you are to: {1}", name))]
        case .opaque: purpose = [line(t("To sign bytes that do not tell what they are."))]
        }
        return [
            [line(request)],
            [
                line(t("Key: {1}", ForeignText.quoted(use.comment, width: room.width))),
                line(t("Fingerprint: {1}", ForeignText.plain(use.fingerprint, width: room.width))),
            ],
            purpose,
        ]
    }

    func requestLines(_ request: PendingRequest) -> [PromptText.Line] {
        let age = Clock.span(now > request.createdAt ? now - request.createdAt : 0)
        let left = Clock.span(request.expiresAt > now ? request.expiresAt - now : 0)
        return [
            line(t("Organisation: {1}", ForeignText.quoted(request.organisation, width: room.width))),
            line(t("Procedure: {1}", ForeignText.quoted(request.procedure, width: room.width))),
            line(t("Asked from: {1}, {2} ago", ForeignText.quoted(request.origin, width: room.width), age)),
            line(t("Expires in {1}, at {2}", left, Clock.timeOfDay(request.expiresAt))),
        ]
    }

    private func fieldParagraphs(_ field: FieldDescription, plugin: String) -> [[PromptText.Line]] {
        var asked = [
            line(t("The plugin {1} asks:", ForeignText.quoted(plugin, width: room.width))),
            line(ForeignText.plain(t(field.label), width: room.width)),
        ]
        if !field.note.isEmpty { asked.append(line(ForeignText.plain(t(field.note), width: room.width))) }
        if let rule = AnswerRule(field: field).description(in: t) { asked.append(line(rule)) }
        let choices = field.choices.enumerated().map { index, choice in
            line("\(index + 1). \(ForeignText.plain(t(choice), width: room.width))")
        }
        return [asked, field.kind == .choice ? choices : []]
    }

    // MARK: Around every subject

    private var callerLines: [PromptText.Line] {
        var lines: [PromptText.Line] = []
        if !question.identity.isEmpty {
            lines.append(line(t("Identity: {1}", ForeignText.quoted(question.identity, width: room.width))))
        }
        let caller = question.caller
        if caller.isForwarded {
            lines.append(line(t("Asked from another host, by ssh: the program below only passes it on.")))
        }
        guard !caller.chain.isEmpty else { return lines + [line(t("The program that asks has already ended."))] }
        let chain = caller.chain.prefix(1 + room.parents).map(process).joined(separator: " ← ")
        lines.append(line(t("Asked by, as the kernel tells: {1}", chain)))
        if caller.hasChanged {
            lines.append(line(t("Beware: it is not the program that connected. Any program may be behind it.")))
        } else if !caller.isPinned {
            lines.append(line(t("The kernel can't tell whether it is still the program that connected.")))
        }
        return lines
    }

    /// A process; a path that means another file here than to the process is marked, so that it lends no trust.
    private func process(_ process: ProcessInfo) -> String {
        let name = process.executable.isEmpty ? "?" : PathText.quoted(process.executable, width: room.width)
        switch process.place {
        case .here: return "\(name) [\(process.pid)]"
        case .container: return "\(name) [\(process.pid)] (\(t("in a container")))"
        case .replaced: return "\(name) [\(process.pid)] (\(t("not the file at that path")))"
        }
    }

    private var closingLines: [PromptText.Line] {
        if case .touchKey = question.subject { return [line(t("If you did not ask for this, do not touch it."))] }
        let left = Clock.span(question.deadline > now ? question.deadline - now : 0)
        let time = Clock.timeOfDay(question.deadline)
        let refusalText =
            switch refusal {
            case .word: t("If you did not ask for this, say no.")
            case .key: t("If you did not ask for this, press Ctrl-C.")
            }
        return [
            line(refusalText),
            PromptText.Line(text: t("Without an answer in {1}, by {2}, it is a no.", left, time), isOptional: true),
        ]
    }

    func line(_ text: String) -> PromptText.Line {
        PromptText.Line(text: text)
    }
}
