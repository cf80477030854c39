import CLinux
import Glibc
import Posix

/// The names of terminals under `/dev`, by their numbers.
public struct TerminalNames {
    /// Bytes of a name behind `/dev/`.
    private static let maximumLength = 32
    /// Bytes of a file of the kernel's that is read here.
    private static let maximumFile = 65_536

    /// What stands before `/proc` and `/sys`: nothing, but in tests.
    private let root: String

    /// - Parameter root: what stands before `/proc` and `/sys`.
    public init(root: String = "") { self.root = root }

    /// The name of a terminal by its number: of a pseudo-terminal and of a console of the screen's it is fixed, of all others
    /// (serial lines, those of virtual machines) the kernel tells. What lies there is still to be compared with the number.
    public func path(of device: UInt64) -> String? {
        let (major, minor) = (clave_major(dev_t(device)), clave_minor(dev_t(device)))
        switch major {
        case 136...143: return "/dev/pts/\(Int(major - 136) * 1_048_576 + Int(minor))"
        case 4 where 1..<64 ~= minor: return "/dev/tty\(minor)"
        default:
            let name = "/dev/" + (nameInSys(major, minor) ?? nameOfDriver(major, minor) ?? "")
            return Self.isName(name) ? name : nil
        }
    }

    /// Whether a path may be a terminal's name: plain signs, one folder at most, and neither that which means another terminal
    /// to every process (`/dev/tty`) nor one that makes a terminal (`/dev/ptmx`).
    public static func isName(_ path: String) -> Bool {
        guard path.utf8.starts(with: "/dev/".utf8) else { return false }
        let name = path.utf8.dropFirst("/dev/".utf8.count)
        let parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) || isLetter($0) || $0 == 0x5F || $0 == 0x2D }
        }
        guard name.count <= maximumLength, parts.count <= 2, isPlain else { return false }
        return !["tty", "ptmx", "pts/ptmx"].contains { name.elementsEqual($0.utf8) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// What the kernel's device says of itself (`DEVNAME`, sysfs(5)), if it is a terminal.
    private func nameInSys(_ major: UInt32, _ minor: UInt32) -> String? {
        let device = "/sys/dev/char/\(major):\(minor)"
        guard let kind = Files.linkTarget(root + device + "/subsystem"),
            kind.utf8.suffix(10).elementsEqual("/class/tty".utf8)
        else { return nil }
        return lines(of: device + "/uevent").lazy.compactMap { line in
            line.utf8.starts(with: "DEVNAME=".utf8)
                ? String(Substring(line.utf8.dropFirst("DEVNAME=".utf8.count))) : nil
        }.first
    }

    /// From the list of terminals' drivers (proc_tty(5)), where there is no sysfs: name, device, major, minors, kind.
    private func nameOfDriver(_ major: UInt32, _ minor: UInt32) -> String? {
        for line in lines(of: "/proc/tty/drivers") {
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard fields.count >= 4, UInt32(fields[2]) == major, fields[1].utf8.starts(with: "/dev/".utf8) else {
                continue
            }
            let range = fields[3].split(separator: "-").map { UInt32($0) }
            guard let first = range.first ?? nil, let last = range.last ?? nil, first <= minor, minor <= last else {
                continue
            }
            let name = String(Substring(fields[1].utf8.dropFirst("/dev/".utf8.count)))
            // One that has a single device has its whole name; of a serial line's the count begins at 0 or 1.
            if range.count == 1, isDevice("/dev/" + name, major, minor) { return name }
            let numbered = [minor - first, minor].map { name + String($0) }
            return numbered.first { isDevice("/dev/" + $0, major, minor) }
        }
        return nil
    }

    private func isDevice(_ path: String, _ major: UInt32, _ minor: UInt32) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && clave_major(facts.st_rdev) == major
            && clave_minor(facts.st_rdev) == minor
    }

    private func lines(of file: String) -> [Substring] {
        guard let bytes = try? Files.read(root + file, limit: Self.maximumFile) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
