import AgentProtocol
import Glibc
import Posix
import Testing

@testable import Prompt

/// The real program telling the person to touch a token.
@Suite struct `The notice to touch a token` {
    private let touch = QuestionSubject.touchKey(
        KeyUse(comment: "mine", fingerprint: "SHA256:abc", kind: .login, name: "me", host: ""))

    /// Waits until a script has written a file.
    private func text(_ folder: ScriptFolder, _ name: String) throws -> String {
        for _ in 0..<400 {
            if let text = try? folder.text(name), text.hasSuffix("\n") { return text }
            usleep(50_000)
        }
        throw Overdue(name)
    }

    @Test(arguments: [
        ["CLAVE_ASKPASS": "PROGRAM"], ["SSH_ASKPASS": "PROGRAM", "SSH_ASKPASS_REQUIRE": "force"],
        ["SSH_ASKPASS": "PROGRAM", "DISPLAY": ":0"],
    ])
    func `is shown by an askpass program until the core takes it away`(variables: [String: String]) throws {
        let folder = try ScriptFolder()
        let script = try folder.script("printf '%s\\n' \"$1\" > text; env > variables; echo $$ > pid; exec sleep 600")
        let run = try PromptRun(
            Fixture.question(touch), environment: variables.mapValues { $0 == "PROGRAM" ? script : $0 })
        let pid = try #require(pid_t(try text(folder, "pid").dropLast()))
        let shown = try folder.text("text")
        #expect(shown.contains("Touch your security key, to let the program below use this key."))
        #expect(shown.contains("Fingerprint: SHA256:abc") && shown.contains("To log in by ssh as \"me\""))
        #expect(shown.contains("If you did not ask for this, do not touch it.") && !shown.contains("say no"))
        let environment = try folder.text("variables")
        #expect(environment.contains("SSH_ASKPASS_PROMPT=none\n") && environment.contains("CLAVE_ASKPASS_HINT=touch\n"))
        #expect(kill(pid, 0) == 0)
        run.withdraw()
        #expect(try run.exitCode() == 0)
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    @Test func `ends when its program does, and asks nobody where there is none`() throws {
        let folder = try ScriptFolder()
        let run = try PromptRun(
            Fixture.question(touch), environment: ["CLAVE_ASKPASS": try folder.script("exit 1")])
        #expect(try run.exitCode() == 0)
        let missing = try PromptRun(Fixture.question(touch), environment: ["CLAVE_ASKPASS": "/nonexistent"])
        #expect(try missing.exitCode() == 0)
        let pinentry = try PromptRun(
            Fixture.question(touch),
            environment: ["CLAVE_PINENTRY": try folder.script("touch started"), "SSH_ASKPASS": "/bin/true"])
        #expect(try pinentry.exitCode() == 0)
        #expect((try? folder.text("started")) == nil)
    }

    @Test func `is no question: a PIN is`() throws {
        let folder = try ScriptFolder()
        let use = KeyUse(comment: "mine", fingerprint: "SHA256:abc", kind: .opaque, name: "", host: "")
        let run = try PromptRun(
            Fixture.question(.securityKeyPIN(SecurityKeyPIN(use: use, wasWrong: true, needsTouch: true))),
            environment: ["CLAVE_ASKPASS": try folder.script("printf %s \"$1\" > text; env > variables; echo 1234")])
        #expect(try run.answer().value == "1234")
        let shown = try folder.text("text")
        #expect(shown.contains("type the PIN of your security key, and touch it then."))
        #expect(shown.contains("The last PIN was wrong. Too many wrong ones lock the security key."))
        #expect(try folder.text("variables").contains("CLAVE_ASKPASS_HINT=pin\n"))
        #expect(try folder.text("variables").contains("CLAVE_PROMPT_KIND=security-key-pin\n"))
    }
}
