import AgentProtocol
import Foundation
import Glibc
import Posix
import TestSupport
import Testing

@testable import Prompt

/// The real program and real shells: a question is the affair of one job.
@Suite(.serialized) struct `A question in a shell` {
    private typealias Kind = ShellSession.Kind
    private static let shells = ShellSession.Kind.installed

    @Test(arguments: Kind.allCases) func `is put in a shell that this machine has`(shell: ShellSession.Kind) {
        #expect(Self.shells.contains(shell), "\(shell.words[0]) is not there, and nothing is tested in it")
    }

    private func ask(_ process: Int32, _ session: ShellSession, seconds: UInt64 = 120) throws -> PromptRun {
        try PromptRun(
            Fixture.question(
                .unlock(wrongTries: 0), terminal: session.terminal, process: process, seconds: seconds))
    }

    private func answer(_ run: PromptRun, _ session: ShellSession) throws {
        try session.terminal.expect("Passphrase: ")
        #expect(!session.terminal.echoes)
        try session.terminal.type("correct horse\n")
        #expect(try run.answer().value == "correct horse")
        #expect(try run.exitCode() == 0)
        #expect(try !session.terminal.allShown().contains("horse"))
    }

    private func end(_ process: Int32, _ session: ShellSession) throws {
        kill(process, SIGKILL)
        try session.expectPrompt()
        for _ in 0..<3 { try session.mark() }
        #expect(try session.isSane())
    }

    @Test(arguments: shells)
    func `is paused by Ctrl-Z, reads nothing of the lines that follow, and comes back hidden with fg`(
        shell: ShellSession.Kind
    ) throws {
        let session = try ShellSession(shell)
        let process = try session.start("asker")
        let run = try ask(process, session)
        for _ in 0..<2 {
            try session.terminal.expect("Passphrase: ")
            try session.terminal.type("half\u{1A}")
            try session.expectPrompt()
            for _ in 0..<5 { try session.mark() }
            #expect(try session.isSane())
            try session.terminal.type("fg\n")
        }
        try answer(run, session)
        #expect(try !session.terminal.allShown().contains("half"))
        try end(process, session)
    }

    @Test(arguments: shells)
    func `is paused when its job is stopped from elsewhere`(shell: ShellSession.Kind) throws {
        let session = try ShellSession(shell)
        let process = try session.start("asker")
        let run = try ask(process, session)
        try session.terminal.expect("Passphrase: ")
        kill(process, SIGSTOP)
        // The shell learns of it at once, the question within a moment.
        try session.expectPrompt()
        for _ in 0..<5 { try session.mark() }
        // fish gives the settings that it found to each program that it starts; they are put right then.
        try expectSane(session)
        try session.terminal.type("fg\n")
        try answer(run, session)
        kill(process, SIGKILL)
    }

    @Test(arguments: shells)
    func `of a job in the background waits, and says so once, for all that is typed meanwhile`(
        shell: ShellSession.Kind
    ) throws {
        let session = try ShellSession(shell)
        let process = try session.start("asker &")
        try session.mark()
        try session.terminal.type("mark half")
        let run = try ask(process, session)
        try session.terminal.expect("A question waits for this job")
        try session.terminal.type("way\n")
        try session.terminal.expect("done-halfway-")
        for _ in 0..<5 { try session.mark() }
        #expect(try session.isSane())
        #expect(try !session.terminal.allShown().contains("Passphrase"))
        try session.terminal.type("fg\n")
        try answer(run, session)
        #expect(try session.terminal.allShown().components(separatedBy: "A question waits").count == 2)
        try end(process, session)
    }

    @Test func `of a job that stays in the background is unanswered at its deadline, without a word`() throws {
        let session = try ShellSession(.dash)
        let process = try session.start("asker &")
        let run = try ask(process, session, seconds: 2)
        try session.terminal.expect("A question waits for this job")
        #expect(try run.answer().outcome == .unanswered)
        try session.mark()
        #expect(try !session.terminal.allShown().contains("Nobody answered"))
        kill(process, SIGKILL)
    }

    @Test(arguments: shells)
    func `ends at Ctrl-C, in a command's place too, and the shell shows what is typed`(
        shell: ShellSession.Kind
    ) throws {
        let session = try ShellSession(shell)
        for line in ["asker", shell.keeping("asker"), shell.keeping("asker"), "asker | cat", shell.keeping("asker")] {
            let process = try session.start(line)
            let run = try ask(process, session)
            try session.terminal.expect("Passphrase: ")
            try session.terminal.type("half\u{3}")
            #expect(try run.answer().outcome == .denied)
            #expect(try run.exitCode() == 0)
            try session.expectPrompt()
            try session.mark()
            #expect(try session.isSane(), "after \(line)")
        }
        #expect(try !session.terminal.allShown().contains("half"))
    }

    @Test func `goes on, hidden, where the program does not stop at Ctrl-Z`() throws {
        let session = try ShellSession(.bash)
        let process = try session.start(Kind.bash.keeping("asker"))
        let run = try ask(process, session)
        try session.terminal.expect("Passphrase: ")
        try session.terminal.type("half\u{1A}")
        // On a line of its own, and not behind the first.
        try session.terminal.expect("\r\n")
        try answer(run, session)
        kill(process, SIGKILL)
    }

    /// A command that finds the terminal as it should be: of several, since a shell takes over what one has left.
    private func expectSane(_ session: ShellSession, within commands: Int = 20) throws {
        var looks = 0
        while try !session.isSane() {
            looks += 1
            try #require(looks < commands)
        }
    }

    @Test(arguments: shells)
    func `leaves the terminal in order when the program ends by itself`(shell: ShellSession.Kind) throws {
        let session = try ShellSession(shell)
        for line in ["asker", shell.keeping("asker"), "asker"] {
            let process = try session.start(line)
            let run = try ask(process, session)
            try session.terminal.expect("Passphrase: ")
            kill(process, SIGTERM)
            run.withdraw()
            #expect(try run.exitCode() == 0)
            try session.expectPrompt()
            try session.mark()
            try expectSane(session)
        }
        #expect(try !session.terminal.allShown().contains("withdrawn"))
    }

    @Test(arguments: shells)
    func `puts right what a shell has kept that was quicker, and leaves it alone while it edits a line`(
        shell: ShellSession.Kind
    ) throws {
        let session = try ShellSession(shell)
        try session.expectPrompt()
        let isEdited = !session.terminal.echoes
        let process = try session.start("asker")
        let run = try ask(process, session)
        try session.terminal.expect("Passphrase: ")
        run.signal(SIGSTOP)
        kill(process, SIGTERM)
        try session.expectPrompt()
        run.signal(SIGCONT)
        run.withdraw()
        #expect(try run.exitCode() == 0)
        try session.terminal.expectQuiet()
        #expect(session.terminal.echoes != isEdited)
        try expectSane(session)
        #expect(try session.isSane())
    }

    @Test(arguments: shells)
    func `that is killed leaves neither a hidden terminal nor half a secret to the shell`(
        shell: ShellSession.Kind
    ) throws {
        let session = try ShellSession(shell)
        let process = try session.start("asker")
        let run = try ask(process, session)
        try session.terminal.expect("Passphrase: ")
        try session.terminal.type("half-a-secret")
        run.signal(SIGSTOP)
        try session.terminal.type("-and-more")
        run.signal(SIGKILL)
        #expect(try run.exitCode() == 128 + SIGKILL)
        try eventually("the echo to come back") { session.terminal.echoes }
        try end(process, session)
        let shown = try session.terminal.allShown()
        #expect(!shown.contains("half-a-secret") && !shown.contains("-and-more"))
    }
}
