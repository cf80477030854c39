import CLinux
import Glibc

/// The person's folders, as the XDG Base Directory specification (0.8) has them: a variable that is unset, empty or not
/// an absolute path counts for nothing.
public enum PersonFolders {
    /// The home folder: `HOME`, or else what the password database says, as a service manager may set no `HOME`.
    ///
    /// - Returns: nil where neither names one.
    public static var home: String? { absolute("HOME") ?? databaseHome }

    /// Where a program keeps what it is for, `XDG_DATA_HOME`.
    public static var data: String? { folder("XDG_DATA_HOME", below: ".local/share") }

    /// Where the person's settings are, `XDG_CONFIG_HOME`.
    public static var configuration: String? { folder("XDG_CONFIG_HOME", below: ".config") }

    /// Where a program keeps its state, `XDG_STATE_HOME`.
    public static var state: String? { folder("XDG_STATE_HOME", below: ".local/state") }

    /// Where sockets are, `XDG_RUNTIME_DIR`: only if it is this user's, as the specification demands; after `su`, the
    /// variable is often another's.
    public static var runtime: String? {
        guard let folder = absolute("XDG_RUNTIME_DIR") else { return nil }
        var status = stat()
        guard unsafe stat(folder, &status) == 0 else { return folder }
        return status.st_uid == geteuid() ? folder : nil
    }

    /// A variable that holds an absolute path; nil otherwise.
    public static func absolute(_ name: String) -> String? {
        guard let path = environment(name), Files.isAbsolute(path) else { return nil }
        return path
    }

    private static func folder(_ name: String, below home: String) -> String? {
        absolute(name) ?? Self.home.map { "\($0)/\(home)" }
    }

    /// The home folder of the user that this process runs as.
    private static var databaseHome: String? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        // As large as any entry of a directory service has been seen to be.
        var buffer = [CChar](repeating: 0, count: 65536)
        guard unsafe getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil,
            let folder = unsafe entry.pw_dir
        else { return nil }
        let path = unsafe systemText(folder)
        return Files.isAbsolute(path) ? path : nil
    }
}
