import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `ssh-add` {
    private static let types = [
        "ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521", "rsa -b 2048", "rsa -b 3072", "rsa -b 4096",
    ]

    @Test(arguments: types) func `adds a key that signs, lists it, and removes it`(type: String) throws {
        let shell = try Shell()
        shell.makeKey(type, "key")
        #expect(shell.run("ssh-add key").code == 0)
        let line = shell.run("ssh-add -L").output
        #expect(line == (try String(contentsOfFile: shell.folder + "/key.pub", encoding: .utf8)))
        #expect(shell.run("ssh-add -T key.pub").code == 0)
        #expect(shell.run("ssh-add -d key").code == 0)
        #expect(shell.run("ssh-add -T key.pub").code != 0)
        #expect(shell.run("ssh-add -l").output.contains("no identities"))
        #expect(shell.run("ssh-add -d key").code != 0)
    }

    @Test(arguments: types) func `adds a key with its certificate, and both sign`(type: String) throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "ca")
        shell.makeKey(type, "key")
        shell.run("ssh-keygen -q -s ca -I name -n somebody key.pub")
        #expect(shell.run("ssh-add key").code == 0)
        #expect(shell.listed == 2)
        #expect(shell.run("ssh-add -T key.pub").code == 0)
        #expect(shell.run("ssh-add -T key-cert.pub").code == 0)
    }

    @Test func `keeps the order of adding, and takes a key once`() throws {
        let shell = try Shell()
        for name in ["one", "two", "three"] { shell.makeKey("ed25519", name) }
        shell.run("ssh-add three one two; ssh-add three")
        let comments = shell.run("ssh-add -L").output.split(separator: "\n").map { $0.split(separator: " ").last }
        #expect(comments == ["three", "one", "two"])
        #expect(shell.run("ssh-add -D").code == 0)
        #expect(shell.listed == 0)
    }

    @Test func `adds a key for a time`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        shell.run("ssh-add -t 2 key")
        #expect(shell.listed == 1)
        try eventually("the key to go") { shell.listed == 0 }
    }

    @Test func `adds a key of which each use is asked, with what it is for`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        #expect(shell.run("ssh-add -c key").code == 0)
        #expect(shell.run("echo text >file; ssh-keygen -Y sign -n mail -f key.pub file").code == 0)
        #expect(shell.world.asked.contains("Key: \"comment of key\""))
        #expect(shell.world.asked.contains("namespace: \"mail\""))
        try shell.world.answer("no")
        #expect(shell.run("ssh-add -T key.pub").code != 0)
        #expect(shell.world.asked.contains("bytes that do not tell what they are"))
    }

    @Test func `locks and unlocks, and a wrong passphrase opens nothing`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        shell.run("ssh-add key")
        #expect(shell.run("ssh-add -X", environment: try shell.asking("early")).code != 0)
        #expect(shell.run("ssh-add -x", environment: try shell.asking("the lock")).code == 0)
        #expect(shell.run("ssh-add -l").output.contains("no identities"))
        #expect(shell.run("ssh-add key").code != 0)
        #expect(shell.run("ssh-add -T key.pub").code != 0)
        #expect(shell.run("ssh-add -x", environment: try shell.asking("again")).code != 0)
        #expect(shell.run("ssh-add -X", environment: try shell.asking("wrong")).code != 0)
        #expect(shell.listed == 0)
        #expect(shell.run("ssh-add -X", environment: try shell.asking("the lock")).code == 0)
        #expect(shell.run("ssh-add -T key.pub").code == 0)
    }

    @Test func `is answered while another client's question waits, and while a wrong passphrase is held back`() throws {
        let shell = try Shell(answers: "silence")
        for name in ["bound", "free"] { shell.makeKey("ed25519", name) }
        shell.run("ssh-add -c bound; ssh-add free")
        // Each script ends only once the other client has been answered: the question waits as long as that takes.
        let question = shell.run(
            """
            exec 2>&1
            ssh-add -T bound.pub & waiting=$!
            until grep -q 'May the program below use this key' "$HOME/asked" 2>/dev/null; do sleep 0.05; done
            ssh-add -l && ssh-add -T free.pub && ssh-add -d free && kill -0 $waiting && echo not held up
            kill $waiting
            """)
        #expect(question.output.hasSuffix("not held up\n"), "\(question)")
        var environment = try shell.asking("the lock")
        #expect(shell.run("ssh-add -x", environment: environment).code == 0)
        environment = try shell.asking("wrong")
        // The wrong passphrases that went before make this one's answer come late.
        let locked = shell.run(
            """
            exec 2>&1
            for n in 1 2 3 4 5; do ssh-add -X; done; ssh-add -X & waiting=$!
            ssh-add -l; kill -0 $waiting && echo not held up; wait $waiting
            """, environment: environment)
        #expect(locked.output.contains("no identities") && locked.output.contains("not held up"), "\(locked)")
    }
}

@Suite struct `Other tools' signatures` {
    @Test(arguments: ["ed25519", "ecdsa -b 256", "rsa -b 3072"])
    func `of files are right`(type: String) throws {
        let shell = try Shell()
        shell.makeKey(type, "key")
        shell.run("ssh-add key; rm key; echo text >file; echo \"me $(cat key.pub)\" >allowed")
        #expect(shell.run("ssh-keygen -Y sign -n file -f key.pub file").code == 0)
        #expect(shell.run("ssh-keygen -Y verify -n file -I me -f allowed -s file.sig <file").code == 0)
    }

