import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `A core that ends` {
    @Test func `before it has heard how to run is started again like any other`() throws {
        let scene = try Scene()
        // Ends each new core at once, three times; the limit is five in a minute.
        try """
        import os, signal, sys
        agent = sys.argv[1]
        def core():
            while True:
                for child in open(f'/proc/{agent}/task/{agent}/children').read().split(): return int(child)
        ended = 0
        for n in range(4):
            while core() == ended: pass
            ended = core()
            os.kill(ended, signal.SIGKILL)
        """.write(toFile: scene.folder + "/end.py", atomically: true, encoding: .utf8)
        let outcome = scene.run(
            """
            eval "$(clave-agent -s)" >/dev/null; SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK; export SSH_AUTH_SOCK
            python3 end.py $CLAVE_AGENT_PID
            ssh-add -l
            kill -0 $CLAVE_AGENT_PID && clave-agent -k
            """)
        #expect(outcome.output.hasPrefix("The agent has no identities.\n"), "\(outcome)")
    }

    @Test func `again and again does not keep the agent from being ended meanwhile`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(clave-agent -s)" >/dev/null
            children() { cat /proc/$CLAVE_AGENT_PID/task/$CLAVE_AGENT_PID/children; }
            for n in 1 2 3; do
                core=$(children); kill -9 $core
                until [ -n "$(children)" ] && [ "$(children)" != "$core" ]; do sleep 0.02; done
            done
            # The next start has to wait for more than a second.
            kill -9 $(children)
            until [ -z "$(children)" ]; do sleep 0.02; done
            kill $CLAVE_AGENT_PID
            while kill -0 $CLAVE_AGENT_PID && [ -z "$(children)" ]; do sleep 0.02; done 2>/dev/null
            kill -0 $CLAVE_AGENT_PID 2>/dev/null && echo started another core || echo ended
            """)
        #expect(outcome.output == "ended\n", "\(outcome)")
        #expect(scene.agentFolders == [])
    }
}

@Suite struct `Code that the environment brings into programs` {
    private static let library = "/usr/lib/x86_64-linux-gnu/libpcre2-8.so.0"

    @Test(
        .enabled(if: geteuid() == 0 && access(library, R_OK) == 0, "needs root, to look into the core, and a library"),
        arguments: ["clave-agent -s", "clave-agent -D -a agent", "ssh-agent -s"])
    func `is in no process of the agent`(command: String) throws {
        let outcome = try Scene().run(
            """
            \(command) >said & started=$!
            until [ -s said ]; do sleep 0.02; done
            eval "$(sed 's/^echo.*//' said)"
            agent=${CLAVE_AGENT_PID-$SSH_AGENT_PID}
            until core=$(cat /proc/$agent/task/$agent/children) && [ -n "$core" ]; do sleep 0.02; done
            grep -c pcre /proc/$agent/maps /proc/$(echo $core)/maps | cut -d: -f2
            cat /proc/$agent/comm
            kill $agent
            """, environment: ["LD_PRELOAD": Self.library, "LD_BIND_NOW": "1"])
        #expect(outcome.output == "0\n0\nclave-agent\n", "\(outcome)")
    }

    @Test func `is a command's own affair`() throws {
        let outcome = try Scene().run(
            """
            LD_BIND_NOW=' a b' MALLOC_PERTURB_=7 clave-agent sh -c 'echo "$LD_BIND_NOW,$MALLOC_PERTURB_"; env | grep -c KEPT'
            """)
        #expect(outcome.output == " a b,7\n0\n", "\(outcome)")
    }
}
