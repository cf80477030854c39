import AgentProtocol
import SecureMemory

/// Why a way of asking gave no answer.
enum WayError: Error, Equatable {
    /// Nothing was shown: the next way may be tried.
    case cannotStart(String)
    /// The person may have seen something, and it broke: nobody guesses what they meant.
    case failed(String)
    /// The question is over.
    case ended(Ending)
}

/// What is typed: how it is named, hidden, and announced to programs.
struct Entry: Equatable {
    /// For people: `Passphrase`, `Code from the message`.
    let label: String
    /// For an askpass program, as `CLAVE_ASKPASS_HINT`: `passphrase`, `new-passphrase`, `field:NAME`.
    let hint: String
    /// Whether the terminal keeps it from being seen.
    let isHidden: Bool
    /// Why it is asked again; empty the first time.
    let note: String
}

/// One way to ask a person: a pinentry, an askpass-style program, a terminal.
///
/// A way is started once and then asked one thing, or one thing several times. It never takes silence for a yes.
protocol Way: AnyObject {
    /// Where it asks; known once it has started.
    var place: Answer.Place { get }
    /// Whether it asks for the vault's passphrase in the place of the answer.
    var takesPassphrase: Bool { get }
    /// Finds what it needs and starts it.
    ///
    /// - Throws: `.cannotStart` while nothing has been shown.
    func start() throws(WayError)
    /// Asks for a yes; false for everything else that a person may answer.
    func confirm() throws(WayError) -> Bool
    /// Asks for a value of at most `ProtocolLimits.answer` bytes; nil for a person who refuses.
    func read(_ entry: Entry) throws(WayError) -> SecretBytes?
    /// Takes away what is shown, and leaves the terminal as it was.
    func finish(_ ending: Ending?)
    /// What it keeps after an answer, in the place of ``finish(_:)``, until the core has looked at that; nil for nothing.
    func keepSeat() -> TerminalSeat?
}

extension Way {
    var takesPassphrase: Bool { false }

    func keepSeat() -> TerminalSeat? { nil }
}
