import Foundation
import TestSupport
import Testing

/// Clients that are killed while they wait leave the agent able to serve the next one.
@Suite struct `Clients that are killed together` {
    /// Shell code: rounds of two clients of the same command, both killed once the first one's question is open.
    private static func rounds(_ command: String, _ count: Int = 20) -> String {
        """
        for round in $(seq \(count)); do
            rm -f asked
            \(command) >said 2>&1 & one=$!
            \(command) >said 2>&1 & two=$!
            until [ -s asked ]; do sleep 0.02; done
            # The first of them is asked about, the second waits for its turn; who is who differs.
            case $((round % 3)) in
            0) kill -9 $one $two ;;
            1) kill -9 $two $one ;;
            2) kill -9 $one; kill -9 $two ;;
            esac
            wait $one; wait $two
        done 2>/dev/null
        """
    }

    @Test func `leave a key that asks usable`() throws {
        let shell = try Shell(answers: "silence")
        shell.makeKey("ed25519", "key")
        shell.run("ssh-add -c key")
        shell.run(Self.rounds("ssh-add -T key.pub"))
        try shell.world.answer("yes")
        #expect(shell.run("timeout 60 ssh-add -T key.pub").code == 0)
    }

    @Test func `leave the vault usable`() throws {
        let world = try World()
        world.activate()
        world.stopAgent()
        try world.startAgent()
        try writeProgram("#!/bin/sh\necho >>\"$HOME/asked\"; exec sleep 600\n", to: world.folder + "/answer")
        let shell = Shell(world)
        shell.run(Self.rounds("clave-add -l"))
        try writeProgram("#!/bin/sh\n. \"$HOME/answers\"\n", to: world.folder + "/answer")
        let listed = shell.run("timeout 60 clave-add -l")
        #expect(listed.output.contains("AINA PROVA MOSTRA"), "\(listed)")
    }

    @Test func `leave a locked agent that opens by its passphrase`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        shell.run("ssh-add key")
        #expect(shell.run("ssh-add -x", environment: try shell.asking("the lock")).code == 0)
        let environment = try shell.asking("wrong")
        shell.run(
            """
            for round in $(seq 10); do
                ssh-add -X & one=$!; ssh-add -X & two=$!
                sleep 0.$((round % 5))
                kill -9 $one $two; wait $one; wait $two
            done >/dev/null 2>&1
            """, environment: environment)
        #expect(shell.run("timeout 60 ssh-add -X", environment: try shell.asking("the lock")).code == 0)
        #expect(shell.listed == 1)
    }
}
