import AgentProtocol
import Localization
import SecureMemory

/// The course of one question over one way: asks, checks what was typed, asks again.
struct Interview {
    /// How often a value that breaks its rule may be typed.
    static let mostTries = 5

    let inquiry: Inquiry
    let way: any Way

    private var t: Localizer { inquiry.t }

    /// Starts the way and asks.
    func run() throws(WayError) -> Answer {
        try way.start()
        if way.takesPassphrase { return try askPassphrase(as: .passphrase) }
        switch inquiry.question.subject {
        case .showPIN, .approve, .useKey, .sign, .setPolicy, .vault, .serveSSH, .renounce, .lose, .claim:
            if inquiry.question.terms.needsPassphrase { return try askPassphrase() }
            return Answer(outcome: try way.confirm() ? .given : .denied, place: way.place)
        case .unlock: return try askPassphrase()
        case .newPassphrase:
            return try askTwice()
        // Told by a ``Notice``.
        case .touchKey: throw .failed("this is no question")
        case .tokenPIN, .securityKeyPIN:
            return try ask(.tokenPIN) { note in Entry(label: t("PIN"), hint: "pin", isHidden: true, note: note) }
        case .field(let field, _):
            return try ask(AnswerRule(field: field)) { note in entry(field, note: note) }
        }
    }

    private func askPassphrase(as outcome: Answer.Outcome = .given) throws(WayError) -> Answer {
        try ask(.passphrase, as: outcome) { note in
            Entry(label: t("Passphrase"), hint: "passphrase", isHidden: true, note: note)
        }
    }

    private func entry(_ field: FieldDescription, note: String) -> Entry {
        Entry(
            label: ForeignText.plain(t(field.label), width: PromptText.Room.ample.width), hint: "field:\(field.name)",
            isHidden: field.kind == .secret, note: note)
    }

    private func ask(
        _ rule: AnswerRule, as outcome: Answer.Outcome = .given, _ entry: (String) -> Entry
    ) throws(WayError) -> Answer {
        var note = ""
        for _ in 0..<Self.mostTries {
            guard let typed = try way.read(entry(note)) else { return Answer(outcome: .denied) }
            switch rule.check(typed) {
            case .success(let value): return given(value, as: outcome)
            case .failure(let error): note = rule.note(error.fault, in: t)
            }
        }
        return Answer(outcome: .denied, detail: "no answer kept the rule: \(note)")
    }

    private func askTwice() throws(WayError) -> Answer {
        var note = ""
        for _ in 0..<Self.mostTries {
            let first = Entry(label: t("New passphrase"), hint: "new-passphrase", isHidden: true, note: note)
            guard let typed = try way.read(first) else { return Answer(outcome: .denied) }
            switch AnswerRule.newPassphrase.check(typed) {
            case .failure(let error):
                note = AnswerRule.newPassphrase.note(error.fault, in: t)
            case .success(let value):
                let second = Entry(label: t("The same again"), hint: "new-passphrase", isHidden: true, note: "")
                guard let again = try way.read(second) else { return Answer(outcome: .denied) }
                if value.withSecret({ $0.equals(again) }) == true { return given(value) }
                note = t("The two are not the same. Type both again.")
            }
        }
        return Answer(outcome: .denied, detail: "no new passphrase was typed twice alike")
    }

    private func given(_ value: SecretBox, as outcome: Answer.Outcome = .given) -> Answer {
        guard let secret = value.take() else { return Answer(outcome: .failed, detail: "the value was lost") }
        return Answer(outcome: outcome, place: way.place, value: secret)
    }
}
