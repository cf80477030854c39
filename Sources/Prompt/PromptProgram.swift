import AgentProtocol
import CLinux
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-prompt`: asks a person the question that comes on its pipe, and sends the answer back.
///
/// The core closes the pipe to withdraw the question. Silence, a lost pipe and a signal are never a yes.
///
/// After a secret that was typed on a terminal it goes on until the core closes the pipe, and keeps the terminal hidden: a
/// wrong one is asked for again, by another question on the same pipe, and the person may type at once.
public enum PromptProgram {
    /// The pipe to the core, by the supervisor's promise.
    private static let pipe: Int32 = 3

    /// Runs from start to end.
    ///
    /// - Returns: The exit code: 0 after an answer or a withdrawal, 1 for a core that does not speak as one, 128 + the
    ///   signal that ended it.
    public static func run() -> Int32 {
        Hardening.apply()
        prepare()
        let channel = FrameChannel(Descriptor(owning: pipe))
        let environment = environment()
        var seat: TerminalSeat?
        defer { seat?.leave() }
        var count = 0
        while let question = question(on: channel) {
            count += 1
            if let code = put(question, channel, environment, &seat) { return code }
        }
        return count == 0 ? 1 : 0
    }

    /// Puts one question, and sends the answer.
    ///
    /// - Parameter seat: what the question before has kept of a terminal, and what this one keeps.
    /// - Returns: The exit code; nil if another question may follow.
    private static func put(
        _ question: Question, _ channel: borrowing FrameChannel, _ environment: [String: String],
        _ seat: inout TerminalSeat?
    ) -> Int32? {
        let watch: Watch
        do throws(SystemError) { watch = try Watch(pipe: pipe, deadline: question.deadline) } catch { return 1 }
        let inquiry = Inquiry(
            question: question, t: localizer(question, environment), environment: environment, watch: watch, seat: seat)
        if case .touchKey = question.subject {
            Notice(inquiry: inquiry).show()
            return 0
        }
        switch ask(inquiry) {
        case .answer(let box, let kept):
            box.withAnswer { answer in try? channel.send(secret: answer) }
            guard let kept else { return 0 }
            seat = kept
            return kept.wait(watch) ? nil : 0
        case .ended(.signal(let number)): return 128 + number
        case .ended: return 0
        }
    }

    // MARK: Before

    private static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        closefrom(pipe + 1)
        _ = clave_fcntl(pipe, F_SETFD, FD_CLOEXEC)
        if setsid() < 0 { leaveTerminal() }
    }

    /// Gives the controlling terminal up: it would stop this process, or a pinentry, for using it from the background.
    ///
    /// `setsid` does so too, except for the leader of a process group.
    private static func leaveTerminal() {
        // TIOCNOTTY
        let request: UInt = 0x5422
        do throws(SystemError) {
            let terminal = try Descriptor.open("/dev/tty", O_RDWR | O_NOCTTY)
            _ = clave_ioctl_int(terminal.number, request, 0)
        } catch { return }
    }

    private static func question(on channel: borrowing FrameChannel) -> Question? {
        do {
            let payload = try channel.receive()
            return try payload.withBytes { bytes throws(WireError) in try Question.decode(payload: bytes) }
        } catch { return nil }
    }

    private static func localizer(_ question: Question, _ environment: [String: String]) -> Localizer {
        let language =
            question.locale.isEmpty ? Language(environment: { environment[$0] }) : Language(locale: question.locale)
        return Localizer(language: language, folder: Localizer.catalogFolder)
    }

    /// All variables that are not empty, but for those that would lead a program to a terminal.
    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        guard var entry = unsafe clave_environment() else { return [:] }
        while let text = unsafe entry.pointee {
            let parts = unsafe systemText(text).utf8.split(separator: 61, maxSplits: 1)
                .map { String(decoding: $0, as: UTF8.self) }
            if parts.count == 2, parts[0] != "GPG_TTY" { variables[parts[0]] = parts[1] }
            unsafe entry += 1
        }
        return variables
    }

    // MARK: Asking

    /// How the question ended.
    enum Result {
        /// With what is kept until the core has looked at it.
        case answer(AnswerBox, TerminalSeat? = nil)
        /// With nobody left to tell.
        case ended(Ending)
    }

    /// Tries each way until one can start.
    static func ask(_ inquiry: Inquiry) -> Result {
        guard let choice = Ways.choice(in: inquiry.environment) else {
            return .answer(noWay(["CLAVE_PROMPT is not auto, pinentry, askpass or terminal"]))
        }
        var reasons: [String] = []
        for way in Ways.list(inquiry, choice) {
            do throws(WayError) {
                let answer = try Interview(inquiry: inquiry, way: way).run()
                let seat = answer.value.count > 0 ? way.keepSeat() : nil
                if seat == nil { way.finish(nil) }
                return .answer(AnswerBox(answer), seat)
            } catch {
                switch error {
                case .cannotStart(let reason):
                    way.finish(nil)
                    reasons.append(reason)
                case .failed(let reason):
                    way.finish(nil)
                    return .answer(AnswerBox(Answer(outcome: .failed, detail: detail(reason))))
                case .ended(let ending):
                    way.finish(ending)
                    guard ending == .deadline else { return .ended(ending) }
                    return .answer(AnswerBox(Answer(outcome: .unanswered)))
                }
            }
        }
        return .answer(noWay(reasons))
    }

    private static func noWay(_ reasons: [String]) -> AnswerBox {
        let advice = "set CLAVE_ASKPASS, install a pinentry with a window, or ask from the agent's own terminal"
        let text = (["no way to ask: \(advice)"] + reasons).joined(separator: "; ")
        return AnswerBox(Answer(outcome: .noWay, detail: detail(text)))
    }

    /// Cut so that it fits the protocol in any script.
    private static func detail(_ text: String) -> String {
        ForeignText.plain(text, width: ProtocolLimits.line / 4 * (text.utf8.count == text.unicodeScalars.count ? 4 : 1))
    }
}

/// Holds an answer, which can't be copied, where a value must be.
final class AnswerBox {
    private let answer: Answer

    init(_ answer: consuming Answer) {
        self.answer = answer
    }

    func withAnswer(_ body: (borrowing Answer) -> Void) {
        body(answer)
    }
}
