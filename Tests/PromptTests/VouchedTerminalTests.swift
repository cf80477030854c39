import AgentProtocol
import Glibc
import Posix
import Testing

@testable import Prompt

/// The real program on a pseudo-terminal for which the person has not vouched.
@Suite struct `A terminal that nobody has vouched for` {
    private static let unknown = TerminalStanding.unknown(wrongTries: 0)

    @Test(arguments: [
        QuestionSubject.approve(Fixture.request()), .showPIN(Fixture.request(kind: .pin)),
        .useKey(KeyUse(comment: "a key", fingerprint: "SHA256:x", kind: .opaque, name: "", host: "")),
        .renounce(gateway: "Sandbox gateway"), .serveSSH(fingerprint: "SHA256:x"),
    ])
    func `asks for the vault's passphrase in the place of a yes`(subject: QuestionSubject) throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(subject, terminal: terminal, standing: Self.unknown))
        try terminal.expect("To agree, type the passphrase of the agent's vault")
        try terminal.expect("Passphrase: ")
        #expect(!terminal.echoes)
        try terminal.type("yes\n")
        let answer = try run.answer()
        #expect(answer.outcome == .passphrase && answer.place == .terminal && answer.value == "yes")
    }

    @Test(arguments: [
        QuestionSubject.newPassphrase, .field(Fixture.field(), plugin: "SMS"), .vault(.restoreOver),
    ])
    func `asks for the vault's passphrase before an answer that anybody could give`(subject: QuestionSubject) throws {
        let terminal = try PseudoTerminal()
        let question = Fixture.question(subject, terminal: terminal, standing: .unknown(wrongTries: 2))
        let run = try PromptRun(question)
        try terminal.expect("First type the passphrase of the agent's vault")
        try terminal.expect("Wrong passphrases so far: 2.")
        try terminal.type("correct horse\n")
        let answer = try run.answer()
        #expect(answer.outcome == .passphrase && answer.value == "correct horse")
    }

    @Test(arguments: [Self.unknown, .unusable])
    func `asks for a secret that is checked, as anywhere`(standing: TerminalStanding) throws {
        let terminal = try PseudoTerminal()
        let question = Fixture.question(.unlock(wrongTries: 0), terminal: terminal, standing: standing)
        let run = try PromptRun(question)
        try terminal.expect("Passphrase: ")
        try terminal.type("correct horse\n")
        let answer = try run.answer()
        #expect(answer.outcome == .given && answer.place == .terminal && answer.value == "correct horse")
    }

    @Test(arguments: [
        QuestionSubject.approve(Fixture.request()), .newPassphrase, .field(Fixture.field(), plugin: "SMS"),
        .vault(.restore),
    ])
    func `asks nothing where there is no vault`(subject: QuestionSubject) throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(subject, terminal: terminal, standing: .unusable))
        let answer = try run.answer()
        #expect(answer.outcome == .noWay && answer.detail.contains("was not started on this terminal"))
        #expect(try terminal.allShown().isEmpty)
    }

    @Test func `tells why a key can't be used there, since ssh would not`() throws {
        let terminal = try PseudoTerminal()
        let use = KeyUse(comment: "a key", fingerprint: "SHA256:x", kind: .opaque, name: "", host: "")
        let run = try PromptRun(Fixture.question(.useKey(use), terminal: terminal, standing: .unusable))
        #expect(try run.answer().outcome == .noWay)
        try terminal.expect("There is no way to ask you here.")
    }

    @Test func `is not told to a pinentry, nor is any other`() throws {
        let terminal = try PseudoTerminal(nil)
        let folder = try ScriptFolder()
        let script = try folder.script(
            """
            env >environment; exec 3>&1; (: </dev/tty) 2>/dev/null && echo terminal >found
            echo OK >&3; while read line; do echo "$line" >>heard; echo OK >&3; done
            """, name: "pinentry")
        // The program is started by a shell whose terminal that is.
        let run = try PromptRun(
            Fixture.question(.approve(Fixture.request()), terminal: terminal, standing: Self.unknown),
            environment: ["CLAVE_PINENTRY": script, "GPG_TTY": terminal.path],
            shell: ": <\(terminal.path); \"$0\" & wait $!")
        #expect(try run.answer().outcome == .given)
        #expect(try run.exitCode() == 0)
        #expect(try !folder.text("heard").contains("tty"))
        #expect(try !folder.text("environment").contains("GPG_TTY"))
        #expect(throws: SystemError.self) { try folder.text("found") }
    }
}

