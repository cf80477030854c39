import Glibc
import Posix

/// What of this computer card readers depend on, read from its files alone.
struct Machine {
    /// `/`, or a folder in its place for tests.
    let root: String
    /// Where the card service listens.
    let socket: String

    /// - Parameter socket: nil for the usual place.
    init(root: String = "/", socket: String? = environment("PCSCLITE_CSOCK_NAME")) {
        self.root = root.hasSuffix("/") ? root : root + "/"
        self.socket = socket ?? self.root + "run/pcscd/pcscd.comm"
    }

    /// Whether something listens, or has listened, where the card service should.
    var hasSocket: Bool { unsafe access(socket, F_OK) == 0 }

    /// Whether the card service's program is installed.
    var hasService: Bool { exists("usr/sbin/pcscd") }

    /// Whether the driver of readers of the CCID class, which nearly all are, is installed.
    var hasDriver: Bool { exists("usr/lib/pcsc/drivers/ifd-ccid.bundle") }

    /// Kernel modules that take readers over the air for themselves, so that the card service can't have them: those for
    /// USB alone, for what they are built on does no harm and goes with them.
    var rivals: [String] {
        ["pn533_usb", "port100"].filter { exists("sys/module/\($0)") }
    }

    /// How many devices of the class of card readers (0B) are plugged in.
    var pluggedReaders: Int {
        entries("sys/bus/usb/devices").filter { name in
            let path = root + "sys/bus/usb/devices/\(name)/bInterfaceClass"
            guard let text = try? Files.read(path, limit: 16) else { return false }
            return text.starts(with: Array("0b".utf8))
        }.count
    }

    private func exists(_ path: String) -> Bool { unsafe access(root + path, F_OK) == 0 }

    private func entries(_ path: String) -> [String] {
        let names = (try? Files.names(in: root + path)) ?? []
        return Array(names.lazy.filter { $0.utf8.first != UInt8(ascii: ".") }.prefix(4096))
    }
}
