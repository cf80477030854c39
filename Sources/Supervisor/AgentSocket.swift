import CLinux
import Glibc
import Posix

/// The socket on which tools find the agent, and the folder that keeps others out.
struct AgentSocket: ~Copyable {
    /// Why there is no socket.
    struct Failure: Error, Equatable {
        let message: String
    }

    let path: String
    let descriptor: Descriptor
    private let madeFolder: String?

    /// Listens at `path`, or at the usual place.
    init(at path: String?) throws(Failure) {
        var made: String?
        let place: String
        if let path { place = path } else { place = try Self.usualPath(&made) }
        do throws(SystemError) {
            descriptor = try Self.listen(at: place)
        } catch {
            throw Failure(message: error.number == EADDRINUSE ? Self.words(forTaken: place) : "\(error)")
        }
        self.path = place
        madeFolder = made
    }

    /// Removes the socket's file, and the folder if it was made for it.
    borrowing func remove() {
        unsafe unlink(path)
        if let madeFolder { unsafe rmdir(madeFolder) }
    }

    private static func words(forTaken path: String) -> String {
        """
        an agent listens at \(path) already; use it with
            CLAVE_AUTH_SOCK=\(path); export CLAVE_AUTH_SOCK
        or give this one another place with -a
        """
    }

    /// `$XDG_RUNTIME_DIR/clave-agent/agent.sock`, or a fresh folder where there is no such folder.
    private static func usualPath(_ made: inout String?) throws(Failure) -> String {
        if let runtime = environment("XDG_RUNTIME_DIR") {
            let folder = runtime + "/clave-agent"
            do throws(SystemError) { try Files.makeFolder(folder) } catch { throw Failure(message: "\(error)") }
            guard isPrivate(folder) else {
                throw Failure(message: "\(folder) must belong to you and be open to nobody else (chmod 700)")
            }
            return folder + "/agent.sock"
        }
        var template = Array((environment("TMPDIR") ?? "/tmp").utf8).map { CChar(bitPattern: $0) }
        template += "/clave-agent-XXXXXX".utf8.map { CChar(bitPattern: $0) } + [0]
        guard unsafe mkdtemp(&template) != nil else { throw Failure(message: "\(SystemError("mkdtemp"))") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        made = folder
        return folder + "/agent.sock"
    }

    private static func isPrivate(_ folder: String) -> Bool {
        var status = stat()
        guard unsafe lstat(folder, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }

    private static func listen(at path: String) throws(SystemError) -> Descriptor {
        let socket = Descriptor(owning: try retrying("socket") { clave_unix_socket() })
        let number = socket.number
        if unsafe clave_bind_unix(number, path) != 0 {
            guard errno == EADDRINUSE else { throw SystemError("bind \(path)") }
            try removeStale(path)
            try retrying("bind \(path)") { unsafe clave_bind_unix(number, path) }
        }
        try retrying("chmod \(path)") { unsafe chmod(path, 0o600) }
        try retrying("listen \(path)") { Glibc.listen(number, 128) }
        return socket
    }

    /// Removes the file of an agent that is no more; one that answers keeps its place.
    private static func removeStale(_ path: String) throws(SystemError) {
        var status = stat()
        try retrying("stat \(path)") { unsafe lstat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind \(path)", number: EEXIST) }
        let probe = Descriptor(owning: try retrying("socket") { clave_unix_socket() })
        guard unsafe clave_connect_unix(probe.number, path) != 0, errno == ECONNREFUSED else {
            throw SystemError("bind \(path)", number: EADDRINUSE)
        }
        try retrying("unlink \(path)") { unsafe unlink(path) }
    }
}
