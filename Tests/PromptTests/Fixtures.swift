import AgentProtocol
import Glibc
import Posix
import Testing

/// Questions and their parts, as the core would send them.
enum Fixture {
    static let identifier = Identifier(Array(repeating: 7, count: ProtocolLimits.identifier))!

    static func now() -> UInt64 { UInt64(time(nil)) }

    static func request(
        kind: PendingRequest.Kind = .mobile, road: PendingRequest.Road = .document,
        organisation: String = "City Council",
        procedure: String = "Register of residents", code: String = "K7M", at moment: UInt64 = now()
    ) -> PendingRequest {
        PendingRequest(
            identifier: identifier, identity: identifier, kind: kind, road: road, organisation: organisation,
            procedure: procedure, code: code, origin: "192.0.2.7", createdAt: moment - 5, expiresAt: moment + 295)
    }

    /// - Parameter process: that asks; one that is not there by default.
    static func caller(
        terminal: String = "", isPinned: Bool = true, process: Int32 = 1234, isForwarded: Bool = false
    ) -> Caller {
        let chain = [
            ProcessInfo(pid: UInt32(process), executable: "/usr/bin/clave-pin"),
            ProcessInfo(pid: 1200, executable: "/usr/bin/bash"),
        ]
        return Caller(
            chain: chain, uid: getuid(), isPinned: isPinned, terminal: terminal, isForwarded: isForwarded)
    }

    static func field(
        _ kind: FieldDescription.Kind = .digits, lengths: ClosedRange<UInt32> = 6...6, note: String = "",
        choices: [String] = []
    ) -> FieldDescription {
        FieldDescription(
            name: "code", label: "Code from the message", note: note, kind: kind, minimumLength: lengths.lowerBound,
            maximumLength: lengths.upperBound, choices: choices)
    }

    static func question(
        _ subject: QuestionSubject, caller: Caller = caller(), locale: String = "en",
        seconds: UInt64 = 120, at moment: UInt64 = now(), standing: TerminalStanding = .vouched,
        isForSSHAgent: Bool = false
    ) -> Question {
        Question(
            subject: subject, caller: caller, identity: "Ana Prats ****5678Z", locale: locale,
            deadline: moment + seconds, standing: standing, isForSSHAgent: isForSSHAgent)
    }

    /// Of a program on a terminal: the first of its session, or another.
    static func question(
        _ subject: QuestionSubject, terminal: PseudoTerminal, process: Int32? = nil, locale: String = "en",
        seconds: UInt64 = 120, standing: TerminalStanding = .vouched
    ) -> Question {
        question(
            subject, caller: caller(terminal: terminal.path, process: process ?? terminal.process), locale: locale,
            seconds: seconds, standing: standing)
    }
}

/// Something did not come in time: so long that only a fault explains it.
struct Overdue: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "waited in vain for \(what)" }
}

/// Milliseconds after which a test gives up.
let patience: Int32 = 20_000

/// What `poll` says of one descriptor, once it says something.
@discardableResult
func ready(_ descriptor: Int32, _ events: Int32 = POLLIN, for what: String) throws -> Int32 {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
        let count = poll(&entry, 1, patience)
        if count > 0 { return Int32(entry.revents) }
        if count == 0 || errno != EINTR { throw Overdue(what) }
    }
}
