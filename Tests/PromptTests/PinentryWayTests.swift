import AgentProtocol
import Glibc
import Posix
import TestSupport
import Testing

@testable import Prompt

/// The real program with the real `pinentry-tty`, which has a pseudo-terminal of its own in the place of a window.
@Suite struct PinentryWayTests {
    private let approval = QuestionSubject.approve(Fixture.request())
    private let folder: ScriptFolder

    init() throws { folder = try ScriptFolder() }

    private func run(_ subject: QuestionSubject, _ terminal: PseudoTerminal, seconds: UInt64 = 120) throws -> PromptRun
    {
        try run(Fixture.question(subject, seconds: seconds), terminal)
    }

    /// What it is, it tells by another word: that it asks on a terminal is not to be known.
    private func run(_ question: Question, _ terminal: PseudoTerminal) throws -> PromptRun {
        let pinentry = try folder.script(
            "sed -u 's/^GETINFO flavor$/GETINFO version/' | pinentry-tty --ttyname \(terminal.path) --ttytype xterm",
            name: "pinentry")
        return try PromptRun(question, environment: ["CLAVE_PROMPT": "pinentry", "CLAVE_PINENTRY": pinentry])
    }

    @Test(arguments: [("y", Answer.Outcome.given), ("n", .denied), ("c", .denied)])
    func `a key decides`(key: String, outcome: Answer.Outcome) throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try run(approval, terminal)
        try terminal.expect("Verification code: K7M")
        try terminal.expect("\"/usr/bin/clave-pin\" [1234] ← \"/usr/bin/bash\" [1200]")
        try terminal.expect("]? ")
        try terminal.type(key)
        #expect(try run.answer().outcome == outcome)
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
    }

    @Test func `what was typed before the question is no answer to it`() throws {
        let terminal = try PseudoTerminal()
        try terminal.type("y\ny\n")
        let run = try run(approval, terminal)
        try terminal.expect("]? ")
        try terminal.type("n")
        #expect(try run.answer().outcome == .denied)
    }

    @Test func `Enter alone is no yes`() throws {
        let terminal = try PseudoTerminal()
        let run = try run(approval, terminal)
        try terminal.expect("]? ")
        try terminal.type("\n")
        try terminal.expect("]? ")
        try terminal.type("n")
        #expect(try run.answer().outcome == .denied)
    }

    @Test(arguments: ["correct horse", "100 % açò\\%41"])
    func `a passphrase comes through as it was typed`(passphrase: String) throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try run(.unlock(wrongTries: 1), terminal)
        try terminal.expect("The last passphrase was wrong.")
        try terminal.expect("Passphrase: ")
        #expect(!terminal.echoes)
        try terminal.type(passphrase + "\n")
        let answer = try run.answer()
        #expect(answer.outcome == .given)
        #expect(answer.value == passphrase)
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
        #expect(try !terminal.allShown().contains(passphrase))
    }

    @Test func `a value that breaks its rule is asked for again`() throws {
        let terminal = try PseudoTerminal()
        let run = try run(.field(Fixture.field(), plugin: "SMS"), terminal)
        try terminal.expect("Code from the message: ")
        try terminal.type("12\n")
        try terminal.expect("That is too short: at least 6.")
        try terminal.expect("Code from the message: ")
        try terminal.type("123456\n")
        #expect(try run.answer().value == "123456")
    }

    @Test func `a new passphrase is asked for twice`() throws {
        let terminal = try PseudoTerminal()
        let run = try run(.newPassphrase, terminal)
        for (prompt, typed) in [("New passphrase: ", "correct horse"), ("The same again: ", "correct house")] {
            try terminal.expect(prompt)
            try terminal.type(typed + "\n")
        }
        try terminal.expect("The two are not the same.")
        for prompt in ["New passphrase: ", "The same again: "] {
            try terminal.expect(prompt)
            try terminal.type("correct horse\n")
        }
        #expect(try run.answer().value == "correct horse")
    }

    /// At one second, the deadline comes before the pinentry's own, which is counted from later on.
    @Test(arguments: [QuestionSubject.approve(Fixture.request()), .unlock(wrongTries: 0)], [UInt64(1), 2])
    func `silence is unanswered, and the terminal is as before`(subject: QuestionSubject, seconds: UInt64) throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try run(subject, terminal, seconds: seconds)
        #expect(try run.answer().outcome == .unanswered)
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
    }

    @Test(arguments: [QuestionSubject.approve(Fixture.request()), .unlock(wrongTries: 0)])
    func `a withdrawn question ends it, and the terminal is as before`(subject: QuestionSubject) throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try run(subject, terminal)
        try terminal.expect(subject == .unlock(wrongTries: 0) ? "Passphrase: " : "]? ")
        #expect(!terminal.has(before))
        run.withdraw()
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
    }

    @Test func `it puts the terminal back when its question is killed`() throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try run(.unlock(wrongTries: 0), terminal)
        try terminal.expect("Passphrase: ")
        run.signal(SIGKILL)
        #expect(try run.exitCode() == 128 + SIGKILL)
        try eventually("the terminal to be as before") { terminal.has(before) }
    }

    @Test(arguments: ["en", "es_ES.UTF-8", "ca_ES@valencia", "gl", "eu_ES"])
    func `text at its longest still fits`(locale: String) throws {
        let terminal = try PseudoTerminal()
        let long = String(repeating: "ñ", count: 256)
        let chain = (1...5).map { ProcessInfo(pid: UInt32($0), executable: "/" + String(repeating: "x%", count: 2000)) }
        let caller = Caller(chain: chain, uid: getuid(), isPinned: false, terminal: "")
        let question = Question(
            subject: .approve(Fixture.request(road: .link, organisation: long, procedure: long)), caller: caller,
            identity: long, locale: locale, deadline: Fixture.now() + 60, standing: .vouched)
        let run = try run(question, terminal)
        try terminal.expect("K7M")
        try terminal.expect("]? ")
        run.withdraw()
        #expect(try run.exitCode() == 0)
    }
}

