import CLinux
import Glibc
import Posix
import Wire

/// Where an agent's socket is to be.
struct SocketPlace {
    let path: String
    /// The folder that was made for it.
    private(set) var madeFolder: String?
    /// Whether nobody else can come to the same name.
    private(set) var isFresh = false

    /// Whether whoever started the agent has made the socket, and removes it.
    private(set) var isPassed = false

    /// A place that somebody has named.
    init(path: String) { self.path = path }

    /// The place of a socket that is there.
    init(passed path: String) {
        self.path = path
        isPassed = true
    }

    /// The usual place of an agent of that name.
    ///
    /// - Parameters:
    ///   - isTemporary: a fresh folder.
    ///   - keepsStale: the sockets of other ssh agents stay, even of those that are no more.
    init(of guise: Guise, _ isTemporary: Bool, keepsStale: Bool) throws(AgentSocket.Failure) {
        if guise == .ssh, !isTemporary {
            path = try Self.sshPath(keepsStale: keepsStale)
        } else if guise == .clave, !isTemporary, let folder = try Self.runtimeFolder() {
            path = folder + "/agent.sock"
            return
        } else {
            let folder = try Self.freshFolder(guise == .ssh ? "ssh" : "clave-agent")
            path = folder + (guise == .ssh ? "/agent.\(getpid())" : "/agent.sock")
            madeFolder = folder
        }
        isFresh = true
    }

    /// The agent leaves the folder that it is started in, and who reads the path may be anywhere.
    static func absolute(_ path: String) throws(AgentSocket.Failure) -> String {
        guard !Files.isAbsolute(path) else { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard unsafe getcwd(&buffer, buffer.count) != nil else {
            throw AgentSocket.Failure(message: "\(SystemError("getcwd"))")
        }
        let folder = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return SystemText.string(folder) + "/" + path
    }

    /// A fresh name in `~/.ssh/agent`, as OpenSSH's agent has it: any number of them may be started.
    private static func sshPath(keepsStale: Bool) throws(AgentSocket.Failure) -> String {
        guard let home = PersonFolders.home else {
            throw AgentSocket.Failure(message: "Couldn't determine home directory", code: 255)
        }
        let folder = SSHAgentFolder(home: home)
        if !keepsStale { folder.removeStale(everywhere: false) }
        do throws(SystemError) { try folder.make() } catch {
            throw AgentSocket.Failure(message: "\(error)\r\nCouldn't prepare agent socket", code: 255)
        }
        return folder.freshPath()
    }

    /// `$XDG_RUNTIME_DIR/clave-agent`; nil where the system gives no such folder, or has taken it away.
    private static func runtimeFolder() throws(AgentSocket.Failure) -> String? {
        guard let runtime = PersonFolders.runtime else { return nil }
        let folder = runtime + "/clave-agent"
        do throws(SystemError) { try Files.makeFolder(folder) } catch {
            if [EACCES, EPERM, EROFS].contains(error.number) { return nil }
            throw .system(error)
        }
        guard isPrivate(folder) else {
            throw AgentSocket.Failure(message: "\(folder) must belong to you and be open to nobody else (chmod 700)")
        }
        return folder
    }

    private static func freshFolder(_ name: String) throws(AgentSocket.Failure) -> String {
        let below = PersonFolders.absolute("TMPDIR") ?? "/tmp"
        var template = SystemText.bytes(below).map { CChar(bitPattern: $0) }
        template += "/\(name)-XXXXXX".utf8.map { CChar(bitPattern: $0) } + [0]
        guard unsafe mkdtemp(&template) != nil else {
            throw AgentSocket.Failure(message: "\(SystemError("mkdtemp in \(below)"))")
        }
        return SystemText.string(template.dropLast().map { UInt8(bitPattern: $0) })
    }

    private static func isPrivate(_ folder: String) -> Bool {
        var status = stat()
        guard unsafe lstat(folder, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }
}
