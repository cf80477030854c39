import AgentProtocol
import Glibc
import Posix
import TestSupport
import Testing

@testable import Prompt

/// The real program with fake askpass programs.
@Suite struct AskpassWayTests {
    private let approval = QuestionSubject.approve(Fixture.request())

    @Test(arguments: [
        ("exit 0", Answer.Outcome.given), ("echo yes", .given), ("exit 1", .denied), ("exit 255", .denied),
        ("echo no", .denied), ("echo maybe; exit 0", .denied), ("echo yes; exit 1", .denied), ("kill -9 $$", .failed),
    ])
    func `only a clean exit without other words is a yes`(body: String, outcome: Answer.Outcome) throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(Fixture.question(approval), environment: ["CLAVE_ASKPASS": try folder.script(body)])
        let answer = try run.answer()
        #expect(answer.outcome == outcome)
        #expect(answer.value.isEmpty)
        #expect(try run.exitCode() == 0)
    }

    @Test func `the program gets the text as its argument and the facts in its environment`() throws {
        let folder = try ScriptFolder()
        let script = try folder.script(
            "printf %s \"$1\" > text; env > variables; echo $# > count; ls /proc/self/fd > fds")
        let run = try PromptRun(
            Fixture.question(approval),
            environment: ["CLAVE_ASKPASS": script, "CLAVE_PROMPT_FIELD": "forged", "KEPT": "as is"])
        #expect(try run.answer().outcome == .given)
        let text = try folder.text("text")
        #expect(text.contains("Verification code: K7M"))
        #expect(text.contains("If you did not ask for this, say no."))
        #expect(try folder.text("count") == "1\n")
        let variables = Set(try folder.text("variables").split(separator: "\n").map(String.init))
        for expected in [
            "SSH_ASKPASS_PROMPT=confirm", "CLAVE_ASKPASS_HINT=confirm", "CLAVE_PROMPT_KIND=approve",
            "CLAVE_PROMPT_CODE=K7M", "CLAVE_PROMPT_ORGANISATION=City Council",
            "CLAVE_PROMPT_PROCEDURE=Register of residents", "KEPT=as is",
        ] {
            #expect(variables.contains(expected))
        }
        #expect(!variables.contains { $0.hasPrefix("CLAVE_PROMPT_FIELD") })
        // 3 is ls's own folder.
        #expect(try folder.text("fds") == "0\n1\n2\n3\n")
    }

    @Test(arguments: [
        ("printf 123456", "123456"), ("echo 123456", "123456"), ("echo ' 123456 '", "123456"),
        ("printf '12'; sleep 0.05; echo 3456", "123456"),
    ])
    func `the output is the value`(body: String, value: String) throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(
            Fixture.question(.field(Fixture.field(), plugin: "SMS")),
            environment: ["CLAVE_ASKPASS": try folder.script("env > variables; " + body)])
        let answer = try run.answer()
        #expect(answer.outcome == .given)
        #expect(answer.value == value)
        let variables = try folder.text("variables")
        #expect(variables.contains("CLAVE_ASKPASS_HINT=field:code\n"))
        #expect(variables.contains("CLAVE_PROMPT_FIELD=code\n"))
        #expect(!variables.contains("SSH_ASKPASS_PROMPT"))
    }

    @Test func `a passphrase keeps its spaces and loses one line feed`() throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(
            Fixture.question(.unlock(wrongTries: 1)),
            environment: ["CLAVE_ASKPASS": try folder.script("env > variables; echo ' two words '")])
        #expect(try run.answer().value == " two words ")
        #expect(try folder.text("variables").contains("CLAVE_ASKPASS_HINT=passphrase\n"))
        #expect(try folder.text("variables").contains("CLAVE_PROMPT_WRONG_TRIES=1\n"))
    }

    @Test func `a wrong value is asked for again, with a note`() throws {
        let folder = try ScriptFolder()
        let script = try folder.script(
            "echo \"$1\" >> texts; if [ -e again ]; then echo 123456; else echo 1; fi; touch again")
        let run = try PromptRun(
            Fixture.question(.field(Fixture.field(), plugin: "SMS")), environment: ["CLAVE_ASKPASS": script])
        #expect(try run.answer().value == "123456")
        #expect(try folder.text("texts").contains("That is too short: at least 6."))
    }

    @Test func `a new passphrase is asked for twice`() throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(
            Fixture.question(.newPassphrase),
            environment: ["CLAVE_ASKPASS": try folder.script("echo $CLAVE_ASKPASS_HINT >> hints; echo correct horse")])
        #expect(try run.answer().value == "correct horse")
        #expect(try folder.text("hints") == "new-passphrase\nnew-passphrase\n")
    }

    @Test(arguments: ["head -c 4096 /dev/zero | tr '\\0' a", "head -c 4096 /dev/zero | tr '\\0' a; echo"])
    func `the largest answer is taken`(body: String) throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(
            Fixture.question(.unlock(wrongTries: 0)), environment: ["CLAVE_ASKPASS": try folder.script(body)])
        let answer = try run.answer()
        #expect(answer.outcome == .given)
        #expect(answer.value.utf8.count == ProtocolLimits.answer)
    }

    @Test(arguments: ["head -c 4097 /dev/zero | tr '\\0' a", "head -c 4097 /dev/zero | tr '\\0' a; echo", "yes"])
    func `a larger one is a failure`(body: String) throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(
            Fixture.question(.unlock(wrongTries: 0)), environment: ["CLAVE_ASKPASS": try folder.script(body)])
        let answer = try run.answer()
        #expect(answer.outcome == .failed)
        #expect(answer.value.isEmpty)
        #expect(try run.exitCode() == 0)
    }

    @Test func `a withdrawn question takes the program and its children with it`() throws {
        let folder = try ScriptFolder()
        let pipe = try folder.makePipe("life")
        let script = try folder.script("exec 9>life; trap '' TERM; sleep 1000 & echo here >&9; wait; wait; sleep 1000")
        let run = try PromptRun(Fixture.question(approval), environment: ["CLAVE_ASKPASS": script])
        try expectWord(pipe)
        run.withdraw()
        #expect(try run.exitCode() == 0)
        try expectEnd(pipe)
    }

    @Test func `a question that is killed takes the program and its children with it`() throws {
        let folder = try ScriptFolder()
        let pipe = try folder.makePipe("life")
        let script = try folder.script("exec 9>life; trap '' TERM; sleep 1000 & echo here >&9; wait; wait; sleep 1000")
        let run = try PromptRun(Fixture.question(approval), environment: ["CLAVE_ASKPASS": script])
        try expectWord(pipe)
        // The program, and what sees to it that it does not stay behind.
        try eventually("both children") {
            let path = "/proc/\(run.process)/task/\(run.process)/children"
            return String(decoding: try Files.read(path, limit: 4096), as: UTF8.self).split(separator: " ").count == 2
        }
        run.signal(SIGKILL)
        #expect(try run.exitCode() == 128 + SIGKILL)
        try expectEnd(pipe)
    }

    @Test func `a program is left to ask where few descriptors may be open`() throws {
        let folder = try ScriptFolder()
        let script = try folder.script("sleep 1; exit 0")
        let run = try PromptRun(
            Fixture.question(approval), environment: ["CLAVE_ASKPASS": script],
            shell: "ulimit -Hn 64; exec \"$0\"")
        #expect(try run.answer().outcome == .given)
    }

    @Test func `a program that hangs is ended at the deadline`() throws {
        let folder = try ScriptFolder()
        let pipe = try folder.makePipe("life")
        let script = try folder.script("exec 9>life; sleep 1000")
        let run = try PromptRun(Fixture.question(approval, seconds: 1), environment: ["CLAVE_ASKPASS": script])
        #expect(try run.answer().outcome == .unanswered)
        #expect(try run.exitCode() == 0)
        try expectEnd(pipe)
    }

    @Test func `SSH_ASKPASS is used where a screen is or it is forced`() throws {
        let folder = try ScriptFolder()
        let script = try folder.script("/usr/bin/env > variables")
        for variables in [
            ["SSH_ASKPASS_REQUIRE": "force"], ["DISPLAY": ":99", "PATH": "/nowhere"],
            ["WAYLAND_DISPLAY": "w", "PATH": "/nowhere"],
        ] {
            let run = try PromptRun(
                Fixture.question(approval), environment: variables.merging(["SSH_ASKPASS": script]) { $1 })
            #expect(try run.answer().outcome == .given)
            #expect(try folder.text("variables").contains("SSH_ASKPASS_PROMPT=confirm\n"))
            #expect(!(try folder.text("variables").contains("CLAVE_PROMPT_KIND")))
        }
        let run = try PromptRun(Fixture.question(approval), environment: ["SSH_ASKPASS": script])
        #expect(try run.answer().outcome == .noWay)
    }

    @Test func `a program that is not there leaves the question to the next way`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(
            Fixture.question(approval, terminal: terminal),
            environment: ["CLAVE_ASKPASS": "/nowhere/askpass", "CLAVE_PINENTRY": "no/relative/path"])
        try terminal.expect("anything else to refuse: ")
        try terminal.type("y\n")
        #expect(try run.answer().outcome == .given)
    }

    @Test func `a file that can't be run leaves it to the next way too`() throws {
        let folder = try ScriptFolder()
        let file = "\(folder.path)/not-a-program"
        try Files.replace(file, with: Array("no first line\n".utf8), mode: 0o700)
        let run = try PromptRun(Fixture.question(approval), environment: ["CLAVE_ASKPASS": file])
        let answer = try run.answer()
        #expect(answer.outcome == .noWay)
        #expect(answer.detail.contains(file))
    }

    @Test func `no way to ask is said with what to do about it`() throws {
        let run = try PromptRun(Fixture.question(approval))
        let answer = try run.answer()
        #expect(answer.outcome == .noWay)
        #expect(answer.detail.contains("set CLAVE_ASKPASS, install a pinentry with a window, or ask from"))
        #expect(answer.detail.contains("the asking program has no terminal"))
    }

    @Test(arguments: ["askpass", "pinentry", "terminal", "telepathy"])
    func `a forced way has no substitute`(way: String) throws {
        let folder = try ScriptFolder()
        var environment = ["CLAVE_PROMPT": way, "PATH": "/nowhere"]
        if way != "askpass" { environment["CLAVE_ASKPASS"] = try folder.script("exit 0") }
        let run = try PromptRun(Fixture.question(approval), environment: environment)
        #expect(try run.answer().outcome == .noWay)
    }

    @Test(arguments: ["/dev/null", "/etc/passwd", "/dev/pts/../null", "/dev/tty", "/dev/pts/999999", "pts/1"])
    func `only a terminal of the user's own is asked on`(path: String) throws {
        let run = try PromptRun(Fixture.question(approval, caller: Fixture.caller(terminal: path)))
        #expect(try run.answer().outcome == .noWay)
    }

    @Test func `a core that sends no question ends the program`() throws {
        let run = try PromptRun(nil)
        run.withdraw()
        #expect(try run.exitCode() == 1)
    }
}
