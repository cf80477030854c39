import Foundation
import Glibc
import TestSupport
import Testing

/// A secret that is typed wrong: nothing of the next try is shown, however soon it is typed.
@Suite(.serialized) struct `Until a secret is right, the terminal shows nothing of it` {
    /// Types one secret after the other at the questions of one command.
    ///
    /// - Parameter label: of the line at which they are typed.
    private func type(_ secrets: [String], at label: String, _ shell: TerminalShell, _ world: World, _ line: Int) throws
    {
        let person = shell.person
        var prompts: Set<String> = []
        for (index, secret) in secrets.enumerated() {
            try shell.expect(label, times: index + 1)
            #expect(!person.echoes)
            // One process for all tries: it has the terminal from the first to the last.
            prompts.insert(world.run("/usr/bin/pgrep", ["-P", "\(world.agentPID)", "-x", "clave-prompt"]).output)
            person.type(secret + "\n")
            guard index < secrets.count - 1 else { break }
            var hasEchoed = false
            try world.wait("the next try") {
                for _ in 0..<100 {
                    hasEchoed = hasEchoed || person.echoes
                    usleep(500)
                }
                return person.screen.components(separatedBy: label).count > index + 2 ? true : nil
            }
            #expect(!hasEchoed)
        }
        #expect(prompts.count == 1 && prompts.first?.isEmpty == false, "\(prompts)")
        #expect(try shell.end(of: line) == 0, "\(shell.output(of: line)) \(person.screen)")
        #expect(!secrets.dropLast().contains { person.screen.contains($0) })
    }

    private static let onTerminals = ["CLAVE_ASKPASS": ""]
    private static let useKey = "SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -T "

    @Test func `where it is a token's PIN`() throws {
        let token = try TokenWorld(["EC:prime256v1 --always-auth"])
        token.world.stopAgent()
        try token.world.startAgent(environment: token.environment.merging(Self.onTerminals) { $1 })
        #expect(token.add().code == 0)
        let shell = try TerminalShell(token.world)
        let line = shell.start(Self.useKey + "key1.pub")
        try type(["wrong-one", "wrong-two", "1234"], at: "PIN: ", shell, token.world, line)
    }

    @Test func `where it is a security key's PIN`() throws {
        let token = try TokenShell()
        token.world.stopAgent()
        try token.world.startAgent(arguments: ["-P", "\(token.folder)/*"], environment: Self.onTerminals)
        try token.makeKey("ed25519-sk -O verify-required", "key")
        let shell = try TerminalShell(token.world)
        let line = shell.start(Self.useKey + "key.pub")
        try type(["wrong-one", "1234"], at: "PIN: ", shell, token.world, line)
    }

    @Test func `where it is the password of a certificate's file`() throws {
        let certified = try CertifiedWorld()
        try certified.make("clave-add --local --file aina.p12")
        let world = certified.world
        world.stopAgent()
        try world.startAgent(environment: Self.onTerminals)
        let shell = try TerminalShell(world)
        let line = shell.start("clave-add -l && clave-add --local --file aina.p12")
        try shell.expect("Passphrase: ")
        shell.person.type("a long passphrase\n")
        try type(["one-wrong", "another-wrong", "contrasenya"], at: "Password of the file: ", shell, world, line)
    }
}
