import AgentProtocol
import Foundation
import Glibc
import Posix
import Testing

@Suite struct `The name of a terminal` {
    private func number(_ major: UInt64, _ minor: UInt64) -> UInt64 {
        major << 8 | minor & 0xFF | (minor & ~0xFF) << 12
    }

    /// A system whose kernel names one device so.
    private func name(
        _ major: UInt64, _ minor: UInt64, named said: String, class kind: String = "tty"
    ) throws -> String? {
        let root = NSTemporaryDirectory() + "clave-names-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = "\(root)/sys/dev/char/\(major):\(minor)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Files.create(
            folder + "/uevent", with: Array("MAJOR=\(major)\nMINOR=\(minor)\nDEVNAME=\(said)\n".utf8))
        symlink("../../../../class/" + kind, folder + "/subsystem")
        return TerminalNames(root: root).path(of: number(major, minor))
    }

    @Test(
        arguments: [
            (4, 64, "ttyS0"), (4, 65, "ttyS1"), (204, 64, "ttyAMA0"), (229, 0, "hvc0"), (188, 0, "ttyUSB0"),
            (166, 3, "ttyACM3"), (234, 0, "ttyGS0"), (240, 300, "ttyLP300"), (43, 0, "ttyI/0"),
        ] as [(UInt64, UInt64, String)])
    func `of a serial line, or of a machine's that has no screen, is what the kernel calls it`(
        major: UInt64, minor: UInt64, name: String
    ) throws {
        #expect(try self.name(major, minor, named: name) == "/dev/" + name)
    }

    @Test(arguments: ["", "../etc/passwd", "tty", "ptmx", "a b", "ttyS0\u{301}", "a/b/c", "/ttyS0"])
    func `is none that could be something else`(said: String) throws {
        #expect(try name(204, 64, named: said) == nil)
    }

    @Test func `is none of a device that is no terminal`() throws {
        #expect(try name(1, 3, named: "null", class: "mem") == nil)
        #expect(TerminalNames().path(of: number(1, 3)) == nil)
    }

    @Test func `of a pseudo-terminal or a screen's console is known without the kernel`() {
        let names = TerminalNames(root: "/nowhere")
        #expect(names.path(of: number(136, 3)) == "/dev/pts/3")
        #expect(names.path(of: number(136, 300)) == "/dev/pts/300")
        #expect(names.path(of: number(4, 2)) == "/dev/tty2")
        #expect(names.path(of: number(204, 64)) == nil)
        #expect(names.path(of: 0) == nil)
    }

    private static let devices = ["ttyS0", "ttyS1", "tty1", "tty2", "hvc0", "ttyAMA0"].filter {
        device("/dev/" + $0) != nil
    }

    private static func device(_ path: String) -> UInt64? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFCHR else { return nil }
        return UInt64(facts.st_rdev)
    }

    @Test(.enabled(if: !devices.isEmpty, "no such terminal lies in /dev here"), arguments: devices)
    func `of one that this machine has is that under which it lies`(name: String) throws {
        #expect(TerminalNames().path(of: try #require(Self.device("/dev/" + name))) == "/dev/" + name)
    }
}
