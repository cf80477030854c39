import Foundation
import Glibc
import TestSupport
import Testing

/// The agent under the name `ssh-agent`, beside the real one.
@Suite struct `As ssh-agent` {
    /// Output, errors and code of both, with what differs by nature taken out: numbers, places, ends of lines.
    private func both(_ script: String) throws -> (real: String, ours: String) {
        let scene = try Scene()
        func said(_ agent: String) -> String {
            let outcome = scene.run(script, environment: ["AGENT": agent])
            return [outcome.output, outcome.errors, "\(outcome.code)"].map { text in
                text.replacing(#/\/[^ ;]*\/agent\.[0-9]+/#, with: "PLACE")
                    .replacing(#/\/[^ ;]*\/\.ssh\/agent\/s\.[A-Za-z0-9]{10}\.agent\.[A-Za-z0-9]{10}/#, with: "PLACE")
                    .replacing(#/[0-9]+/#, with: "N")
                    // Ours knows the options of a later one.
                    .replacing(#/usage: ssh-agent (.|\n)*/#, with: "USAGE")
            }.joined(separator: "|")
        }
        return (said("/usr/bin/ssh-agent"), said(scene.folder + "/bin/ssh-agent"))
    }

    @Test(arguments: [
        "$AGENT -s >code; cat code; . ./code >/dev/null; $AGENT -k",
        "$AGENT -c >code; cat code; kill $(sed -n 's/.*SSH_AGENT_PID \\([0-9]*\\);/\\1/p' code)",
        "SHELL=/bin/csh $AGENT >code; cat code; kill $(sed -n 's/.*SSH_AGENT_PID \\([0-9]*\\);/\\1/p' code)",
        "eval \"$($AGENT -s)\"; $AGENT -k -c; eval \"$($AGENT -k)\"; echo ${SSH_AUTH_SOCK-none}",
        "eval \"$($AGENT -s -a here)\"; ls here; $AGENT -k",
        "$AGENT -k", "SSH_AGENT_PID=x $AGENT -k", "SSH_AGENT_PID=12x $AGENT -k", "SSH_AGENT_PID=1 $AGENT -k",
        "SSH_AGENT_PID=-4 $AGENT -k", "SSH_AGENT_PID=99999999999 $AGENT -k", "SSH_AGENT_PID=2147483647 $AGENT -k",
        "$AGENT -t nonsense", "$AGENT -a /nonexistent/folder/socket", "touch file; $AGENT -a $HOME/file; cat file",
        "$AGENT -a /tmp/$(printf %0200d 1)", "$AGENT /nonexistent/command", "$AGENT nonexistent-command",
        "$AGENT sh -c 'exit 7'", "$AGENT sh -c 'kill -9 $$'", "$AGENT sh -c 'echo $SSH_AUTH_SOCK; echo $SSH_AGENT_PID'",
        "$AGENT -x", "$AGENT -E", "$AGENT -s -c", "$AGENT -d -D", "$AGENT -s true", "$AGENT -k true", "$AGENT -d true",
        "$AGENT -P a -P b", "$AGENT -E nonsense", "$AGENT -O nonsense",
        "$AGENT -P '/usr/lib/*' -t 1h30m -E sha256 ssh-add -l",
    ])
    func `it says what the real one says`(script: String) throws {
        let (real, ours) = try both(script)
        #expect(ours == real)
    }

    @Test func `its usage is that of OpenSSH 10.5`() throws {
        let outcome = try Scene().run("ssh-agent -u true")
        #expect(outcome.code == 1)
        #expect(
            outcome.errors == """
                usage: ssh-agent [-c | -s] [-DdTU] [-a bind_address] [-E fingerprint_hash]
                                 [-O option] [-P allowed_providers] [-t life]
                       ssh-agent [-TU] [-a bind_address] [-E fingerprint_hash] [-O option]
                                 [-P allowed_providers] [-t life] command [arg ...]
                       ssh-agent [-c | -s] -k
                       ssh-agent -u
                       ssh-agent -V

                """)
    }

    @Test(arguments: [
        ("-O websafe-allow=a -O websafe-allow=b", "websafe-allow already set\r\n"),
        ("-O websafe-allow", "Unknown -O option\r\n"), ("-E md4", "Invalid hash algorithm \"md4\"\r\n"),
    ])
    func `it refuses a value with OpenSSH's words`(options: String, words: String) throws {
        let outcome = try Scene().run("ssh-agent \(options)")
        #expect(outcome.code == 255 && outcome.errors == words)
    }

    @Test func `its socket is in the home folder, or in a fresh one if asked`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            for option in -s -sT -sTa; do
                [ $option = -sTa ] && set -- $option here || set -- $option
                eval "$(ssh-agent "$@")" >/dev/null
                ssh-add -l; stat -c '%a %n' "$SSH_AUTH_SOCK" "$(dirname "$SSH_AUTH_SOCK")"; ssh-agent -k >/dev/null
            done; ls here
            """)
        let kinds = outcome.output.replacing(scene.folder, with: "HOME").replacing(
            #/ssh-[A-Za-z0-9]{6}/#, with: "ssh-X"
        )
        .replacing(#/s\.[A-Za-z0-9]{10}\.agent\.[A-Za-z0-9]{10}/#, with: "S").replacing(#/agent\.[0-9]+/#, with: "A")
        let temporary = "The agent has no identities.\n600 HOME/ssh-X/A\n700 HOME/ssh-X\n"
        #expect(
            kinds == "The agent has no identities.\n600 HOME/.ssh/agent/S\n700 HOME/.ssh/agent\n" + temporary
                + temporary)
        try eventually("the sockets to go") { scene.agentFolders == [] }
    }

    @Test func `without a place for its socket it says so as OpenSSH's does`() throws {
        let outcome = try Scene().run("touch .ssh; ssh-agent -s")
        #expect(outcome.code == 255)
        #expect(outcome.errors.hasSuffix("Couldn't prepare agent socket\r\n"))
    }

    @Test func `it removes sockets that nobody listens at, if they are old enough and this host's`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            eval "$(ssh-agent -s)" >/dev/null; live=$(basename "$SSH_AUTH_SOCK"); first=$SSH_AGENT_PID; cd .ssh/agent
            mine=${live%.agent.*}
            for name in $mine.agent.old $mine.sshd.old $mine.agent.new s.other.agent.old odd; do
                python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $name
            done
            touch $mine.agent.file; ln -s odd $mine.agent.link
            touch -h -d '2 hours ago' *.old odd $mine.agent.file $mine.agent.link "$live"
            show() { ls | sed "s/$mine/mine/; s/$(basename $SSH_AUTH_SOCK)/live/; s/mine.agent.[A-Za-z0-9]\\{10\\}$/live/" | sort | xargs; }
            ssh-agent -U -s >code; . ./code >/dev/null; rm code; ssh-agent -k >/dev/null
            until [ "$(ls | wc -l)" = 8 ]; do sleep 0.05; done; show
            ssh-agent -u; echo $?; show; clave-agent -uu; show; kill $first
            """)
        #expect(
            outcome.output == """
                live mine.agent.file mine.agent.link mine.agent.new mine.agent.old mine.sshd.old odd s.other.agent.old
                Deleted stale agent sockets in ~/.ssh/agent
                0
                live mine.agent.file mine.agent.link mine.agent.new odd s.other.agent.old
                Deleted stale agent sockets in ~/.ssh/agent
                live mine.agent.file mine.agent.link mine.agent.new

                """, "\(outcome.errors)")
    }

