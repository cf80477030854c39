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
                    .replacing(#/[0-9]+/#, with: "N")
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
