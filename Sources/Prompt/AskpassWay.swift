import AgentProtocol
import Glibc
import Posix
import SecureMemory
import Wire

/// Asks with a program in the manner of `ssh-askpass`: `PROGRAM "text"`, once for each answer.
///
/// For a yes or no, `SSH_ASKPASS_PROMPT=confirm` is in its environment; exit code 0 is a yes, but not with any output
/// other than `yes`: a program that does not know the variable would have asked for a line of text. For a value, its
/// output is the value, with or without a line feed at the end. Every other exit code is a no.
///
/// `CLAVE_ASKPASS_HINT` tells more: `confirm`, `passphrase`, `new-passphrase`, `pin` or `field:NAME`. The program named by
/// `CLAVE_ASKPASS`, meant for scripts too, gets the facts of the question besides; see ``PromptFacts``.
final class AskpassWay: Way {
    private let inquiry: Inquiry
    private let name: String
    private let facts: [String: String]
    private var program = ""
    private var text = ""
    private var hasShown = false

    var place: Answer.Place { .elsewhere }

    init(_ inquiry: Inquiry, program name: String, facts: [String: String]) {
        self.inquiry = inquiry
        self.name = name
        self.facts = facts
    }

    func start() throws(WayError) {
        guard let path = ProgramPath.find(name, in: inquiry.environment) else {
            throw .cannotStart("\(name) is not a program")
        }
        program = path
        text = PromptText(inquiry.question, in: inquiry.t).body
    }

    func confirm() throws(WayError) -> Bool {
        guard let output = try run(text, ["SSH_ASKPASS_PROMPT": "confirm", "CLAVE_ASKPASS_HINT": "confirm"]) else {
            return false
        }
        return output.count == 0 || output.equals(SecretBytes(copying: unsafe Array("yes".utf8).span.bytes))
    }

    func read(_ entry: Entry) throws(WayError) -> SecretBytes? {
        let note = entry.note.isEmpty ? "" : entry.note + "\n\n"
        return try run("\(note)\(text)\n\n\(entry.label):", ["CLAVE_ASKPASS_HINT": entry.hint])
    }

    func finish(_ ending: Ending?) {}

    /// Shows the text until the program ends or the core withdraws it (`SSH_ASKPASS_PROMPT=none`, as OpenSSH has it).
    ///
    /// - Throws: `.ended` when it was withdrawn.
    func tell() throws(WayError) {
        try start()
        var child = try spawn(text, ["SSH_ASKPASS_PROMPT": "none", "CLAVE_ASKPASS_HINT": "touch"])
        hasShown = true
        do throws(WayError) { _ = try inquiry.watch.wait((child.pidfd.number, POLLIN)) } catch {
            child.stop()
            throw error
        }
        _ = child.wait()
    }

    /// Its output; nil if it said no.
    private func run(_ text: String, _ variables: [String: String]) throws(WayError) -> SecretBytes? {
        var child = try spawn(text, variables)
        hasShown = true
        do throws(WayError) {
            return try answer(&child)
        } catch {
            child.stop()
            throw error
        }
    }

    private func spawn(_ text: String, _ variables: [String: String]) throws(WayError) -> ChildProcess {
        let inherited = inquiry.environment.filter { !PromptFacts.isReserved($0.key) }
        let environment = inherited.merging(facts) { $1 }.merging(variables) { $1 }
        do throws(SystemError) {
            var child = try ChildProcess(program, arguments: [DisplayText.lines(text)], environment: environment)
            child.closeInput()
            return child
        } catch {
            throw hasShown ? .failed(error.description) : .cannotStart(error.description)
        }
    }

    private func answer(_ child: inout ChildProcess) throws(WayError) -> SecretBytes? {
        // One byte more than an answer for the line feed, one more to notice too many.
        var reader = GuardedLineReader(limit: ProtocolLimits.answer + 2)
        var isOpen = true
        while true {
            let output = isOpen ? child.output.number : -1
            let events = try inquiry.watch.wait((output, POLLIN), (child.pidfd.number, POLLIN))
            if isOpen { isOpen = try drain(output, into: &reader) }
            // Whatever it left in the background may still hold the output, and is not waited for.
            if events[1] != 0 { break }
        }
        if isOpen { _ = try drain(child.output.number, into: &reader) }
        switch child.wait() {
        case .signal(let number): throw .failed("\(name) was ended by signal \(number)")
        case .code(0): return try value(&reader)
        case .code: return nil
        }
    }

    private func value(_ reader: inout GuardedLineReader) throws(WayError) -> SecretBytes {
        let value = reader.takeAll()
        guard value.count <= ProtocolLimits.answer else { throw .failed("\(name) wrote too much") }
        return value
    }

    /// Reads all that is there; whether there may come more.
    private func drain(_ output: Int32, into reader: inout GuardedLineReader) throws(WayError) -> Bool {
        while true {
            switch try reader.read(output, of: name) {
            case .some: continue
            case .nothing: return true
            case .end: return false
            case .tooMuch: throw .failed("\(name) wrote too much")
            }
        }
    }
}