    @Test func `any number may be started, and each ends by its number`() throws {
        let scene = try Scene()
        let outcome = scene.run(
            """
            XDG_RUNTIME_DIR=$HOME; export XDG_RUNTIME_DIR
            eval "$(ssh-agent -s)" >/dev/null; eval "$(ssh-agent -s | sed s/SSH_/FW_SSH_/g)" >/dev/null
            ssh-add -l; SSH_AUTH_SOCK=$FW_SSH_AUTH_SOCK ssh-add -l
            ssh-agent -k >/dev/null; SSH_AGENT_PID=$FW_SSH_AGENT_PID ssh-agent -k >/dev/null && echo done
            """)
        #expect(outcome.output == "The agent has no identities.\nThe agent has no identities.\ndone\n")
        try eventually("the folders to go") { scene.agentFolders == [] }
    }

    @Test func `it ends a real one too, and nothing that is no agent`() throws {
        let outcome = try Scene().run(
            """
            eval "$(/usr/bin/ssh-agent -s)" >/dev/null; ssh-agent -k | tail -n 1
            sleep 600 & SSH_AGENT_PID=$! ssh-agent -k; echo $?; kill $!
            """)
        #expect(outcome.output.contains("killed;\n1\n"))
        #expect(outcome.errors.contains("is no ssh-agent"))
    }

    @Test func `by its own name it sets OpenSSH's variables if asked`() throws {
        let outcome = try Scene().run(
            """
            eval "$(clave-agent --ssh)" >/dev/null
            [ "$SSH_AUTH_SOCK" = "$CLAVE_AUTH_SOCK" ] && [ "$SSH_AGENT_PID" = "$CLAVE_AGENT_PID" ] && ssh-add -l
            eval "$(clave-agent --ssh -k)" >/dev/null; echo ${SSH_AUTH_SOCK-none} ${CLAVE_AUTH_SOCK-none}
            clave-agent --ssh ssh-add -l
            """)
        #expect(outcome.output == "The agent has no identities.\nnone none\nThe agent has no identities.\n")
    }
}
