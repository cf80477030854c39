import AgentProtocol
import TestSupport
import Testing

extension `Who asks` {
    /// A program mounts a `devpts` of its own out of the way, so that `/dev/pts/N` is the person's for it as well, and makes
    /// terminals there until one has the person's number.
    private static let impostor = """
        import signal
        def once():
            own = socket.socket(socket.AF_UNIX); own.connect(path); own.sendall(frame); own.recv(4); own.close()
        def client(terminal):
            (a, ask_it), (b, tell) = os.pipe(), os.pipe()
            child = os.fork()
            if child == 0:
                os.setsid(); fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
                signal.alarm(120); os.write(tell, b'.')
                while os.read(a, 1): once(); os.write(tell, b'.')
            # Its session has its terminal before the first question.
            os.read(b, 1)
            def turn(): os.write(ask_it, b'.'); os.read(b, 1)
            return turn, child
        leader, follower = pty.openpty()
        number = int(os.ttyname(follower).split('/')[-1])
        mine = sys.argv[3]
        while True:
            other = os.open(mine + '/ptmx', os.O_RDWR | os.O_NOCTTY)
            fcntl.ioctl(other, 0x40045431, bytes(4))
            if int.from_bytes(fcntl.ioctl(other, 0x80045430, bytes(4)), sys.byteorder) == number: break
        hostile, impostor = client(os.open(f'{mine}/{number}', os.O_RDWR | os.O_NOCTTY))
        person, owner = client(follower)
        hostile(); person()
        os.kill(impostor, 9); os.waitpid(impostor, 0)
        person()
        os.kill(owner, 9)
        os.write(1, b'/dev/pts/%d' % number)

        """

    @Test(.enabled(if: mayUnshare)) func `has no terminal where another session has one of the same number`() throws {
        let mount = "mkdir $0; mount -t devpts -o newinstance,ptmxmode=666 devpts $0; exec /usr/bin/python3 \"$@\""
        let outcome = runProgram(
            "/usr/bin/unshare",
            ["--mount", "/bin/sh", "-c", mount, folder + "/terminals", "-c", Self.prelude + Self.impostor]
                + [stage.core.socketPath, folder + "/frame", folder + "/terminals"],
            environment: ["PATH": "/usr/bin:/bin"])
        // Neither has it; once the impostor has gone, the person has it again.
        #expect(outcome.output.hasPrefix("/dev/pts/"), "\(outcome)")
        #expect(stage.person.questions.suffix(3).map(\.caller.terminal) == ["", "", outcome.output], "\(outcome)")
    }
}