/// The real program with fake pinentries that break the protocol.
@Suite struct BrokenPinentryTests {
    private func answer(_ subject: QuestionSubject, to body: String) throws -> (Answer.Outcome, String, String) {
        let folder = try ScriptFolder()
        let script = try folder.script(body, name: "pinentry")
        let run = try PromptRun(
            Fixture.question(subject, seconds: 30), environment: ["CLAVE_PINENTRY": script])
        let answer = try run.answer()
        #expect(try run.exitCode() == 0)
        return (answer.outcome, answer.value, answer.detail)
    }

    /// Answers `OK` to everything but what `cases` says.
    private func talking(_ cases: String) -> String {
        "echo OK; while read line; do case $line in \(cases) *) echo OK;; esac; done"
    }

    @Test(arguments: [
        "exit 0", "exit 1", "kill -9 $$", "echo hello", "echo OK", "echo OK; exit 1", "echo ERR", "echo ERR x y",
        "yes", "yes S talk", "yes '#'", "head -c 5000 /dev/zero", "echo OK; yes OK | head -1; echo what",
    ])
    func `one that does not speak as a pinentry asks nothing, and there is no other way here`(body: String) throws {
        let (outcome, value, detail) = try answer(.approve(Fixture.request()), to: body)
        #expect(outcome == .noWay)
        #expect(value.isEmpty)
        #expect(detail.contains("pinentry"))
    }

    @Test(arguments: [
        ("CONFIRM*) exit 0;;", Answer.Outcome.failed), ("CONFIRM*) echo nonsense;;", .failed),
        ("CONFIRM*) echo 'ERR 83886340 Invalid IPC response';;", .failed),
        ("CONFIRM*) echo 'D yes'; echo OK;;", .failed),
        ("CONFIRM*) echo 'ERR 83886194 Not confirmed <Pinentry>';;", .denied),
        ("CONFIRM*) echo 'ERR 83886179 cancelled';;", .denied), ("CONFIRM*) echo 'ERR 99';;", .denied),
        ("CONFIRM*) echo 'ERR 83886142 Timeout <Pinentry>';;", .unanswered), ("SETDESC*) echo 'ERR 1 no';;", .noWay),
        (
            "SETNOTOK*) echo 'ERR 536871187 Unknown IPC command';; SETTITLE*|SETTIMEOUT*|OPTION*) echo 'ERR 1 no';;",
            .given
        ),
        ("CONFIRM*) echo '# note'; echo 'S BUTTON_INFO close'; echo 'OK done';;", .given),
        ("CONFIRM*) echo OKAY;;", .failed),
    ])
    func `what it says to a confirmation counts by the protocol`(cases: String, outcome: Answer.Outcome) throws {
        #expect(try answer(.approve(Fixture.request()), to: talking(cases)).0 == outcome)
    }

    @Test(arguments: [
        ("GETPIN*) echo 'D a%25b%0'; echo OK;;", Answer.Outcome.failed, ""),
        ("GETPIN*) echo 'D a%2'; echo OK;;", .failed, ""),
        ("GETPIN*) echo 'D a%25b'; echo 'D c d'; echo OK;;", .given, "a%bc d"),
        ("GETPIN*) echo 'D half'; exit 0;;", .failed, ""),
        ("GETPIN*) echo 'ERR 83886179 cancelled';;", .denied, ""), ("GETPIN*) echo OK;;", .denied, ""),
        ("GETPIN*) yes \"D $(head -c 900 /dev/zero | tr '\\0' a)\";;", .failed, ""),
        ("GETPIN*) echo \"D $(head -c 1000 /dev/zero | tr '\\0' a)\"; echo OK;;", .failed, ""),
    ])
    func `a value is taken whole or not at all`(cases: String, outcome: Answer.Outcome, value: String) throws {
        let answer = try answer(.unlock(wrongTries: 0), to: talking(cases))
        #expect(answer.0 == outcome)
        #expect(answer.1 == value)
    }

    @Test func `one that hangs is ended with its question`() throws {
        let folder = try ScriptFolder()
        let pipe = try folder.makePipe("life")
        let script = try folder.script("exec 9>life; trap '' TERM; echo here >&9; sleep 1000 & wait; sleep 1000")
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0)), environment: ["CLAVE_PINENTRY": script])
        try expectWord(pipe)
        run.withdraw()
        #expect(try run.exitCode() == 0)
        try expectEnd(pipe)
    }

    @Test func `one in the path is used where a screen is`() throws {
        let folder = try ScriptFolder()
        _ = try folder.script(talking("GETINFO*) echo 'ERR 1 unknown';;"), name: "pinentry")
        for screen in ["DISPLAY", "WAYLAND_DISPLAY"] {
            let run = try PromptRun(
                Fixture.question(.approve(Fixture.request())), environment: [screen: ":99", "PATH": folder.path])
            #expect(try run.answer().outcome == .given)
        }
    }
}
