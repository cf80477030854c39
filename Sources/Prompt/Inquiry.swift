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

    /// Whether there is a screen to open a window on.
    var hasDisplay: Bool { environment["DISPLAY"] != nil || environment["WAYLAND_DISPLAY"] != nil }
}
