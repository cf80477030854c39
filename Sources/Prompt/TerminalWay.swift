import AgentProtocol
import Glibc
import Localization
import SecureMemory

/// Asks on the terminal of the asking tool, line by line.
///
/// Where the person has not vouched for that terminal, the vault's passphrase takes the place of the answer: it could be
/// one that the asking program has made, to answer itself.
///
/// A yes is a typed word; Enter alone, the end of input and every other word are a no.
final class TerminalWay: Way {
    private let inquiry: Inquiry
    private var terminal: TerminalDevice?
    private var hasShownText = false

    init(_ inquiry: Inquiry) {
        self.inquiry = inquiry
    }

    var place: Answer.Place { .terminal }
    var takesPassphrase: Bool { inquiry.terminalUse == .passphrase }

    func start() throws(WayError) {
        let path = inquiry.question.caller.terminal
        guard !path.isEmpty else { throw .cannotStart("the asking program has no terminal") }
        guard inquiry.terminalUse != .nothing else {
            tellWhy(path)
            throw .cannotStart("the agent was not started on this terminal, and has no vault whose passphrase would do")
        }
        terminal = try TerminalDevice(path)
    }

    /// Tells the person why ssh does not get on: it would only say that its agent refused.
    private func tellWhy(_ path: String) {
        guard case .useKey = inquiry.question.subject, let device = try? TerminalDevice(path) else { return }
        let text = inquiry.t(
            "There is no way to ask you here. Run this on the terminal on which you started the agent, install a pinentry program with a window, or set CLAVE_ASKPASS before you start the agent."
        )
        device.writeAtOnce("\n\(text)\n")
    }

    func confirm() throws(WayError) -> Bool {
        let yes = inquiry.t("yes")
        let line = try ask(inquiry.t("Type \"{1}\" to agree, anything else to refuse:", yes), isHidden: false)
        guard let line else { return false }
        let word = line.withBytes { bytes in
            String(
                decoding: (0..<min(bytes.byteCount, 64)).map {
                    unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
                }, as: UTF8.self)
        }
        return Self.isYes(word, in: yes)
    }

    /// Whether a typed line is the language's word for yes, or the English one or its letter.
    static func isYes(_ line: String, in yes: String) -> Bool {
        let word = plain(String(line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
        return [plain(yes), "yes", "y"].contains(word)
    }

    /// In small letters, and without the accent of `sí`, which many people don't type.
    private static func plain(_ word: String) -> String {
        String(word.lowercased().map { $0 == "í" ? "i" : $0 })
    }

    func read(_ entry: Entry) throws(WayError) -> SecretBytes? {
        let note = entry.note.isEmpty ? "" : entry.note + "\n"
        return try ask("\(note)\(entry.label):", isHidden: entry.isHidden)
    }

    func finish(_ ending: Ending?) {
        guard let terminal else { return }
        terminal.restore()
        switch ending {
        case .withdrawn: terminal.writeAtOnce("\n" + inquiry.t("The question was withdrawn.") + "\n")
        case .deadline: terminal.writeAtOnce("\n" + inquiry.t("Nobody answered in time: that is a no.") + "\n")
        case .signal: terminal.writeAtOnce("\n")
        case nil: break
        }
    }

    /// A typed line; nil at the end of input.
    private func ask(_ prompt: String, isHidden: Bool) throws(WayError) -> SecretBytes? {
        guard let terminal else { throw .failed("the terminal was not opened") }
        try terminal.setLines(echo: !isHidden)
        if !hasShownText {
            hasShownText = true
            let text = PromptText(inquiry.question, in: inquiry.t, takesPassphrase: takesPassphrase)
            try terminal.write("\n\(text.body)\n\n", inquiry.watch)
        }
        try terminal.write("\(prompt) ", inquiry.watch)
        let line = try line(terminal)
        // The person's own line feed was not shown either.
        if isHidden || line == nil { try terminal.write("\n", inquiry.watch) }
        return line
    }

    private func line(_ terminal: TerminalDevice) throws(WayError) -> SecretBytes? {
        var reader = GuardedLineReader(limit: ProtocolLimits.answer + 1)
        while true {
            _ = try inquiry.watch.wait((terminal.number, POLLIN))
            switch try reader.read(terminal.number, of: "the terminal") {
            case .end: return nil
            case .tooMuch: throw .failed("the typed line is too long")
            case .nothing: continue
            case .some: if let line = reader.takeLine() { return line }
            }
        }
    }
}