    @Test func `of git's commits are right`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        shell.run("ssh-add key; rm key; echo \"me@example $(cat key.pub)\" >allowed; git init -q tree")
        let options = """
            -c user.name=me -c user.email=me@example -c gpg.format=ssh -c user.signingkey="$HOME/key.pub" \
            -c gpg.ssh.allowedSignersFile="$HOME/allowed"
            """
        #expect(shell.run("git -C tree \(options) commit -q -S --allow-empty -m signed").code == 0)
        let shown = shell.run("git -C tree \(options) log --show-signature -1").output
        #expect(shown.contains("Good \"git\" signature for me@example"))
    }

    @Test func `by python's clients are right`() throws {
        let shell = try Shell()
        for (type, name) in [("ed25519", "a"), ("ecdsa -b 256", "b"), ("rsa -b 2048", "c")] {
            shell.makeKey(type, name)
            shell.run("ssh-add \(name)")
        }
        let script = """
            import asyncio, warnings
            warnings.simplefilter('ignore')
            import paramiko, asyncssh
            for key in paramiko.Agent().get_keys():
                blob = key.asbytes()
                plain = paramiko.PKey.from_type_string(key.get_name(), blob) if hasattr(paramiko.PKey, 'from_type_string') \\
                    else {'ssh-ed25519': paramiko.Ed25519Key, 'ecdsa-sha2-nistp256': paramiko.ECDSAKey,
                          'ssh-rsa': paramiko.RSAKey}[key.get_name()](data=blob)
                algorithm = 'rsa-sha2-512' if key.get_name() == 'ssh-rsa' else None
                signature = key.sign_ssh_data(b'message', algorithm)
                assert plain.verify_ssh_sig(b'message', paramiko.Message(signature)), key.get_name()
                print('paramiko', key.get_name())
            async def go():
                async with asyncssh.connect_agent() as agent:
                    for pair in await agent.get_keys():
                        signature = await pair.sign_async(b'message') if hasattr(pair, 'sign_async') else None
                        print('asyncssh', pair.algorithm.decode())
            asyncio.run(go())
            """
        try script.write(toFile: shell.folder + "/client.py", atomically: true, encoding: .utf8)
        let outcome = shell.run("/usr/bin/python3 -W ignore client.py")
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.output.split(separator: "\n").count { $0.hasPrefix("paramiko") } == 3)
        #expect(outcome.output.contains("asyncssh ssh-ed25519"))
    }
}

@Suite(.serialized) struct `A login by ssh` {
    @Test func `succeeds with a key of the agent's, and can forward it`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        shell.run("ssh-add key")
        let host = try LoginHost("first", shell)
        #expect(shell.run(host.line("echo here")).output == "here\n")
        let there = shell.run(
            host.line("ssh-add -l; ssh-add -T \(shell.folder)/key.pub && echo signed", forwarding: true))
        #expect(there.output.contains("comment of key"))
        #expect(there.output.contains("signed"))
    }

    @Test func `asks for a key of which each use is confirmed, and names user and host`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        let host = try LoginHost("first", shell)
        shell.run("ssh-add -c key")
        #expect(shell.run(host.line("echo here")).output == "here\n")
        #expect(
            shell.world.asked.contains(
                "To log in by ssh as \"\(String(cString: getpwuid(geteuid()).pointee.pw_name))\""))
        let fingerprint = shell.run("ssh-keygen -lf host-first.pub").output.split(separator: " ")[1]
        #expect(shell.world.asked.contains("Host's key: \(fingerprint)"))
    }

    @Test func `from a host to which the agent is forwarded adds no key`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        shell.makeKey("ed25519", "other")
        shell.run("ssh-add key")
        let host = try LoginHost("first", shell)
        let there = shell.run(host.line("ssh-add \(shell.folder)/other; ssh-add -l", forwarding: true))
        #expect(there.errors.contains("refused operation"))
        #expect(!there.output.contains("comment of other"))
    }

    @Test func `goes where a key may go, and nowhere else`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        let first = try LoginHost("first", shell)
        let second = try LoginHost("second", shell)
        #expect(shell.run("ssh-add -H known -h first key").code == 0)
        #expect(shell.run(first.line("echo here")).output == "here\n")
        #expect(shell.run(second.line("echo there")).code == 255)
        // At the end of the way it is not even seen.
        #expect(shell.run(first.line("ssh-add -l", forwarding: true)).output.contains("no identities"))
        // Signatures that are no login are refused.
        #expect(shell.run("ssh-add -T key.pub").code != 0)
    }

    @Test func `goes on from a host only if the key may go that way`() throws {
        let shell = try Shell()
        shell.makeKey("ed25519", "key")
        let first = try LoginHost("first", shell)
        let second = try LoginHost("second", shell)
        shell.run("ssh-add -H known -h first -h 'first>second' key")
        let on = second.line("echo arrived").replacingOccurrences(of: "$HOME", with: shell.folder)
            .replacingOccurrences(of: "'", with: "\"")
        #expect(shell.run(second.line("echo there")).code == 255)
        let there = shell.run(first.line("ssh-add -l; \(on)", forwarding: true))
        #expect(there.output.contains("comment of key"))
        #expect(there.output.contains("arrived"), "\(there.errors)")
    }
}
