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
        case .automatic: automatic(inquiry)
        case .askpass: askpass(inquiry) + sshAskpass(inquiry, isForced: true)
        case .pinentry: pinentry(inquiry, isForced: true)
        case .terminal: [TerminalWay(inquiry)]
        }
    }

    /// What the person has chosen for this agent, what they have chosen for OpenSSH's where this one stands in for it or
    /// where they insist, and then what there is.
    private static func automatic(_ inquiry: Inquiry) -> [any Way] {
        let ssh = sshAskpass(inquiry)
        let isSSHFirst = inquiry.question.isForSSHAgent || requirement(inquiry) == .force
        return askpass(inquiry) + (isSSHFirst ? ssh : []) + pinentry(inquiry) + (isSSHFirst ? [] : ssh)
            + [TerminalWay(inquiry)]
    }

    /// Programs that can tell the person something without asking, best first.
    static func notices(_ inquiry: Inquiry) -> [AskpassWay] {
        (askpass(inquiry) + sshAskpass(inquiry)).compactMap { $0 as? AskpassWay }
    }

    private static func askpass(_ inquiry: Inquiry) -> [any Way] {
        guard let program = inquiry.environment["CLAVE_ASKPASS"] else { return [] }
        return [AskpassWay(inquiry, program: program, facts: PromptFacts.variables(inquiry.question))]
    }

    /// Without a screen or a word of the person's, the terminal itself asks better than a pinentry on it.
    private static func pinentry(_ inquiry: Inquiry, isForced: Bool = false) -> [any Way] {
        if let program = inquiry.environment["CLAVE_PINENTRY"] { return [PinentryWay(inquiry, program: program)] }
        return isForced || inquiry.hasDisplay ? [PinentryWay(inquiry, program: "pinentry")] : []
    }

    /// What `SSH_ASKPASS_REQUIRE` says (ssh(1)).
    private enum Requirement {
        /// Also without a display.
        case force
        /// Where there is a display; OpenSSH's `prefer` is the same for questions, which it never puts on a terminal.
        case display
        case never
    }

    private static func requirement(_ inquiry: Inquiry) -> Requirement {
        switch inquiry.environment["SSH_ASKPASS_REQUIRE"]?.lowercased() {
        case "force": .force
        case "never": .never
        default: .display
        }
    }

    /// As OpenSSH decides it (`read_passphrase` in its readpass.c).
    private static func sshAskpass(_ inquiry: Inquiry, isForced: Bool = false) -> [any Way] {
        guard let program = inquiry.environment["SSH_ASKPASS"] else { return [] }
        switch requirement(inquiry) {
        case .never: return []
        case .display where !inquiry.hasDisplay && !isForced: return []
        case .display, .force: return [AskpassWay(inquiry, program: program, facts: [:])]
        }
    }
}
