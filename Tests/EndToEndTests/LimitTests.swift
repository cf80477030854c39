import Foundation
import Glibc
import TestSupport
import Testing

/// Clients in python; the socket is in `SSH_AUTH_SOCK`.
private let clients = """
    import os, resource, socket, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    def connect():
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        client.connect(os.environ['SSH_AUTH_SOCK'])
        return client
    def ask(client):
        client.sendall(b'\\0\\0\\0\\1\\x0b')
        return client.recv(9, socket.MSG_WAITALL) == b'\\0\\0\\0\\5\\x0c\\0\\0\\0\\0'

    """

@Suite struct `Many connections` {
    /// Runs a script beside an agent that is started with a limit of its own; `$agent` is its process, `$core` the core.
    private func run(_ limit: String, python: String, _ script: String) throws -> Outcome {
        let world = try World(gateway: false, agent: false)
        try (clients + python).write(toFile: world.folder + "/clients.py", atomically: true, encoding: .utf8)
        return world.run(
            "/bin/bash",
            [
                "-c",
                """
                cd "$HOME"
                export SSH_AUTH_SOCK=$HOME/socket
                (\(limit); exec clave-agent -D -a socket >said 2>&1) & agent=$!
                trap 'kill $agent' EXIT
                until ssh-add -l >listed 2>&1; [ $? -lt 2 ] || ! kill -0 $agent; do sleep 0.05; done
                core=$(pgrep -P $agent -x clave-core)
                \(script)
                """,
            ])
    }

    @Test(.enabled(if: hardLimit >= 9000, "needs a hard limit of 9,000 open files"))
    func `are served by the thousand, whatever the soft limit was, and helpers get that one`() throws {
        let outcome = try run(
            "ulimit -Sn 1000",
            python: """
                all = [connect() for n in range(4100)]
                print(sum(ask(client) for client in all), sum(ask(client) for client in all))
                """,
            """
            python3 clients.py
            ssh-keygen -q -t ed25519 -N '' -f key; ssh-add -q -c key
            printf '#!/bin/sh\\nulimit -Sn >"$HOME/limit"\\n' >answer
            ssh-add -T key.pub && cat limit
            clave-agent -a other sh -c 'ulimit -Sn'
            ulimit -Sn
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "4100 4100", "\(outcome)")
        #expect(lines.count == 4 && lines[1] == "1000" && lines[2] == lines[3], "\(outcome)")
    }

    @Test func `beyond the limit take the place of those that one program only holds, and nobody else's`() throws {
        let outcome = try run(
            "ulimit -n 64",
            python: """
                if sys.argv[1] == 'one':
                    client = connect()
                    ask(client)
                    print('connected', flush=True)
                    sys.stdin.read()
                    print('served' if ask(client) else 'ended')
                else:
                    all = [connect() for n in range(200)]
                    print(ask(all[-1]), flush=True)
                    sys.stdin.read()
                """,
            """
            mkfifo first second
            python3 clients.py one <first >of-one & one=$!
            exec 5>first
            until grep -q connected of-one; do sleep 0.05; done
            python3 clients.py many <second >of-many 5>&- & many=$!
            exec 6>second
            until [ -s of-many ]; do sleep 0.05; done
            ssh-add -l
            exec 5>&-; wait $one; cat of-one of-many
            kill -0 $core && echo alive
            exec 6>&-; wait $many
            """)
        #expect(
            outcome.output == "The agent has no identities.\nconnected\nserved\nTrue\nalive\n", "\(outcome)")
    }

    @Test func `that can't be taken for want of descriptors wait, and cost the agent nothing`() throws {
        let outcome = try run(
            "ulimit -Sn 1000",
            python: """
                client = connect()
                print('asked', flush=True)
                print(ask(client))
                """,
            """
            # Fewer than it has open: not one more can be had.
            prlimit --pid $core --nofile=6:
            python3 clients.py >said & client=$!
            until grep -q asked said; do sleep 0.05; done
            used() { echo $(($(cut -d' ' -f14,15 /proc/$core/stat | tr ' ' +))); }
            before=$(used); sleep 2; after=$(used)
            [ $((after - before)) -lt 60 ] && echo idle || echo $((after - before)) of 200
            prlimit --pid $core --nofile=1000:
            wait $client; cat said
            """)
        #expect(outcome.output == "idle\nasked\nTrue\n", "\(outcome)")
    }

    @Test func `are none where too few files may be open, which is said before anything else`() throws {
        let world = try World(gateway: false, agent: false)
        for arguments in ["-D -a socket", "-a socket", "-a socket true"] {
            let outcome = world.run("/bin/sh", ["-c", "cd $HOME; ulimit -n 63; clave-agent \(arguments)"])
            #expect(outcome.code == 1 && outcome.output == "", "\(outcome)")
            #expect(
                outcome.errors == "clave-agent: only 63 files may be open here, and the agent needs 64: ulimit -n\n")
        }
    }

    @Test func `with unfinished frames take no memory that secrets need`() throws {
        let outcome = try run(
            "ulimit -Sn 1000",
            python: """
                all = []
                for n in range(511):
                    client = connect()
                    all.append(client)
                    try: client.sendall(b'\\0\\4\\0\\0' + b'x' * 262000)
                    except OSError: pass
                print(ask(connect()))
                print([line for line in open('/proc/%s/status' % sys.argv[1]) if line.startswith('VmLck')][0].split()[1])
                """, "python3 clients.py $core")
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "True", "\(outcome)")
        #expect(lines.last.flatMap { Int($0) }.map { $0 < 6000 } == true, "\(outcome)")
    }
}

@Suite struct `Memory that can't be locked` {
    @Test(
        .enabled(if: geteuid() == 0, "needs root, which alone can give up the privilege to lock without a limit"),
        arguments: [(16, 1), (8192, 0)])
    func `is told of once, in the debug log`(limit: Int, times: Int) throws {
        let world = try World(gateway: false, agent: false)
        let outcome = world.run(
            "/bin/sh",
            [
                "-c",
                """
                cd "$HOME"
                setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock \
                    sh -c 'ulimit -l \(limit); exec clave-agent -d -a socket' >/dev/null 2>log & agent=$!
                until SSH_AUTH_SOCK=socket ssh-add -l >listed 2>&1; [ $? -lt 2 ]; do sleep 0.05; done
                kill $agent; wait $agent
                grep -c "can't be locked" log
                """,
            ])
        #expect(outcome.output == "\(times)\n", "\(outcome)")
    }
}

/// The hard limit of open files of this process.
private var hardLimit: UInt {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit.rlim_max : 0
}
