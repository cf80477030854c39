import AgentProtocol
import Glibc
import Localization
import Testing

@testable import Prompt

/// The real program on a pseudo-terminal.
@Suite struct TerminalWayTests {
    private let approval = QuestionSubject.approve(Fixture.request())

    @Test(arguments: ["yes", "y", "YES", "  Yes "])
    func `a typed yes is a yes`(word: String) throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(approval, terminal: terminal))
        try terminal.expect("Verification code: K7M")
        try terminal.expect("Approve only if the page shows the same code.")
        try terminal.expect("\"/usr/bin/clave-pin\" [\(terminal.process)] ← \"/usr/bin/bash\" [1200]")
        try terminal.expect("anything else to refuse: ")
        try terminal.type("\(word)\n")
        #expect(try run.answer().outcome == .given)
        #expect(try run.exitCode() == 0)
    }

    /// In English too, where no catalogs are compiled.
    @Test(arguments: Language.allCases)
    func `the person is asked, and answers, in the language of the question`(language: Language) throws {
        let t = Localizer(language: language, folder: Localizer.catalogFolder)
        let terminal = try PseudoTerminal()
        let run = try PromptRun(
            Fixture.question(approval, terminal: terminal, locale: "\(language.rawValue)_ES.UTF-8"),
            environment: ["LANG": "fr_FR.UTF-8"])
        try terminal.expect(t("Verification code: {1}", "K7M"))
        try terminal.expect(t("Type \"{1}\" to agree, anything else to refuse:", t("yes")) + " ")
        try terminal.type(t("yes") + "\n")
        #expect(try run.answer().outcome == .given)
    }

    @Test(arguments: ["\n", "no\n", "yess\n", "ye\n", "o\n", "\u{4}", "yes\u{7}\n"])
    func `everything else is a no`(typed: String) throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(approval, terminal: terminal))
        try terminal.expect("anything else to refuse: ")
        try terminal.type(typed)
        #expect(try run.answer().outcome == .denied)
    }

    @Test func `what was typed before the question is no answer to it`() throws {
        let terminal = try PseudoTerminal()
        try terminal.type("yes\n")
        let run = try PromptRun(Fixture.question(approval, terminal: terminal))
        try terminal.expect("anything else to refuse: ")
        try terminal.type("\n")
        #expect(try run.answer().outcome == .denied)
    }

    @Test func `silence is unanswered and the terminal is as before`() throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal, seconds: 1))
        let answer = try run.answer()
        #expect(answer.outcome == .unanswered)
        #expect(answer.value.isEmpty)
        try terminal.expect("Nobody answered in time")
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
    }

    @Test func `a deadline that has passed asks nobody`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(approval, terminal: terminal, seconds: 0))
        #expect(try run.answer().outcome == .unanswered)
    }

    @Test func `a passphrase is typed without echo, which returns afterwards`() throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 2), terminal: terminal))
        try terminal.expect("Wrong passphrases so far: 2.")
        try terminal.expect("Passphrase: ")
        #expect(!terminal.echoes)
        try terminal.type("açò és %41 secret\n")
        let answer = try run.answer()
        #expect(answer.outcome == .given)
        #expect(answer.value == "açò és %41 secret")
        #expect(try run.exitCode() == 0)
        #expect(terminal.has(before))
        #expect(try !terminal.allShown().contains("secret"))
    }

    @Test func `a withdrawn question says so and gives the terminal back`() throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal))
        try terminal.expect("Passphrase: ")
        try terminal.type("half a secr")
        run.withdraw()
        #expect(try run.exitCode() == 0)
        try terminal.expect("The question was withdrawn.")
        #expect(terminal.has(before))
    }

    @Test(arguments: ["set -m", ":"])
    func `an agent in the background of the same terminal may ask on it`(jobs: String) throws {
        let terminal = try PseudoTerminal(nil)
        // Opening it makes it the controlling terminal of the shell's session; with `set -m`, each job is a group.
        let run = try PromptRun(nil, shell: ": <\(terminal.path); \(jobs); \"$0\" & wait $!")
        try run.ask(Fixture.question(.unlock(wrongTries: 0), terminal: terminal, process: run.process))
        try terminal.expect("Passphrase: ")
        try terminal.type("correct horse\n")
        #expect(try run.answer().value == "correct horse")
        #expect(try run.exitCode() == 0)
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func `a signal gives the terminal back and is no yes`(number: Int32) throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let run = try PromptRun(Fixture.question(.unlock(wrongTries: 0), terminal: terminal))
        try terminal.expect("Passphrase: ")
        run.signal(number)
        #expect(try run.exitCode() == 128 + number)
        #expect(terminal.has(before))
    }

    @Test func `a new passphrase is typed twice alike and long enough`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(.newPassphrase, terminal: terminal))
        for (first, second) in [("short", nil), ("correct horse", "correct house"), ("correct horse", "correct horse")]
        {
            try terminal.expect("New passphrase: ")
            #expect(!terminal.echoes)
            try terminal.type("\(first)\n")
            guard let second else {
                try terminal.expect("That is too short: at least 8.")
                continue
            }
            try terminal.expect("The same again: ")
            try terminal.type("\(second)\n")
            if first != second { try terminal.expect("The two are not the same.") }
        }
        let answer = try run.answer()
        #expect(answer.outcome == .given)
        #expect(answer.value == "correct horse")
    }

    @Test func `a field is asked again until it keeps its rule`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(.field(Fixture.field(), plugin: "SMS"), terminal: terminal))
        try terminal.expect("The plugin \"SMS\" asks:")
        try terminal.expect("6 digits")
        try terminal.expect("Code from the message: ")
        try terminal.type("12345\n")
        try terminal.expect("12345\r\nThat is too short: at least 6.")
        try terminal.expect("Code from the message: ")
        try terminal.type("12345a\n")
        try terminal.expect("Type digits only.")
        try terminal.expect("Code from the message: ")
        try terminal.type(" 123456 \n")
        let answer = try run.answer()
        #expect(answer.outcome == .given)
        #expect(answer.value == "123456")
    }

    @Test func `five wrong values are a no`() throws {
        let terminal = try PseudoTerminal()
        let run = try PromptRun(Fixture.question(.field(Fixture.field(), plugin: "SMS"), terminal: terminal))
        for _ in 0..<Interview.mostTries {
            try terminal.expect("Code from the message: ")
            try terminal.type("x\n")
        }
        #expect(try run.answer().outcome == .denied)
    }

    @Test func `a choice is typed by its number`() throws {
        let terminal = try PseudoTerminal()
        let field = Fixture.field(.choice, lengths: 0...20, choices: ["mobile", "certificate"])
        let run = try PromptRun(Fixture.question(.field(field, plugin: "SMS"), terminal: terminal))
        try terminal.expect("2. certificate")
        try terminal.expect("Code from the message: ")
        try terminal.type("2\n")
        #expect(try run.answer().value == "certificate")
    }
}
