import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// The whole agent, and Debian's OpenSSH with keys on a token that a middleware without hardware plays.
struct TokenShell {
    let shell: Shell
    var world: World { shell.world }
    var folder: String { shell.folder }

    init(_ arguments: [String] = []) throws {
        let world = try World(gateway: false, agent: false)
        shell = Shell(world)
        let source = Files.parent(of: Files.parent(of: #filePath)) + "/Middleware/dummy.c"
        let made = shell.run("cc -shared -fPIC -o dummy.so '\(source)' -lcrypto")
        try #require(made.code == 0, "\(made)")
        try world.startAgent(arguments: ["-P", "\(world.folder)/*"] + arguments)
        try world.answer(
            "case $CLAVE_PROMPT_KIND in security-key-pin) echo 1234 ;; touch-key) exec sleep 600 ;; esac; exit 0")
    }

    /// Makes a key by Debian's ssh-keygen, and gives it to the agent.
    func makeKey(_ type: String, _ name: String, add options: String = "") throws {
        let made = shell.run(
            """
            ssh-keygen -q -t \(type) -w "$HOME/dummy.so" -N '' -C 'comment of \(name)' -f \(name) &&
            ssh-add -q -S "$HOME/dummy.so" \(options) \(name)
            """)
        try #require(made.code == 0, "\(made)")
    }
}

@Suite(.serialized) struct `A FIDO key of OpenSSH's` {
    @Test(arguments: ["ed25519-sk", "ecdsa-sk"]) func `signs, with its certificate too, and is removed`(
        type: String
    ) throws {
        let token = try TokenShell()
        let shell = token.shell
        shell.makeKey("ed25519", "ca")
        try token.makeKey(type, "key")
        #expect(shell.run("ssh-add -T key.pub").code == 0)
        shell.run("rm key; echo text >file; echo \"me $(cat key.pub)\" >allowed")
        #expect(shell.run("ssh-keygen -Y sign -n file -f key.pub file").code == 0)
        #expect(shell.run("ssh-keygen -Y verify -n file -I me -f allowed -s file.sig <file").code == 0)
        try token.makeKey(type, "certified")
        shell.run("ssh-keygen -q -s ca -I name -n somebody certified.pub")
        #expect(shell.run("ssh-add -q -S \"$HOME/dummy.so\" certified").code == 0)
        #expect(shell.listed == 3)
        #expect(shell.run("ssh-add -T certified-cert.pub").code == 0)
        #expect(shell.run("ssh-add -d key.pub; ssh-add -d certified").code == 0)
        #expect(shell.listed == 0)
    }

    @Test func `lets its owner in once the token is touched`() throws {
        let token = try TokenShell()
        let shell = token.shell
        try token.makeKey("ecdsa-sk", "key")
        let host = try LoginHost("first", shell)
        try token.world.touch("hold")
        let outcome = shell.run(
            """
            true
            (\(host.line("echo here")); echo $? >code) >said 2>errors & waiting=$!
            for _ in $(seq 600); do grep -q 'Touch your security key' asked 2>/dev/null && break; sleep 0.05; done
            ssh-add -l >/dev/null && [ ! -e code ] && echo waits; rm hold; wait $waiting; cat said
            """)
        #expect(outcome.output == "waits\nhere\n", "\(outcome)")
        #expect(token.world.asked.contains("Touch your security key, to let the program below use this key."))
        #expect(token.world.asked.contains("To log in by ssh as"))
        try eventually("the notice to go") {
            runProgram("/usr/bin/pgrep", ["-f", token.folder + "/answer"], environment: [:]).output.isEmpty
        }
    }

    @Test func `goes where it may go, and nowhere else`() throws {
        let token = try TokenShell()
        let shell = token.shell
        let first = try LoginHost("first", shell)
        let second = try LoginHost("second", shell)
        try token.makeKey("ed25519-sk", "key", add: "-H known -h first")
        shell.run("cat *.pub >authorized")
        #expect(shell.run(first.line("echo here")).output == "here\n")
        #expect(shell.run(second.line("echo there")).code == 255)
        #expect(shell.run("ssh-add -T key.pub").code != 0)
    }

    @Test func `that wants its PIN has the person type it`() throws {
        let token = try TokenShell()
        try token.makeKey("ed25519-sk -O verify-required", "key")
        token.world.forgetAsked()
        #expect(token.shell.run("ssh-add -T key.pub").code == 0)
        #expect(token.world.asked.contains("type the PIN of your security key, and touch it then."))
        try token.world.answer("case $CLAVE_PROMPT_KIND in security-key-pin) echo 4321 ;; esac; exit 0")
        #expect(token.shell.run("ssh-add -T key.pub").code != 0)
        #expect(token.world.asked.contains("The last PIN was wrong."))
    }

    @Test(arguments: [([], false), (["-O", "websafe-allow=*.example"], true), (["-O", "no-restrict-websafe"], true)])
    func `that is for a web site signs nothing but what is ssh's, unless the person says so`(
        arguments: [String], signs: Bool
    ) throws {
        let token = try TokenShell(arguments)
        addKeyOfSite(token)
        #expect((token.shell.run("ssh-add -T key.pub").code == 0) == signs)
        token.shell.run("echo text >file")
        #expect(token.shell.run("ssh-keygen -Y sign -n file -f key.pub file").code == 0)
    }

    /// Gives the agent a key for `bank.example`, which no tool of OpenSSH's makes: by a message of its own.
    private func addKeyOfSite(_ token: TokenShell) {
        let script = """
            import base64, os, socket, struct
            s = lambda b: struct.pack('>I', len(b)) + b
            text = ''.join(open('key').read().split('\\n')[1:-2])
            body = base64.b64decode(text)
            at = body.rindex(b'\\0\\0\\0\\x04ssh:\\x01')
            count = struct.unpack('>I', body[at + 9:at + 13])[0]
            handle = body[at + 13:at + 13 + count]
            # The handle names what it is for, too: its length stands before it.
            handle = handle[:2] + bytes([12]) + b'bank.example' + handle[7:]
            public = base64.b64decode(open('key.pub').read().split()[1])
            point = public[4 + 26 + 4:4 + 26 + 4 + 32]
            name = b'sk-ssh-ed25519@openssh.com'
            blob = s(name) + s(point) + s(b'bank.example')
            open('key.pub', 'w').write(name.decode() + ' ' + base64.b64encode(blob).decode() + ' web\\n')
            message = bytes([25]) + blob + b'\\x01' + s(handle) + s(b'') + s(b'web')
            message += b'\\xff' + s(b'sk-provider@openssh.com') + s((os.environ['HOME'] + '/dummy.so').encode())
            agent = socket.socket(socket.AF_UNIX)
            agent.connect(os.environ['SSH_AUTH_SOCK'])
            agent.sendall(s(message))
            assert agent.recv(5)[4] == 6
            """
        try? script.write(toFile: token.folder + "/add.py", atomically: true, encoding: .utf8)
        let made = token.shell.run(
            "ssh-keygen -q -t ed25519-sk -w \"$HOME/dummy.so\" -N '' -f key && python3 add.py")
        #expect(made.code == 0, "\(made)")
    }

    @Test(arguments: ["crash", "forged", "gone"]) func `whose middleware fails gives no signature, and is there again`(
        fault: String
    ) throws {
        let token = try TokenShell()
        try token.makeKey("ecdsa-sk", "key")
        token.shell.run("echo \(fault) >fault")
        #expect(token.shell.run("ssh-add -T key.pub").code != 0)
        #expect(token.shell.run("ssh-add -T key.pub").code == 0)
    }

    @Test func `whose middleware may not be loaded is not added`() throws {
        let token = try TokenShell()
        token.shell.run("ssh-keygen -q -t ed25519-sk -w \"$HOME/dummy.so\" -N '' -f key")
        #expect(token.shell.run("ssh-add -S /usr/lib/os-release key").code != 0)
        #expect(token.shell.listed == 0)
    }

    @Test func `is named in questions by the digest that the person chose`() throws {
        let token = try TokenShell(["-E", "md5"])
        try token.makeKey("ecdsa-sk", "key", add: "-c")
        #expect(token.shell.run("ssh-add -T key.pub").code == 0)
        let fingerprint = token.shell.run("ssh-keygen -E md5 -lf key.pub").output.split(separator: " ")[1]
        #expect(token.world.asked.contains("Fingerprint: \(fingerprint)"))
    }

    @Test func `of the agent's own middleware is held, and says that no token is there`() throws {
        let token = try TokenShell()
        token.shell.run("ssh-keygen -q -t ed25519-sk -w \"$HOME/dummy.so\" -N '' -f key")
        #expect(token.shell.run("ssh-add -q key").code == 0)
        #expect(token.shell.listed == 1)
        #expect(token.shell.run("ssh-add -T key.pub").code != 0)
    }
}
