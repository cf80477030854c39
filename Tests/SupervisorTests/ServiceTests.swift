import Foundation
import Glibc
import TestSupport
import Testing

/// A service manager in python: opens what its first argument says as descriptor 3, and becomes the agent; before that
/// it leaves a process behind that writes down what the agent tells it.
private let manager = """
    import os, socket, sys
    kind, address, *command = sys.argv[1:]
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind('\\0' + address[1:] if address[0] == '@' else address)
    passed = socket.socket(socket.AF_INET if kind == 'inet' else socket.AF_UNIX,
                           socket.SOCK_SEQPACKET if kind == 'packets' else socket.SOCK_STREAM)
    if kind == 'inet': passed.bind(('127.0.0.1', 0))
    elif kind == 'abstract': passed.bind('\\0clave-test-%d' % os.getpid())
    else: passed.bind('passed')
    if kind != 'deaf': passed.listen(8)
    if os.fork() == 0:
        passed.close()
        null = os.open('/dev/null', os.O_RDWR)
        for number in range(3): os.dup2(null, number)
        # Whatever becomes of the agent, this ends.
        notify.settimeout(60)
        while True:
            word = notify.recv(4096)
            with open('told', 'ab') as file: file.write(word + b'\\n')
            if b'STOPPING=1' in word: os._exit(0)
    notify.close()
    if kind == 'file': fd = os.open('manager.py', os.O_RDONLY)
    else: fd = os.dup(passed.fileno())
    passed.close()
    if fd != 3: os.dup2(fd, 3)
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS='2' if kind == 'two' else '1', LISTEN_FDNAMES='agent', NOTIFY_SOCKET=address,
                      LISTEN_PID=str(os.getpid() + (kind == 'stranger')))
    os.execvp(command[0], command)
    """

@Suite struct `Under a service manager` {
    private func scene() throws -> Scene {
        let scene = try Scene()
        try manager.write(toFile: scene.folder + "/manager.py", atomically: true, encoding: .utf8)
        return scene
    }

    @Test(arguments: ["clave-agent -D", "clave-agent", "ssh-agent -D"], ["$HOME/notify", "@clave-test-$$"])
    func `the agent serves the socket that is passed, says when it is ready and when it stops`(
        command: String, address: String
    ) throws {
        let scene = try scene()
        let outcome = scene.run(
            """
            python3 manager.py unix \(address) \(command) & agent=$!
            until grep -q READY=1 told 2>/dev/null || ! kill -0 $agent; do sleep 0.05; done
            grep STATUS told
            SSH_AUTH_SOCK=passed ssh-add -l
            kill $agent; wait $agent; echo $?
            for _ in $(seq 600); do grep STOPPING=1 told && break; sleep 0.05; done
            [ -S passed ] && echo kept
            """)
        #expect(
            outcome.output == """
                STATUS=Listening at passed
                The agent has no identities.
                0
                STOPPING=1
                kept

                """, "\(outcome.errors)")
        #expect(scene.agentFolders == [])
    }

    @Test(arguments: ["inet", "abstract", "packets", "deaf", "two", "file"])
    func `the agent refuses what is not one listening unix stream socket with a path`(kind: String) throws {
        let outcome = try scene().run("python3 manager.py \(kind) $HOME/notify clave-agent -D; echo $?")
        #expect(outcome.output.hasPrefix("1\n"))
        #expect(outcome.errors.contains("the service manager passed"))
    }

    @Test func `a socket for another process is left alone`() throws {
        let outcome = try scene().run(
            """
            python3 manager.py stranger $HOME/notify clave-agent -D >said & agent=$!
            until grep -q READY=1 told 2>/dev/null || ! kill -0 $agent; do sleep 0.05; done
            . ./said >/dev/null; kill $agent
            case $CLAVE_AUTH_SOCK in "$HOME"/clave-agent-*) echo its own ;; esac
            """)
        #expect(outcome.output == "its own\n")
    }

    @Test func `a command of the agent's is not mistaken for a service`() throws {
        let outcome = try scene().run(
            "python3 manager.py unix $HOME/notify clave-agent sh -c 'echo $LISTEN_FDS; [ -e told ] || echo untold'")
        #expect(outcome.output == "1\nuntold\n")
    }

    @Test(
        .enabled(
            if: access("/usr/bin/systemd-analyze", X_OK) == 0 && access("/usr/bin/systemd-socket-activate", X_OK) == 0,
            "systemd is not here"))
    func `systemd finds the units right, and its own launcher is served`() throws {
        let scene = try Scene()
        let units = URL(filePath: #filePath).appending(path: "../../../contrib/systemd/user").standardizedFileURL.path
        let outcome = scene.run(
            """
            mkdir -m 700 run units
            sed "s|/usr/local/bin|$HOME/bin|" '\(units)/clave-agent.service' >units/clave-agent.service
            cp '\(units)/clave-agent.socket' units
            XDG_RUNTIME_DIR=$HOME/run systemd-analyze --user --man=no verify units/clave-agent.* 2>&1
            systemd-socket-activate -l "$HOME/agent" "$HOME/bin/clave-agent" -D 2>/dev/null & agent=$!
            until [ -S agent ] || ! kill -0 $agent; do sleep 0.05; done
            SSH_AUTH_SOCK=agent ssh-add -l; kill $agent; wait $agent; echo $?
            """)
        #expect(outcome.output == "The agent has no identities.\n0\n")
    }

    @Test(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0, "systemd is not here"))
    func `systemd finds the gateway's unit right, and its exposure low`() throws {
        let scene = try Scene()
        let unit = URL(filePath: #filePath).appending(path: "../../../contrib/systemd/system/clave-gateway.service")
            .standardizedFileURL.path
        let outcome = scene.run(
            """
            mkdir units
            sed "s|/usr/local/bin/clave-gateway|/bin/true|" '\(unit)' >units/clave-gateway.service
            systemd-analyze --man=no verify units/clave-gateway.service 2>&1
            systemd-analyze security --offline=yes --threshold=20 units/clave-gateway.service >report 2>&1 || cat report
            """)
        #expect(outcome.output == "")
        #expect(outcome.code == 0)
    }
}