/// The real program with pinentries that would ask on a terminal, or fail before they ask.
@Suite struct `A pinentry is passed over` {
    /// Says that it is of a flavor, and answers yes to all.
    private func flavored(_ flavor: String) -> String {
        "echo OK; while read line; do case $line in 'GETINFO flavor') echo 'D \(flavor)';; esac; echo \"$line\" >>heard; echo OK; done"
    }

    private let approval = QuestionSubject.approve(Fixture.request())

    @Test(
        arguments: ["gnome3:curses", "gtk2:curses", "curses", "tty", "qt:tty"], [TerminalStanding.vouched, .unusable])
    func `if it would ask on a terminal, where it knows nothing of jobs and of who has vouched for it`(
        flavor: String, standing: TerminalStanding
    ) throws {
        let folder = try ScriptFolder()
        let script = try folder.script(flavored(flavor), name: "pinentry")
        let askpass = try folder.script("exit 0", name: "ssh-askpass")
        let terminal = try PseudoTerminal()
        let run = try PromptRun(
            Fixture.question(approval, terminal: terminal, standing: standing),
            environment: ["CLAVE_PINENTRY": script, "SSH_ASKPASS": askpass, "DISPLAY": ":99"])
        #expect(try run.answer().outcome == .given)
        #expect(try !folder.text("heard").contains("CONFIRM"))
    }

    @Test(arguments: ["gnome3", "qt", "x11", ""])
    func `but not if it has a window, or does not say what it is`(flavor: String) throws {
        let folder = try ScriptFolder()
        let script = try folder.script(flavored(flavor), name: "pinentry")
        let run = try PromptRun(
            Fixture.question(approval, standing: .unusable), environment: ["CLAVE_PINENTRY": script])
        let answer = try run.answer()
        #expect(answer.outcome == .given && answer.place == .elsewhere)
    }

    @Test(arguments: [
        "exit 0", "exit 1", "kill -9 $$", "echo hello", "echo ERR 1 no", "echo OK; exit 1",
        "echo OK; while read line; do case $line in SETDESC*) echo ERR 1 no;; *) echo OK;; esac; done",
        "echo OK; while read line; do case $line in SETOK*) exit 1;; *) echo OK;; esac; done",
    ])
    func `if it fails before it can have shown anything, and the next way asks`(body: String) throws {
        let folder = try ScriptFolder()
        let script = try folder.script(body, name: "pinentry")
        let askpass = try folder.script("exit 0", name: "ssh-askpass")
        let run = try PromptRun(
            Fixture.question(approval),
            environment: ["CLAVE_PINENTRY": script, "SSH_ASKPASS": askpass, "DISPLAY": ":99"])
        #expect(try run.answer().outcome == .given)
        #expect(try run.exitCode() == 0)
    }

    @Test func `but not once it has asked: nobody guesses what the person meant`() throws {
        let folder = try ScriptFolder()
        let script = try folder.script(
            "echo OK; while read line; do case $line in CONFIRM*) exit 1;; *) echo OK;; esac; done", name: "pinentry")
        let askpass = try folder.script("exit 0", name: "ssh-askpass")
        let run = try PromptRun(
            Fixture.question(approval),
            environment: ["CLAVE_PINENTRY": script, "SSH_ASKPASS": askpass, "DISPLAY": ":99"])
        #expect(try run.answer().outcome == .failed)
    }

    @Test func `if it can't be executed, and so is an askpass program`() throws {
        let folder = try ScriptFolder()
        let broken = "\(folder.path)/broken"
        try Files.replace(broken, with: Array("#!/nowhere/interpreter\n".utf8), mode: 0o700)
        let askpass = try folder.script("exit 0", name: "ssh-askpass")
        let run = try PromptRun(
            Fixture.question(approval),
            environment: ["CLAVE_ASKPASS": broken, "CLAVE_PINENTRY": broken, "SSH_ASKPASS": askpass, "DISPLAY": ":99"])
        #expect(try run.answer().outcome == .given)
    }
}
