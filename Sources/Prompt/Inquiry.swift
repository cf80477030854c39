import AgentProtocol
import Localization

/// The question with everything that the ways need to put it.
struct Inquiry {
    /// What is asked, for whom.
    let question: Question
    /// The person's language.
    let t: Localizer
    /// The environment's variables.
    let environment: [String: String]
    /// What may end it.
    let watch: Watch
    /// A terminal that was kept after the question before.
    var seat: TerminalSeat?

    /// What the caller's terminal may be used for.
    enum TerminalUse {
        /// For the question.
        case question
        /// For the vault's passphrase in the place of the answer.
        case passphrase
        /// For nothing: whoever sits there could be the program that asks.
        case nothing
    }

    /// What the caller's terminal may be used for.
    var terminalUse: TerminalUse {
        switch question.standing {
        case .vouched: .question
        case .unknown: question.asksForSecret ? .question : .passphrase
        case .unusable: question.asksForSecret ? .question : .nothing
        }
    }

    /// Whether there is a screen to open a window on.
    var hasDisplay: Bool { environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil }
}
