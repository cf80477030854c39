import AgentProtocol
import Glibc
import Posix
import TestSupport
import Testing

@testable import Prompt

/// The real program on a pseudo-terminal: what is typed, shown and taken back.
@Suite struct `What is typed on a terminal` {
    private let approval = QuestionSubject.approve(Fixture.request())

    @Test func `settings that somebody makes while a secret is typed are hidden again`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal))
        try terminal.expect("Passphrase: ")
        terminal.settings.c_lflag |= tcflag_t(ECHO)
        try eventually("the echo to go") { !terminal.echoes }
        try terminal.type("correct horse\n")
        #expect(try run.answer().value == "correct horse")
    }

    @Test func `a wrong secret is followed by the next try with nothing shown in between`() throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal))
        for tries in UInt32(0)..<3 {
            try terminal.expect("Passphrase: ")
            try terminal.type("wrong \(tries)\n")
            #expect(try run.answer().value == "wrong \(tries)")
            // Typed while the vault is tried.
            try terminal.type("typed at once")
            #expect(!terminal.echoes)
            try run.ask(Fixture.question(.unlock(wrongTries: tries + 1), terminal: terminal))
            try terminal.expect(tries == 0 ? "The last passphrase was wrong." : "so far: \(tries + 1).")
        }
        try terminal.expect("Passphrase: ")
        try terminal.type("correct horse\n")
        #expect(try run.answer().value == "correct horse")
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
        let shown = try terminal.allShown()
        for word in ["wrong 0", "typed", "horse"] { #expect(!shown.contains(word)) }
    }

    @Test func `a secret is taken back by the keys that do so, and so is what is shown of a line`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal))
        try terminal.expect("Passphrase: ")
        try terminal.type("gone\u{15}correct ñ\u{7F}hoarse\u{8}\u{7F}\u{17}horse\u{4}\n")
        #expect(try run.answer().value == "correct horse")
        try run.ask(Fixture.question(.field(Fixture.field(), plugin: "SMS"), terminal: terminal))
        try terminal.expect("Code from the message: ")
        try terminal.type("12ñ\u{7F}3\u{15}123456\n")
        try terminal.expect("12ñ\u{8} \u{8}3\u{8} \u{8}\u{8} \u{8}\u{8} \u{8}123456\r\n")
        #expect(try run.answer().value == "123456")
    }

    @Test(arguments: ["\u{3}", "\u{1C}"])
    func `a key that ends the program refuses, and the terminal is as before when the program hears of it`(
        key: String
    ) throws {
        let folder = try ScriptFolder()
        // The program says how it finds its terminal.
        let asker = try folder.script("trap 'stty -a >found; exit' INT QUIT; touch ready; while :; do sleep 0.01; done")
        let terminal = try PseudoTerminal([asker])
        let before = terminal.settings
        try eventually("the program") { (try? folder.text("ready")) != nil }
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal))
        try terminal.expect("press Ctrl-C")
        try terminal.expect("Passphrase: ")
        try terminal.type("half a secr\(key)")
        #expect(try run.answer().outcome == .denied)
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
        try eventually("the program's word") { (try? folder.text("found"))?.contains(" echo ") == true }
    }

    @Test func `a long label of what is typed is shown whole`() throws {
        let terminal = try PseudoTerminal()
        let label = "Validity date of the DNI (day-month-year; 01-01-9999 if permanent)"
        let field = FieldDescription(
            name: "validity", label: label, note: "", kind: .text, minimumLength: 1, maximumLength: 20, choices: [])
        let run = try PromptRun(Fixture.question(.field(field, plugin: "SMS"), terminal: terminal))
        try terminal.expect("\r\n\(label): ")
        run.withdraw()
    }

    @Test func `a question for another host is not put where ssh reads the terminal itself`() throws {
        let terminal = try PseudoTerminal()
        let caller = Fixture.caller(terminal: terminal.path, process: terminal.process, isForwarded: true)
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), caller: caller))
        let answer = try run.answer()
        #expect(answer.outcome == .noWay && answer.detail.contains("ssh -n"))
    }

    @Test func `a program that has left its terminal is asked nothing there`() throws {
        let (terminal, other) = (try PseudoTerminal(), try PseudoTerminal())
        for process in [other.process, 0, Int32.max] {
            let run = try PromptRun(Fixture.question(approval, terminal: terminal, process: process))
            #expect(try run.answer().outcome == .noWay)
        }
        #expect(try terminal.allShown().isEmpty)
    }
}
