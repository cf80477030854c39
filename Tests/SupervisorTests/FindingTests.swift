import Foundation
import Glibc
import TestSupport
import Testing

/// How people and their shells come to an agent that runs already.
@Suite struct `Where an agent runs already` {
    @Test func `starting one finds it instead, and starts no other`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            mkdir -m 700 run; XDG_RUNTIME_DIR=$HOME/run; export XDG_RUNTIME_DIR
            eval "$(clave-agent -s)" >/dev/null; first=$CLAVE_AGENT_PID
            unset CLAVE_AUTH_SOCK CLAVE_AGENT_PID
            eval "$(clave-agent -s)" >/dev/null; echo $?
            [ "$CLAVE_AGENT_PID" = "$first" ] && [ "$CLAVE_AUTH_SOCK" = "$HOME/run/clave-agent/agent.sock" ] && echo found
            SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -l; clave-agent -k >/dev/null
            """)
        #expect(outcome.output == "0\nfound\nThe agent has no identities.\n")
        #expect(outcome.errors == "")
    }

    @Test func `--new starts another in a folder of its own`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            mkdir -m 700 run; XDG_RUNTIME_DIR=$HOME/run; export XDG_RUNTIME_DIR
            eval "$(clave-agent -s --new)" >/dev/null; first=$CLAVE_AGENT_PID; echo ${CLAVE_AUTH_SOCK#"$HOME/"}
            eval "$(clave-agent -s --new)" >/dev/null; second=$CLAVE_AGENT_PID; echo ${CLAVE_AUTH_SOCK#"$HOME/"}
            [ $first != $second ] && kill $first $second && echo two
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3, "\(outcome)")
        #expect(lines.first == "run/clave-agent/agent.sock")
        #expect(lines.dropFirst().first?.hasPrefix("clave-agent-") == true)
        #expect(lines.last == "two")
    }

    @Test func `options that it can't take any more are told of`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s -a sock)" >/dev/null
            clave-agent -s -a sock -t 1h >code && grep -c "AGENT_PID=$CLAVE_AGENT_PID;" code; kill $CLAVE_AGENT_PID
            """)
        #expect(outcome.output == "1\n")
        #expect(outcome.errors.contains("--new starts another"))
    }

    @Test func `twelve shells that start at once on a dead socket all find the same one`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s -a sock)" >/dev/null; kill -9 $CLAVE_AGENT_PID
            for n in 1 2 3 4 5 6 7 8 9 10 11 12; do (clave-agent -s -a sock >code.$n || echo failed) & done; wait
            cat code.* | grep -o 'AGENT_PID=[0-9]*' | sort -u | wc -l
            . ./code.1; SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -l; kill $CLAVE_AGENT_PID
            """)
        #expect(outcome.output.hasPrefix("1\nAgent pid"), "\(outcome)")
        #expect(outcome.output.hasSuffix("The agent has no identities.\n"))
    }

    @Test func `fish and tcsh find it by the code of their own, also at a path with signs of theirs`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            mkdir "a'b!c \\d"; socket="$HOME/a'b!c \\d/s"
            eval "$(clave-agent -s -a "$socket")" >/dev/null
            SHELL=/usr/bin/fish clave-agent -a "$socket" >code.fish
            fish -c 'source code.fish; SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -l; clave-agent -f -k | source
                set -q CLAVE_AUTH_SOCK; or echo unset'
            eval "$(clave-agent -s -a "$socket")" >/dev/null; clave-agent -c -a "$socket" >code.csh
            tcsh -f -c 'source code.csh; env SSH_AUTH_SOCK="$CLAVE_AUTH_SOCK" ssh-add -l'; kill $CLAVE_AGENT_PID
            """)
        let said = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("Agent pid") }
        #expect(said == ["The agent has no identities.", "unset", "The agent has no identities."], "\(outcome)")
    }

    @Test func `a socket of another program is neither found nor replaced`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            python3 -c 'import socket,time; s=socket.socket(socket.AF_UNIX); s.bind("sock"); s.listen(); time.sleep(60)' & other=$!
            until [ -S sock ]; do sleep 0.05; done
            clave-agent -s -a sock; echo $?; [ -S sock ] && echo stays; [ -e sock.lock ] || echo clean; kill $other
            """)
        #expect(outcome.output == "1\nstays\nclean\n")
    }
}

@Suite struct `Where no agent answers, though something is in the way` {
    @Test func `at a socket whose queue is full, starting one ends, and says so`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            python3 -c 'import socket,time
            s=socket.socket(socket.AF_UNIX); s.bind("sock"); s.listen(0)
            c=socket.socket(socket.AF_UNIX); c.connect("sock"); open("ready","w"); time.sleep(60)' & other=$!
            until [ -e ready ]; do sleep 0.05; done
            clave-agent -s -a sock; echo $?; kill $other
            """)
        #expect(outcome.output == "1\n")
        #expect(outcome.errors.contains("no agent of yours answers at"))
    }

    @Test func `at a lock that another program holds, starting one ends, and says so`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            flock sock.lock sh -c ': >ready; sleep 60' & other=$!
            until [ -e ready ]; do sleep 0.05; done
            clave-agent -s -a sock; echo $?; kill $other
            """)
        #expect(outcome.output == "1\n")
        #expect(outcome.errors.contains("holds \(scene.folder)/sock.lock"))
    }

    @Test func `its stopped core is no running agent once its supervisor is dead`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s -a sock)" >/dev/null; core=$(cat /proc/$CLAVE_AGENT_PID/task/*/children)
            kill -STOP $core; kill -9 $CLAVE_AGENT_PID
            while kill -0 $CLAVE_AGENT_PID 2>/dev/null && ! grep -q 'State:.Z' /proc/$CLAVE_AGENT_PID/status; do sleep 0.05; done
            clave-agent -s -a sock; echo $?; kill -KILL $core
            """)
        #expect(outcome.output == "1\n", "\(outcome)")
    }
}

