import AgentProtocol

/// Which ways there are, in which order.
enum Ways {
    /// What `CLAVE_PROMPT` may say.
    enum Choice: String {
        case automatic = "auto"
        case pinentry, askpass, terminal
    }

    /// The choice of `CLAVE_PROMPT`; nil for a word that it does not know.
    static func choice(in environment: [String: String]) -> Choice? {
        guard let word = environment["CLAVE_PROMPT"] else { return .automatic }
        return Choice(rawValue: word)
    }

    /// The ways to try, best first.
    static func list(_ inquiry: Inquiry, _ choice: Choice) -> [any Way] {
        switch choice {
        case .automatic: askpass(inquiry) + pinentry(inquiry) + sshAskpass(inquiry) + [TerminalWay(inquiry)]
        case .askpass: askpass(inquiry) + sshAskpass(inquiry, isForced: true)
        case .pinentry: pinentry(inquiry, isForced: true)
        case .terminal: [TerminalWay(inquiry)]
        }
    }

    private static func askpass(_ inquiry: Inquiry) -> [any Way] {
        guard let program = inquiry.environment["CLAVE_ASKPASS"] else { return [] }
        return [AskpassWay(inquiry, program: program, facts: PromptFacts.variables(inquiry.question.subject))]
    }

    /// Without a screen or a word of the person's, the terminal itself asks better than a pinentry on it.
    private static func pinentry(_ inquiry: Inquiry, isForced: Bool = false) -> [any Way] {
        if let program = inquiry.environment["CLAVE_PINENTRY"] { return [PinentryWay(inquiry, program: program)] }
        return isForced || inquiry.hasDisplay ? [PinentryWay(inquiry, program: "pinentry")] : []
    }

    /// As OpenSSH decides it (`ssh(1)`, `SSH_ASKPASS_REQUIRE`).
    private static func sshAskpass(_ inquiry: Inquiry, isForced: Bool = false) -> [any Way] {
        guard let program = inquiry.environment["SSH_ASKPASS"] else { return [] }
        let requirement = inquiry.environment["SSH_ASKPASS_REQUIRE"]
        guard isForced || requirement == "force" || (inquiry.hasDisplay && requirement != "never") else { return [] }
        return [AskpassWay(inquiry, program: program, facts: [:])]
    }
}
