import Foundation
public import Glibc
import Posix

/// A card service of a test's own: pcscd with a virtual reader, in a network and a place for its socket that nobody
/// else has, so that several run at once and the computer's own is left alone.
///
/// Programs find it by ``environment``; virtual cards are put into its reader by ``insert(_:_:)``. It ends with the test.
public final class CardService: Sendable {
    /// What the card service's library reads its socket's path from.
    public static let variable = "PCSCLITE_CSOCK_NAME"

    private let service: Child
    private let folder = NSTemporaryDirectory() + "clave-pcscd-" + UUID().uuidString.prefix(8)

    /// Starts it and waits until it answers.
    ///
    /// - Parameter hasReader: whether it has the virtual reader, or none.
    public init(hasReader: Bool = true) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let configuration = folder + "/reader.conf"
        try Files.replace(configuration, with: Array((hasReader ? Self.reader : "").utf8))
        let commands = """
            mount -t tmpfs none /run && mkdir /run/pcscd && ip link set lo up && exec /usr/sbin/pcscd -f -c "$0"
            """
        service = try Child(
            "/usr/bin/unshare", Self.ownUser + ["--mount", "--net", "/bin/sh", "-c", commands, configuration],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: folder + "/pcscd.log")
        let socket = socket
        try eventually("the card service's socket") { access(socket, F_OK) == 0 }
    }

    deinit {
        service.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Its process.
    public var pid: pid_t { service.pid }

    /// The path of its socket, from outside of its own place.
    public var socket: String { "/proc/\(service.pid)/root/run/pcscd/pcscd.comm" }

    /// What a program needs to find it.
    public var environment: [String: String] { [Self.variable: socket] }

    /// Ends it before its time; a signal says how.
    public func stop(_ signal: Int32 = SIGTERM) { service.end(signal) }

    /// A program that works in the service's network, where the virtual reader listens at 127.0.0.1:35963 and :35964.
    ///
    /// - Parameter output: the file for its words.
    public func start(_ program: String, _ arguments: [String], output: String = "/dev/null") throws -> Child {
        let user = Self.ownUser.isEmpty ? [] : ["--user", "--preserve-credentials"]
        return try Child(
            "/usr/bin/nsenter", ["--target", "\(service.pid)"] + user + ["--net", program] + arguments,
            environment: ["HOME": folder, "PATH": "/usr/bin:/bin"], output: output)
    }

    /// Puts the virtual card of a folder into the reader; it is pulled out when the program ends.
    public func insert(_ card: String, _ arguments: [String] = [], output: String = "/dev/null") throws -> Child {
        try start(program("clave-dnie-simulator"), ["run", card] + arguments, output: output)
    }

    /// Starts a program that takes the card in the reader for itself, and waits until it has it: until it is ended, nobody
    /// else gets the card.
    ///
    /// The kernel calls it ``holder``.
    public func hold() throws -> Child {
        let output = folder + "/holder-" + UUID().uuidString.prefix(8)
        let child = try Child(
            "/bin/sh",
            ["-c", "{ echo connect 0 20000; exec sleep 300; } | \"$0\"", try program("clave-card-tester")],
            environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 }, output: output)
        try eventually("the card to be another program's") {
            try String(contentsOfFile: output, encoding: .utf8).hasPrefix("t")
        }
        return child
    }

    /// What the program of ``hold()`` is called.
    public static let holder = "clave-card-test"

    /// Who isn't root needs a user space of their own for the rest.
    private static var ownUser: [String] { geteuid() == 0 ? [] : ["--user", "--map-root-user"] }

    private static let reader = """
        FRIENDLYNAME "Virtual PCD"
        DEVICENAME   /dev/null:0x8C7B
        LIBPATH      /usr/lib/pcsc/drivers/serial/libifdvpcd.so
        CHANNELID    0x8C7B

        """
}
