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
    private var seat: TerminalSeat?
    /// Whether what was typed last was not shown.
    private var isTypedHidden = false
    private var hasShown = false

    init(_ inquiry: Inquiry) {
        self.inquiry = inquiry
    }

    var place: Answer.Place { .terminal }
    var takesPassphrase: Bool { inquiry.terminalUse == .passphrase }

    func start() throws(WayError) {
        let caller = inquiry.question.caller
        guard !caller.terminal.isEmpty else { throw .cannotStart("the asking program has no terminal") }
        guard inquiry.terminalUse != .nothing else {
            tellWhy()
            throw .cannotStart("the agent was not started on this terminal, and has no vault whose passphrase would do")
        }
        let seat: TerminalSeat
        if let kept = inquiry.seat { seat = kept } else { seat = try makeSeat(caller) }
        self.seat = seat
        // Both would read what is typed, and what ssh reads goes to the other host.
        guard !caller.isForwarded || !seat.isReadByProgram else {
            throw .cannotStart("another host asks by ssh, which reads that terminal itself (ssh -n would not)")
        }
    }

    private func makeSeat(_ caller: Caller) throws(WayError) -> TerminalSeat {
        try TerminalSeat(caller.terminal, process: Int32(clamping: caller.chain.first?.pid ?? 0))
    }

    /// Tells the person why ssh does not get on: it would only say that its agent refused.
    private func tellWhy() {
        guard case .useKey = inquiry.question.subject, let seat = try? makeSeat(inquiry.question.caller) else { return }
        let text = inquiry.t(
            "There is no way to ask you here. Run this on the terminal on which you started the agent, install a pinentry program with a window, or set CLAVE_ASKPASS before you start the agent."
        )
        if seat.isInForeground { seat.device.writeAtOnce("\n\(text)\n") }
        seat.leave()
    }

    func confirm() throws(WayError) -> Bool {
        let yes = inquiry.t("yes")
        let prompt = inquiry.t("Type \"{1}\" to agree, anything else to refuse:", yes)
        let line = try ask(prompt, isHidden: false, refusal: .word)
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
        let line = try ask("\(note)\(entry.label):", isHidden: entry.isHidden, refusal: .key)
        isTypedHidden = line != nil && entry.isHidden
        return line
    }

    /// Keeps the terminal hidden after a secret was typed there, until the core has found out whether it is right.
    func keepSeat() -> TerminalSeat? {
        guard let seat, isTypedHidden, seat.isTaken else { return nil }
        return seat
    }

    func finish(_ ending: Ending?) {
        guard let seat else { return }
        // Nobody else's line is written into, nor behind a shell's new prompt.
        let isSeen = seat.isTaken && seat.isInForeground
        seat.leave()
        guard isSeen else { return }
        switch ending {
        case .withdrawn where !seat.staysInForeground: break
        case .withdrawn: seat.device.writeAtOnce("\n" + inquiry.t("The question was withdrawn.") + "\n")
        case .deadline: seat.device.writeAtOnce("\n" + inquiry.t("Nobody answered in time: that is a no.") + "\n")
        case .signal: seat.device.writeAtOnce("\n")
        case nil: break
        }
    }

    // MARK: A line

    /// A typed line; nil at the end of input, and at a key that ends the job.
    private func ask(
        _ prompt: String, isHidden: Bool, refusal: PromptText.Refusal
    ) throws(WayError) -> SecretBytes? {
        guard let seat else { throw .failed("the terminal was not opened") }
        try show(prompt, refusal, isAgain: hasShown)
        while true {
            switch try line(on: seat, isHidden: isHidden) {
            case .typed(let line): return line
            case .refused: return nil
            // What was typed so far is typed anew.
            case .lost: try show(prompt, refusal, isAgain: seat.isTaken)
            }
        }
    }

    /// What a line has come to.
    private enum Line: ~Copyable {
        case typed(SecretBytes)
        /// By the end of input, or a key that ends the job.
        case refused
        /// The job has lost the terminal.
        case lost
    }

    /// Reads a line, as long as the seat has the terminal.
    private func line(on seat: TerminalSeat, isHidden: Bool) throws(WayError) -> Line {
        var editor = LineEditor(limit: ProtocolLimits.answer, isHidden: isHidden, keys: seat.device.keys)
        while try seat.look(inquiry.watch) == .readable {
            switch try editor.read(seat.device.number) {
            case .nothing: continue
            case .show(let text): try seat.device.write(text, inquiry.watch)
            case .tooLong: throw .failed("the typed line is too long")
            case .line:
                try seat.device.write("\n", inquiry.watch)
                return .typed(editor.finish())
            case .end:
                try seat.device.write("\n", inquiry.watch)
                return .refused
            case .signal(SIGTSTP):
                try seat.stop(inquiry.watch)
                return .lost
            case .signal(let number):
                seat.end(by: number)
                return .refused
            }
        }
        return .lost
    }

    /// Shows the question once the person types for the program.
    ///
    /// - Parameter isAgain: whether the text is on the terminal already, and only the line is asked for again.
    private func show(_ prompt: String, _ refusal: PromptText.Refusal, isAgain: Bool) throws(WayError) {
        guard let seat else { return }
        try seat.take(
            inquiry.watch,
            notice: inquiry.t("[clave-agent] A question waits for this job: bring it to the foreground with fg."))
        if !isAgain {
            let text = PromptText(
                inquiry.question, in: inquiry.t, takesPassphrase: takesPassphrase, refusal: refusal)
            try seat.device.write("\n\(text.body)\n\n", inquiry.watch)
            hasShown = true
        }
        try seat.device.write("\(prompt) ", inquiry.watch)
    }
}
