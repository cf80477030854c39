import AgentProtocol
import Foundation
import Glibc
import Posix
import TestSupport
import Testing

@testable import Prompt

/// The copies of `clave-prompt` that see to a shell after the program that asked was killed.
@Suite(.serialized) struct `What stays at a terminal after a killed program` {
    private func ask(_ process: Int32, _ session: ShellSession) throws -> PromptRun {
        let run = try PromptRun(
            Fixture.question(.unlock(wrongTries: 0), terminal: session.terminal, process: process, seconds: 120))
        try session.terminal.expect("Passphrase: ")
        return run
    }

    /// The processes that are left of some prompts, each of which has had a session of its own.
    private func left(of prompts: Set<Int32>) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { process in
            ProcessStatus(of: process).map { !$0.hasEnded && prompts.contains($0.session) } == true
        }
    }

    @Test func `does not pile up where a script's programs are killed one after the other`() throws {
        let session = try ShellSession(.dash)
        var process = try session.start("sh -c 'while :; do asker; done'")
        var prompts: Set<Int32> = []
        for _ in 0..<12 {
            let run = try ask(process, session)
            prompts.insert(run.process)
            process = try session.killForNext(process)
            run.withdraw()
            #expect(try run.exitCode() == 0)
        }
        #expect(try 1...8 ~= left(of: prompts).count)
    }

    @Test func `is ended by a SIGTERM`() throws {
        let session = try ShellSession(.bash)
        let process = try session.start("asker")
        let run = try ask(process, session)
        kill(process, SIGKILL)
        try session.expectPrompt()
        run.withdraw()
        #expect(try run.exitCode() == 0)
        let guardians = try left(of: [run.process])
        #expect(guardians.count == 1)
        for guardian in guardians { kill(guardian, SIGTERM) }
        try eventually("its end") { try left(of: [run.process]).isEmpty }
    }

    @Test(arguments: [true, false])
    func `does not show a secret for which a command was quick to ask`(echoes: Bool) throws {
        let terminal = try PseudoTerminal(nil)
        let device = try TerminalDevice(terminal.path)
        try device.hide(discardsInput: true)
        // As zsh and fish have it for a command, and as that leaves it.
        var settings = terminal.settings
        settings.c_lflag |= tcflag_t(ICANON) | (echoes ? tcflag_t(ECHO) : 0)
        #expect(tcsetattr(device.number, TCSANOW, &settings) == 0)
        let outcome = TerminalDevice.giveBack(
            device.number, device.found, [device.owner], isEdited: false, discardsInput: false)
        #expect(outcome == .restored)
        #expect(terminal.echoes == echoes)
        #expect(terminal.settings.c_lflag & tcflag_t(ISIG) != 0 && !TerminalMark.isOn(terminal.settings))
    }
}
