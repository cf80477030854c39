import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// A shell that has a pseudo-terminal for its own, at which a person sits: the first of a session, as a login gives it.
final class TerminalShell {
    let person: TerminalPerson
    private let shell: Child
    private let world: World
    private let mark = UUID().uuidString.prefix(8)
    private var lines = 0

    init(_ world: World, environment extra: [String: String] = [:]) throws {
        self.world = world
        person = try TerminalPerson()
        let null = try Descriptor.open("/dev/null", O_RDWR)
        shell = try Child(
            "/bin/sh", ["-c", "exec <>'\(person.slave)' >&0 2>&0; cd \"$HOME\"; exec sh -s"],
            environment: world.environment.merging(extra) { $1 }, descriptors: [0: null.number])
    }

    deinit { shell.end(SIGKILL) }

    /// Types a command, and goes on at once.
    ///
    /// - Returns: by which its end is found.
    @discardableResult
    func start(_ command: String) -> Int {
        lines += 1
        person.type("\(command) >out-\(mark)-\(lines) 2>&1; echo $? >end-\(mark)-\(lines)\n")
        return lines
    }

    /// The exit code of a command, once it has ended.
    func end(of line: Int) throws -> Int32 {
        try world.wait("the end of a command; the terminal shows \(person.screen)") {
            Int32(read("end-\(mark)-\(line)").trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// Whether a command has ended.
    func hasEnded(_ line: Int) -> Bool { !read("end-\(mark)-\(line)").isEmpty }

    /// What a command has said.
    func output(of line: Int) -> String { read("out-\(mark)-\(line)") }

    /// Waits until a text is on the screen so many times.
    func expect(_ text: String, times: Int = 1) throws {
        try world.wait("\(text) on the terminal, which shows \(person.screen)") {
            person.screen.components(separatedBy: text).count > times ? true : nil
        }
    }

    private func read(_ file: String) -> String {
        (try? String(contentsOfFile: "\(world.folder)/\(file)", encoding: .utf8)) ?? ""
    }
}

extension TerminalShell {
    /// Of the vaults that are made here (``World/answer(_:passphrase:)``).
    static let passphrase = "a long passphrase"
    /// Uses the key of ``World/addAskedKey()``.
    static let useKey = "SSH_AUTH_SOCK=$CLAVE_AUTH_SOCK ssh-add -T key.pub"

    /// The person starts the agent here.
    ///
    /// - Returns: its process number; the caller ends it.
    func startAgent() throws -> Int32 {
        let line = start("clave-agent")
        let code = try end(of: line)
        let words = output(of: line).components(separatedBy: "CLAVE_AGENT_PID=")
        guard code == 0, words.count > 1, let agent = Int32(words[1].prefix { $0.isNumber }) else {
            throw WaitedInVain(what: "an agent: \(output(of: line))")
        }
        return agent
    }

    /// The person opens the vault here.
    func unlock() throws {
        let line = start("clave-add -l")
        try expect("Passphrase:")
        person.type(Self.passphrase + "\n")
        #expect(try end(of: line) == 0, "\(output(of: line))")
    }
}

extension World {
    /// Adds a key whose use is asked about.
    func addAskedKey() {
        let ssh = Shell(self)
        ssh.makeKey("ed25519", "key")
        #expect(ssh.run("ssh-add -q -t 600 -c key").code == 0)
    }
}

/// A hostile program of the same user's: makes a terminal, has a tool ask from there, and types to whatever is asked.
enum SelfAnswering {
    /// - Returns: what the tool said, all that was on the terminal, and the tool's exit code.
    static func run(_ world: World, _ command: String, typing: [String], environment: [String: String] = [:]) -> Outcome
    {
        let script = """
            import os, pty, select, sys, time
            pid, master = pty.fork()   # setsid and TIOCSCTTY
            if pid == 0:
                os.execvp('sh', ['sh', '-c', sys.argv[1]])
            words, place, until = sys.argv[2:], 0, time.monotonic() + 45
            while time.monotonic() < until:
                ready, _, _ = select.select([master], [], [], 0.3)
                try:
                    if ready:
                        sys.stdout.write(os.read(master, 4096).decode(errors='replace'))
                        sys.stdout.flush()
                    else:
                        os.write(master, words[place % len(words)].encode())
                        place += 1
                except OSError:
                    break   # The other side is closed.
            os.close(master)
            _, status = os.waitpid(pid, 0)
            sys.exit(os.waitstatus_to_exitcode(status) & 0x7F)
            """
        return world.run("/usr/bin/python3", ["-c", script, command] + typing, environment: environment)
    }
}
