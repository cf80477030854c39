import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

/// Asks with a pinentry program, which speaks Assuan on its standard input and output.
///
/// It is told of no terminal, and one that would ask there all the same is not used: it knows nothing of the shell's jobs,
/// would go on reading when the asking program is stopped, and could be asked on a terminal that nobody has vouched for. Those
/// with windows fall back to a terminal, some of them without a word, where they find no display, no session bus or no
/// prompter. ``TerminalWay`` asks there instead.
final class PinentryWay: Way {
    /// Lines of a pinentry's answer to one command.
    private static let mostLines = 256

    private let inquiry: Inquiry
    private let name: String
    private var child: ChildProcess?
    private var reader = GuardedLineReader(limit: 2 * Assuan.longestLine)
    /// Whether the person may have seen something.
    private var hasShown = false

    init(_ inquiry: Inquiry, program name: String) {
        self.inquiry = inquiry
        self.name = name
    }

    // MARK: Way

    var place: Answer.Place { .elsewhere }

    func start() throws(WayError) {
        try beforeShowing { () throws(WayError) in try begin() }
    }

    private func begin() throws(WayError) {
        guard let path = ProgramPath.find(name, in: inquiry.environment) else {
            throw .cannotStart("\(name) is not a program")
        }
        let description = PromptText.fitting(
            Assuan.longestLine - "SETDESC ".utf8.count, inquiry.question, in: inquiry.t,
            measure: { Assuan.escaped($0).utf8.count })
        guard let description else { throw .cannotStart("the question is too long for a pinentry") }
        do throws(SystemError) {
            child = try ChildProcess(path, arguments: [], environment: inquiry.environment)
        } catch { throw .cannotStart(error.description) }
        try require(try response())
        guard try !asksOnTerminal() else {
            throw .cannotStart("\(name) would ask on a terminal, without regard to the shell's jobs")
        }
        try setOptions()
        try set("SETTITLE", description.title)
        try require(try reply(to: "SETDESC \(Assuan.escaped(description.body))"))
        try set("SETTIMEOUT", "\(max(inquiry.watch.millisecondsLeft / 1000, 1))")
    }

    func confirm() throws(WayError) -> Bool {
        try beforeShowing { () throws(WayError) in
            try set("SETOK", inquiry.t("Yes"))
            try set("SETNOTOK", inquiry.t("No"))
            try set("SETCANCEL", inquiry.t("Cancel"))
        }
        switch try show("CONFIRM") {
        case .done(let value):
            guard value.count == 0 else { throw .failed("\(name) answered a question with a value") }
            return true
        case .refused: return false
        case .failed(let words): throw .failed("\(name): \(words)")
        }
    }

    func read(_ entry: Entry) throws(WayError) -> SecretBytes? {
        try beforeShowing { () throws(WayError) in
            if !entry.note.isEmpty { try set("SETERROR", entry.note) }
            try set("SETPROMPT", entry.label + ":")
            try set("SETOK", inquiry.t("OK"))
            try set("SETCANCEL", inquiry.t("Cancel"))
        }
        switch try show("GETPIN") {
        case .done(let value): return value
        case .refused: return nil
        case .failed(let words): throw .failed("\(name): \(words)")
        }
    }

    func finish(_ ending: Ending?) {
        if ending == nil { try? child?.write("BYE\n") }
        // One may ask on a terminal all the same, and would leave it without echo.
        child?.interrupt()
        child?.stop()
    }

    /// What fails before anything can have been shown is no answer: the next way asks.
    private func beforeShowing(_ body: () throws(WayError) -> Void) throws(WayError) {
        do throws(WayError) { try body() } catch {
            guard case .failed(let reason) = error, !hasShown else { throw error }
            throw .cannotStart(reason)
        }
    }

    /// Has it ask.
    private func show(_ command: String) throws(WayError) -> Outcome {
        hasShown = true
        return try reply(to: command)
    }

    // MARK: Commands

    /// Whether it says that it asks on a terminal; an old one, or a person's own, says nothing.
    ///
    /// Its flavor is the program's name without `pinentry-`, and what it has fallen back to behind a colon.
    private func asksOnTerminal() throws(WayError) -> Bool {
        guard case .done(let value) = try reply(to: "GETINFO flavor") else { return false }
        return value.withBytes { bytes in
            let text = (0..<min(bytes.byteCount, 64)).map {
                unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
            }
            let last = text.split(separator: UInt8(ascii: ":")).last ?? []
            return ["curses", "tty"].contains(String(decoding: last, as: UTF8.self))
        }
    }

    private func setOptions() throws(WayError) {
        let environment = inquiry.environment
        let locale = [inquiry.question.locale, environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]]
            .lazy.compactMap(word).first
        // The text is UTF-8; a locale of another charset would have it shown as question marks.
        let charset = locale.flatMap { $0.lowercased().contains("utf") ? $0 : nil } ?? "C.UTF-8"
        try set("OPTION", "lc-ctype=\(charset)")
        try set("OPTION", "lc-messages=\(locale ?? "C")")
    }

    /// A value that fits an option: letters, digits and the signs of locale and terminal names.
    private func word(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count) else { return nil }
        let signs = "_-.@+".utf8
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || signs.contains(byte)
        }
        return isPlain ? text : nil
    }

    /// Sets what a pinentry may also not know.
    private func set(_ command: String, _ value: String) throws(WayError) {
        _ = try reply(to: "\(command) \(Assuan.escaped(ForeignText.plain(value, width: 200)))")
    }

    private func require(_ outcome: consuming Outcome) throws(WayError) {
        switch outcome {
        case .done: return
        case .refused: throw .failed("\(name) refused to start")
        case .failed(let words): throw .failed("\(name): \(words)")
        }
    }

    // MARK: Conversation

    /// What a command came to.
    private enum Outcome: ~Copyable {
        /// With a value, which may be empty.
        case done(SecretBytes)
        case refused
        case failed(String)
    }

    private func reply(to command: String) throws(WayError) -> Outcome {
        do throws(SystemError) { try child?.write(command + "\n") } catch {
            throw .failed("\(name) ended early")
        }
        return try response()
    }

    private func response() throws(WayError) -> Outcome {
        var value = SecretWriter()
        var count = 0
        for _ in 0..<Self.mostLines {
            let line = try line()
            guard let response = line.withBytes({ Assuan.response($0) }) else {
                throw .failed("\(name) does not speak as a pinentry")
            }
            switch consume response {
            case .talk: continue
            case .ok: return .done(value.finish())
            case .error(let code, let text): return try outcome(code, text)
            case .data(let part):
                count += part.count
                guard count <= ProtocolLimits.answer else { throw .failed("\(name) sent too much") }
                part.withBytes { value.append(secret: $0) }
            }
        }
        throw .failed("\(name) does not come to an end")
    }

    private func outcome(_ code: UInt32, _ text: String) throws(WayError) -> Outcome {
        switch code & Assuan.Code.mask {
        case Assuan.Code.timeout: throw .ended(.deadline)
        case Assuan.Code.cancelled, Assuan.Code.fullyCancelled, Assuan.Code.notConfirmed: return .refused
        default: return .failed("error \(code) \(text)")
        }
    }

    private func line() throws(WayError) -> SecretBytes {
        guard let output = child?.output.number else { throw .failed("\(name) was not started") }
        while true {
            if let line = reader.takeLine() { return line }
            _ = try inquiry.watch.wait((output, POLLIN))
            switch try reader.read(output, of: name) {
            case .some, .nothing: continue
            case .end: throw .failed("\(name) ended without an answer")
            case .tooMuch: throw .failed("\(name) sent too much")
            }
        }
    }
}
