import AgentProtocol
import Foundation
import Glibc
import Posix
import SecureMemory
import SignedForms
import TestSupport
import Testing
import Wire

/// Real processes that connect to the real core; what the question says of them is what the kernel told.
@Suite struct `Who asks` {
    let stage: Stage
    var folder: String { stage.core.folder }

    init() throws {
        stage = try Stage()
        _ = try stage.activate().get()
        let message = SignRequest(
            identity: nil, purpose: .message(namespace: "test"), content: .bytes(Array("anything".utf8)))
        try Files.create(folder + "/frame", with: message.frame())
    }

    /// What every script begins with: `ask` sends the request and waits for the answer's first bytes.
    static let prelude = """
        import fcntl, os, pty, socket, sys, termios, time
        path, frame = sys.argv[1], open(sys.argv[2], 'rb').read()
        agent = socket.socket(socket.AF_UNIX); agent.connect(path)
        agent.set_inheritable(True)
        def ask():
            agent.sendall(frame)
            return agent.recv(4)
        # The core has taken the connection once it has answered something.
        agent.sendall(bytes([0, 0, 0, 1, 11])); agent.recv(9)

        """

    /// Runs Python as a client; the question that it brought about, which the person answers with yes.
    private func caller(
        _ script: String, by program: [String] = ["/usr/bin/python3"], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Caller {
        let before = stage.person.questions.count
        let outcome = try run(script, by: program)
        // Some scripts end their own first process.
        #expect([0, 128 + SIGKILL].contains(outcome.code), "\(outcome)", sourceLocation: sourceLocation)
        let questions = stage.person.questions
        #expect(questions.count == before + 1, "\(outcome)", sourceLocation: sourceLocation)
        return try #require(questions.last).caller
    }

    private func run(_ script: String, by program: [String]) throws -> TestSupport.Outcome {
        let arguments = program.dropFirst() + ["-c", Self.prelude + script, stage.core.socketPath, folder + "/frame"]
        return runProgram(program[0], Array(arguments), environment: ["PATH": "/usr/bin:/bin"])
    }

    private func path(_ process: AgentProtocol.ProcessInfo?) -> String {
        String(decoding: process?.executable ?? [], as: UTF8.self)
    }

    @Test func `is the program that connected and sends, with its parents`() throws {
        let caller = try caller("ask()")
        #expect(!caller.hasChanged && !caller.isForwarded && !caller.isInContainer && caller.isPinned)
        #expect(path(caller.chain.first).hasPrefix("/usr/bin/python3"))
        #expect(caller.chain.count > 1 && caller.chain.first?.place == .here)
    }

    @Test func `is said to have changed where a child sends, and its parent has become another program`() throws {
        let caller = try caller(
            """
            parent = os.getpid()
            if os.fork() == 0:
                while os.readlink(f'/proc/{parent}/exe').find('sleep') < 0: time.sleep(0.01)
                ask(); os.kill(parent, 9); os._exit(0)
            os.execv('/bin/sleep', ['sleep', '600'])
            """)
        #expect(caller.hasChanged)
        // Who sends is named, not who connected.
        #expect(path(caller.chain.first).hasPrefix("/usr/bin/python3"))
    }

    @Test func `is said to have changed where the process that connected runs another program when it sends`() throws {
        let caller = try caller(
            """
            # cat writes the request into the connection, and goes on waiting for more to write.
            reading, writing = os.pipe()
            os.set_inheritable(writing, True)
            os.dup2(reading, 0); os.dup2(agent.fileno(), 1)
            if os.fork() == 0:
                agent.recv(4); os.kill(os.getppid(), 9); os._exit(0)
            os.execv('/bin/cat', ['cat', sys.argv[2], '-'])
            """)
        #expect(caller.hasChanged)
        #expect(path(caller.chain.first).hasSuffix("/cat"))
    }

    @Test func `is told to have changed in a later request as well, whoever sends that`() throws {
        let caller = try caller(
            """
            child = os.fork()
            if child == 0: agent.sendall(bytes([0, 0, 0, 1, 11])); os._exit(0)
            os.waitpid(child, 0); agent.recv(9)
            ask()
            """)
        #expect(caller.hasChanged)
    }

    @Test func `has no yes that was given to another program, and none is kept for it`() throws {
        // A copy of Python's stands for a hostile program, Python itself for the one that the person trusts.
        let copy = folder + "/copy"
        #expect(
            runProgram("/bin/cp", [try #require(Files.realPath("/usr/bin/python3")), copy], environment: [:]).code == 0)
        let policy = SetPolicyRequest(identity: nil, operation: .sign, policy: .remember(seconds: 3600))
        #expect(stage.refusal(policy) == nil)
        _ = try caller("ask()")
        let asked = stage.person.questions.count
        #expect(try run("ask()", by: ["/usr/bin/python3"]).code == 0)
        #expect(stage.person.questions.count == asked)
        let disguised = """
            parent = os.getpid()
            if os.fork() == 0:
                trusted = os.stat('/usr/bin/python3').st_ino
                while os.stat(f'/proc/{parent}/exe').st_ino != trusted: time.sleep(0.01)
                ask(); os.kill(parent, 9); os._exit(0)
            os.execv('/usr/bin/python3', ['python3', '-c', 'import time; time.sleep(600)'])
            """
        for _ in 0..<2 {
            let before = stage.person.questions.count
            _ = try run(disguised, by: [copy])
            try eventually("the question") { stage.person.questions.count == before + 1 }
            #expect(stage.person.questions.last?.caller.hasChanged == true)
        }
        #expect(try stage.core.connect().send(RememberedRequest()).answers.count == 1)
    }

    @Test func `gets nothing by a yes where it becomes another program before the answer`() throws {
        stage.core.next(.prompt) { [folder] pipe in
            let payload = try pipe.receive()
            let question = try payload.withBytes { try Question.decode(payload: $0) }
            let pid = question?.caller.chain.first?.pid ?? 0
            // Only now may it change: a question that is asked later names the other program.
            try Files.create(folder + "/asked", with: [])
            try eventually("the other program") { Files.linkTarget("/proc/\(pid)/exe")?.hasSuffix("/sleep") == true }
            try pipe.send(secret: Answer(outcome: .given))
        }
        let outcome = try run(
            """
            agent.sendall(frame)
            reading, writing = os.pipe(); parent = os.getpid()
            if os.fork() == 0:
                answer = agent.recv(4096)
                # Refused: the byte behind the name is no.
                os.write(1, b'refused' if answer[4 + 1 + 4 + 25] == 0 else b'signed')
                os.kill(parent, 9); os._exit(0)
            while not os.path.exists(os.path.dirname(path) + '/asked'): time.sleep(0.01)
            os.execv('/bin/sleep', ['sleep', '600'])
            """, by: ["/usr/bin/python3"])
        #expect(outcome.output == "refused", "\(outcome)")
    }

    @Test func `is named with a path that can't be taken for another, whatever bytes it has`() throws {
        let python = try #require(Files.realPath("/usr/bin/python3"))
        for name in ["a\u{202E}b", "line\nAsked by", "x\u{FF}y"] {
            var bytes = Array("\(folder)/\(name)".utf8)
            // The last one is no UTF-8.
            if name.hasPrefix("x") { bytes = Array("\(folder)/x".utf8) + [0xFF, 0x79] }
            let link = "import os, shutil, sys; shutil.copy(sys.argv[1], bytes.fromhex(sys.argv[2]))"
            let hexadecimal = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            #expect(runProgram("/usr/bin/python3", ["-c", link, python, hexadecimal], environment: [:]).code == 0)
            let start = "import os, sys; os.execv(bytes.fromhex(sys.argv[1]), sys.argv[1:])"
            let caller = try caller("ask()", by: ["/usr/bin/python3", "-c", start, hexadecimal])
            #expect(caller.chain.first?.executable == bytes)
            #expect(!caller.hasChanged)
        }
    }

    // MARK: Elsewhere

    @Test(.enabled(if: mayUnshare)) func `in a container is said to be in one, and has no terminal here`() throws {
        let onTerminal = """
            os.setsid(); leader, follower = pty.openpty(); fcntl.ioctl(follower, termios.TIOCSCTTY, 0)
            ask()
            """
        let here = try caller(
            "if os.fork() == 0:\n    " + onTerminal.replacing("\n", with: "\n    ") + "\nelse: os.wait()")
        #expect(here.terminal.hasPrefix("/dev/pts/"))
        let there = try caller(onTerminal, by: ["/usr/bin/unshare", "--pid", "--fork", "/usr/bin/python3"])
        #expect(there.isInContainer && there.terminal.isEmpty)
    }

    @Test(.enabled(if: mayUnshare)) func `has no terminal here where its terminals are numbered anew`() throws {
        let script = """
            leader, follower = pty.openpty()
            if os.fork() == 0:
                os.setsid(); fcntl.ioctl(follower, termios.TIOCSCTTY, 0); ask()
            else: os.wait()
            """
        let other =
            "mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts; mount --bind /dev/pts/ptmx /dev/ptmx; exec \"$@\""
        let there = try caller(
            script, by: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", other, "sh", "/usr/bin/python3"])
        #expect(there.terminal.isEmpty)
    }

    @Test(.enabled(if: mayUnshare)) func `is not taken for the program at whose path it alone sees itself`() throws {
        let python = try #require(Files.realPath("/usr/bin/python3"))
        let disguise =
            "cp \(python) \(folder)/evil; mount --bind \(folder)/evil /usr/bin/true; exec /usr/bin/true \"$@\""
        let caller = try caller("ask()", by: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", disguise, "sh"])
        #expect(path(caller.chain.first) == "/usr/bin/true" && caller.chain.first?.place == .replaced)
    }
}

/// Whether this user may make namespaces.
let mayUnshare =
    runProgram("/usr/bin/unshare", ["--mount", "--pid", "--fork", "true"], environment: [:]).code == 0