@Suite struct `A socket's file` {
    @Test func `is made anew where somebody removes it, and serves`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s -a sock)" >/dev/null; rm sock
            until SSH_AUTH_SOCK=sock ssh-add -l 2>/dev/null | grep 'no identities'; do sleep 0.05; done
            rm -f sock sock.lock
            until SSH_AUTH_SOCK=sock ssh-add -l 2>/dev/null | grep 'no identities'; do sleep 0.05; done
            kill $CLAVE_AGENT_PID; while [ -e sock ] || [ -e sock.lock ]; do sleep 0.05; done; echo gone
            """)
        #expect(outcome.output == "The agent has no identities.\nThe agent has no identities.\ngone\n")
    }

    @Test func `is made anew as often as somebody removes it, however soon after it was made`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s -a sock)" >/dev/null
            timeout 60 perl -e 'my $left = 500; while ($left) { $left-- if unlink "sock" }'; echo $?
            timeout 60 sh -c "until SSH_AUTH_SOCK=sock ssh-add -l 2>/dev/null | grep 'no identities'; do sleep 0.05; done"
            kill $CLAVE_AGENT_PID
            """)
        #expect(outcome.output == "0\nThe agent has no identities.\n")
    }

    @Test func `is served by the core that takes a killed one's place, also when it was made anew`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s -a sock)" >/dev/null; rm sock
            until [ -S sock ]; do sleep 0.05; done
            kill -9 $(cat /proc/$CLAVE_AGENT_PID/task/*/children)
            until SSH_AUTH_SOCK=sock ssh-add -l 2>/dev/null | grep 'no identities'; do sleep 0.05; done
            kill $CLAVE_AGENT_PID
            """)
        #expect(outcome.output == "The agent has no identities.\n")
    }

    @Test func `that can't be made anew ends the agent, which nobody could find`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            mkdir run; eval "$(clave-agent -s -a run/sock)" >/dev/null; kill -STOP $CLAVE_AGENT_PID
            rm -r run; : >run; kill -CONT $CLAVE_AGENT_PID
            while kill -0 $CLAVE_AGENT_PID 2>/dev/null; do sleep 0.05; done; echo ended
            """)
        #expect(outcome.output == "ended\n")
    }

    @Test func `is removed by its own agent alone`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            mkdir run; eval "$(clave-agent -s -a run/sock)" >/dev/null; kill -STOP $CLAVE_AGENT_PID
            rm run/sock run/sock.lock; first=$CLAVE_AGENT_PID
            eval "$(clave-agent -s -a run/sock)" >/dev/null
            kill $first; kill -CONT $first; while kill -0 $first 2>/dev/null; do sleep 0.05; done
            SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -l; kill $CLAVE_AGENT_PID
            """)
        #expect(outcome.output == "The agent has no identities.\n")
    }
}

@Suite struct `The person's folders` {
    @Test func `are not taken from variables that are relative`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            XDG_RUNTIME_DIR=relrun XDG_DATA_HOME=rel/data clave-agent sh -c 'echo "$CLAVE_AUTH_SOCK"'
            [ -e relrun ] || [ -e rel ] || echo nothing
            """)
        #expect(outcome.output.hasPrefix("\(scene.folder)/clave-agent-"), "\(outcome)")
        #expect(outcome.output.hasSuffix("\nnothing\n"))
    }

    @Test(.enabled(if: getuid() == 0))
    func `of another user, as su leaves them in the environment, are passed over`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            mkdir -m 700 theirs; chown 65534 theirs
            XDG_RUNTIME_DIR=$HOME/theirs clave-agent sh -c 'echo "$CLAVE_AUTH_SOCK"'; ls theirs
            """)
        #expect(outcome.output.hasPrefix("\(scene.folder)/clave-agent-"), "\(outcome)")
        #expect(outcome.output.split(separator: "\n").count == 1)
    }
}
