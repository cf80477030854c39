import Foundation
import Glibc
import TestSupport
import Testing

/// A client in python: lists on one connection, sends the agent a signal, and lists on the same one until it is empty.
private let listing = """
    import os, socket, struct, sys, time
    agent = socket.socket(socket.AF_UNIX)
    agent.connect(os.environ['CLAVE_AUTH_SOCK'])
    def count():
        agent.sendall(b'\\0\\0\\0\\1\\x0b')
        head = agent.recv(4, socket.MSG_WAITALL)
        body = agent.recv(struct.unpack('>I', head)[0], socket.MSG_WAITALL)
        return struct.unpack('>I', body[1:5])[0]
    print(count())
    os.kill(int(os.environ['CLAVE_AGENT_PID']), int(sys.argv[1]))
    while count() > 0: time.sleep(0.02)
    print(count())
    """

@Suite struct `A signal` {
    @Test(arguments: [SIGUSR1, SIGHUP])
    func `makes the agent forget all keys, and nothing else`(signal: Int32) throws {
        let scene = try Scene()
        try listing.write(toFile: scene.folder + "/list.py", atomically: true, encoding: .utf8)
        let outcome = scene.run(
            """
            ssh-keygen -q -t ed25519 -N '' -f one; ssh-keygen -q -t ecdsa -N '' -f two
            eval "$(clave-agent -s)" >/dev/null; SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK; export SSH_AUTH_SOCK
            ssh-add -q one two
            core=$(cat /proc/$CLAVE_AGENT_PID/task/*/children)
            python3 list.py \(signal)
            [ "$core" = "$(cat /proc/$CLAVE_AGENT_PID/task/*/children)" ] && echo same core
            ssh-add -q one && ssh-add -T one.pub && echo takes keys
            clave-agent -k
            """)
        #expect(outcome.output.hasPrefix("2\n0\nsame core\ntakes keys\n"), "\(outcome.errors)")
    }

    @Test(arguments: [SIGTERM, SIGINT], ["clave-agent", "ssh-agent"])
    func `that ends the agent leaves nothing behind`(signal: Int32, name: String) throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(\(name) -s --ssh)" >/dev/null
            echo $SSH_AGENT_PID $(cat /proc/$SSH_AGENT_PID/task/*/children)
            [ -S "$SSH_AUTH_SOCK" ] && kill -\(signal) $SSH_AGENT_PID
            """)
        let processes = outcome.output.split { $0 == " " || $0 == "\n" }.compactMap { pid_t($0) }
        #expect(processes.count == 2, "\(outcome)")
        try eventually("the processes to end") { processes.allSatisfy(hasEnded) }
        #expect(scene.agentFolders == [])
    }

    @Test func `ends an agent in the foreground with status 0`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            clave-agent -D -a agent >said & agent=$!
            until [ -S agent ] && SSH_AUTH_SOCK=agent ssh-add -l | grep -q 'no identities'; do sleep 0.05; done
            kill $agent; wait $agent; echo $?; [ -e agent ] || echo gone
            """)
        #expect(outcome.output == "0\ngone\n")
        #expect(scene.read("said").hasPrefix("CLAVE_AUTH_SOCK=\(scene.folder)/agent; export CLAVE_AUTH_SOCK;\n"))
    }
}

@Suite struct `A command's agent` {
    @Test func `goes with the command, whose status is its own`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            clave-agent sh -c 'echo $CLAVE_AGENT_PID; [ -S "$CLAVE_AUTH_SOCK" ] && exit 7'; echo $?
            clave-agent sh -c 'kill -9 $$'; echo $?
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.dropFirst() == ["7", "137"])
        let agent = try #require(lines.first.flatMap { pid_t($0) })
        try eventually("the agent to end") { hasEnded(agent) }
        try eventually("the folders to go") { scene.agentFolders == [] }
    }

    @Test func `is the command's process, with its privileges and its umask`() throws {
        let outcome = try Scene().run(
            """
            umask 027
            clave-agent sh -c 'grep NoNewPrivs /proc/self/status; umask; ulimit -c; echo $$' & here=$!
            wait $here; grep NoNewPrivs /proc/self/status; umask; ulimit -c; echo $here
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 8)
        #expect(lines.prefix(4) == lines.suffix(4))
    }

    @Test func `outlives the shell that started it, and not the command`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            sh -c 'clave-agent sh -c "echo \\$\\$ \\$CLAVE_AGENT_PID >pids; exec sleep 600" >/dev/null 2>&1 & wait' & shell=$!
            until [ -s pids ]; do sleep 0.05; done
            kill -9 $shell; wait $shell
            read command agent <pids
            kill -0 $command && kill -0 $agent && echo both live
            kill -9 $command; echo $agent
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "both live", "\(outcome)")
        let agent = try #require(lines.last.flatMap { pid_t($0) })
        try eventually("the agent to end") { hasEnded(agent) }
        #expect(scene.agentFolders == [])
    }

    @Test func `can be ended by the command, which goes on`() throws {
        let outcome = try Scene().run("clave-agent sh -c 'eval \"$(clave-agent -k)\"; echo ${CLAVE_AGENT_PID-none}'")
        #expect(outcome.output.hasSuffix("killed\nnone\n"))
    }
}

@Suite struct `Many agents` {
    @Test func `live side by side, each with its own keys`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            ssh-keygen -q -t ed25519 -N '' -f key
            for n in 0 1 2 3 4 5 6 7 8 9; do
                eval "$(clave-agent -s -a agent$n)" >/dev/null; echo $CLAVE_AGENT_PID >>pids
            done
            SSH_AUTH_SOCK=agent3 ssh-add -q key
            for n in 0 1 2 3 4 5 6 7 8 9; do SSH_AUTH_SOCK=agent$n ssh-add -l | grep -c SHA256; done
            kill $(cat pids)
            """)
        #expect(outcome.output == "0\n0\n0\n1\n0\n0\n0\n0\n0\n0\n")
        try eventually("the sockets to go") { !(0..<10).contains { scene.exists("agent\($0)") } }
    }
}
