import AgentProtocol
import Foundation
import Glibc
import Posix
import SignedForms
import TestSupport
import Testing
import Wire

@Suite(.enabled(if: canMount, "needs /dev/fuse, and to be allowed to mount"))
struct `A file system that never answers` {
    /// Runs a copy of Python's from there, which asks once its file system is silent; then others ask.
    private static let script =
        SilentFileSystem.script + #"""
            import socket, subprocess
            path, frame, place = sys.argv[1], sys.argv[2], sys.argv[3]
            python = os.path.realpath('/usr/bin/python3')
            os.mkdir(place)
            server = serve(place, open(python, 'rb').read())
            for block in open(place + '/program', 'rb'): pass     # the kernel has all of it in mind then
            client = '''
            import socket, sys
            agent = socket.socket(socket.AF_UNIX); agent.connect(sys.argv[1])
            agent.sendall(bytes([0, 0, 0, 1, 11])); agent.recv(9)
            frame = open(sys.argv[2], 'rb').read()
            print('ready', flush=True); sys.stdin.readline()
            agent.sendall(frame)
            later = socket.socket(socket.AF_UNIX); later.connect(sys.argv[1])
            print('asked', flush=True)
            print(len(agent.recv(4)), flush=True)
            '''
            program = subprocess.Popen(
                [place + '/program', '-c', client, path, frame], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=dict(os.environ, PYTHONHOME=sys.base_prefix))
            outcome = 'not ready'
            try:
                if program.stdout.readline() == b'ready\n':
                    os.kill(server, signal.SIGSTOP)
                    program.stdin.write(b'\n'); program.stdin.flush()
                    program.stdout.readline()
                    for _ in range(20):
                        other = socket.socket(socket.AF_UNIX); other.settimeout(20); other.connect(path)
                        other.sendall(bytes([0, 0, 0, 1, 11])); other.recv(9); other.close()
                    outcome = 'others are served, and it got ' + program.stdout.readline().decode().strip()
            except TimeoutError: outcome = 'others wait'
            finally:
                os.kill(server, signal.SIGKILL); program.kill()
                subprocess.call(['umount', '-l', place])
            print(outcome, flush=True)
            """#

    @Test func `holds up neither others nor the question of the program that comes from it`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        let message = SignRequest(
            identity: nil, purpose: .message(namespace: "test"), content: .bytes(Array("anything".utf8)))
        try Files.create(stage.core.folder + "/frame", with: message.frame())
        let place = stage.core.folder + "/silent"
        let outcome = runProgram(
            "/usr/bin/python3", ["-c", Self.script, stage.core.socketPath, stage.core.folder + "/frame", place],
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        #expect(outcome.output == "others are served, and it got 4\n", "\(outcome)")
        let caller = try #require(stage.person.questions.last?.caller)
        #expect(caller.chain.first?.executable == Array((place + "/program").utf8))
        #expect(!caller.hasChanged)
    }
}

/// Whether this user may mount a file system of its own.
private let canMount = geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0
