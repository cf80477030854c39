import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// A person at a pseudo-terminal: sees what is written, and types.
final class TerminalPerson: @unchecked Sendable {
    private let master: Int32
    let slave: String
    private let lock = NSLock()
    private var seen: [UInt8] = []

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard master >= 0 else { throw SystemError("open /dev/ptmx") }
        var locked: Int32 = 0
        var number: Int32 = 0
        // TIOCSPTLCK unlocks the other side, TIOCGPTN tells its number.
        guard ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw SystemError("ioctl")
        }
        slave = "/dev/pts/\(number)"
        Thread { [master, weak self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(master, &buffer, buffer.count)
                // No process has the other side open yet, or any more.
                if count <= 0 {
                    usleep(20_000)
                    if self == nil { return }
                    continue
                }
                self?.take(buffer[..<count])
            }
        }.start()
    }

    deinit { close(master) }

    private func take(_ bytes: ArraySlice<UInt8>) { lock.withLock { seen += bytes } }

    /// All that was written so far.
    var screen: String { lock.withLock { String(decoding: seen, as: UTF8.self) } }

    /// Whether the kernel shows what is typed.
    var echoes: Bool {
        var settings = termios()
        tcgetattr(master, &settings)
        return settings.c_lflag & tcflag_t(ECHO) != 0
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }
}

@Suite(.serialized) struct `A person is asked` {
    /// A tool in a terminal of its own, by util-linux's setsid.
    private func start(_ world: World, _ person: TerminalPerson, _ program: String, _ arguments: [String]) throws
        -> Child
    {
        try Child(
            "/usr/bin/setsid", ["--ctty", "--wait", program] + arguments, environment: world.environment,
            input: person.slave, output: person.slave)
    }

    private func world(_ extra: [String: String]) throws -> World {
        let world = try World(agent: false)
        try world.startAgent()
        world.activate()
        world.stopAgent()
        try world.startAgent(environment: extra)
        return world
    }

    @Test func `at the terminal of the tool: passphrase unseen, then yes, then the PIN`() throws {
        let world = try world(["CLAVE_ASKPASS": ""])
        let person = try TerminalPerson()
        let tool = try start(world, person, "clave-pin", ["-w", "60"])
        try world.wait("the passphrase's question") { person.screen.contains("assphrase") ? true : nil }
        person.type("a long passphrase\n")
        try world.wait("the vault to open") {
            world.run("clave-add", ["-s"]).output.contains("vault: open") ? true : nil
        }
        #expect(!person.screen.contains("a long passphrase"))
        let citizen = Citizen(world)
        let reference = try #require(Citizen.reference(citizen.askPIN()))
        try world.wait("the question") { person.screen.contains(reference) ? true : nil }
        #expect(person.screen.contains("clave-pin"))
        person.type("yes\n")
        #expect(tool.exitCode == 0)
        // What the tool has written last may reach the screen after its end.
        let pin = try world.wait("the PIN") {
            person.screen.split(whereSeparator: \.isNewline).last { $0.trimmingCharacters(in: .whitespaces).count == 3 }
        }
        #expect(Citizen.title(citizen.type(String(pin))) == "Welcome, AINA PROVA MOSTRA")
    }

    @Test func `at the terminal, and Enter alone is a no`() throws {
        let world = try world(["CLAVE_ASKPASS": ""])
        let person = try TerminalPerson()
        let tool = try start(world, person, "clave-pin", ["-w", "60"])
        try world.wait("the passphrase's question") { person.screen.contains("assphrase") ? true : nil }
        person.type("a long passphrase\n")
        let reference = try #require(Citizen.reference(Citizen(world).askPIN()))
        try world.wait("the question") { person.screen.contains(reference) ? true : nil }
        person.type("\n")
        #expect(tool.exitCode == 1)
        try world.wait("the refusal") { person.screen.contains("Refused") ? true : nil }
    }

    @Test func `by a real pinentry-tty`() throws {
        let world = try world(["CLAVE_ASKPASS": "", "CLAVE_PINENTRY": "/usr/bin/pinentry-tty"])
        let person = try TerminalPerson()
        let tool = try start(world, person, "clave-pin", ["-w", "60"])
        try world.wait("the passphrase's question") { person.screen.contains("assphrase") ? true : nil }
        usleep(300_000)
        person.type("a long passphrase\n")
        let citizen = Citizen(world)
        let reference = try #require(Citizen.reference(citizen.askPIN()))
        try world.wait("the question") { person.screen.contains(reference) ? true : nil }
        usleep(300_000)
        person.type("y\n")
        #expect(tool.exitCode == 0)
        #expect(!person.screen.contains("a long passphrase"))
    }
}
