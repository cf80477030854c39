import Foundation
import Glibc
import Posix

/// A session bus of a test's own and, where wanted, the real gnome-keyring-daemon on it. No service starts by itself
/// there, and nobody shows a window.
public final class Desktop: @unchecked Sendable {
    public let folder: String
    private var bus: Child?
    public private(set) var service: Child?

    /// - Parameter keyring: whether a keyring runs, open.
    public init(keyring: Bool = true) throws {
        signal(SIGPIPE, SIG_IGN)
        folder = NSTemporaryDirectory() + "clave-desktop-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder + "/run", withIntermediateDirectories: true)
        for path in [folder, folder + "/run"] { chmod(path, 0o700) }
        try startBus()
        if keyring { try startKeyring() }
    }

    deinit {
        service?.end(SIGKILL)
        bus?.end(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    public var address: String { "unix:path=\(folder)/run/bus" }

    /// What a program of this desktop finds.
    public var environment: [String: String] {
        [
            "HOME": folder, "XDG_RUNTIME_DIR": folder + "/run", "XDG_DATA_HOME": folder + "/data",
            "DBUS_SESSION_BUS_ADDRESS": address, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
        ]
    }

    private func startBus() throws {
        let configuration = """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <type>session</type>
              <listen>\(address)</listen>
              <auth>EXTERNAL</auth>
              <policy context="default">
                <allow send_destination="*" eavesdrop="true"/>
                <allow eavesdrop="true"/>
                <allow own="*"/>
              </policy>
            </busconfig>
            """
        try configuration.write(toFile: folder + "/bus.conf", atomically: true, encoding: .utf8)
        bus = try Child(
            "/usr/bin/dbus-daemon", ["--nofork", "--nopidfile", "--config-file=\(folder)/bus.conf"],
            environment: environment)
        try eventually("the bus to listen") { access(folder + "/run/bus", F_OK) == 0 }
    }

    /// Starts the daemon and waits until it is on the bus.
    ///
    /// - Parameter isOpen: whether it gets the login's password; the first time, that makes the login's keyring.
    public func startKeyring(isOpen: Bool = true) throws {
        try "desktop password".write(toFile: folder + "/password", atomically: true, encoding: .utf8)
        service = try Child(
            "/usr/bin/gnome-keyring-daemon",
            ["--foreground", "--components=secrets"] + (isOpen ? ["--unlock"] : []), environment: environment,
            input: isOpen ? folder + "/password" : "/dev/null", output: folder + "/keyring.log")
        try eventually("the keyring to be on the bus") {
            runProgram(
                "/usr/bin/dbus-send",
                [
                    "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                    "org.freedesktop.DBus.GetNameOwner",
                    "string:org.freedesktop.secrets",
                ], environment: environment
            ).code == 0
        }
    }

    /// Ends the daemon; what it holds stays on the disk.
    public func stopKeyring() {
        service?.end(SIGKILL)
        service = nil
    }
}
