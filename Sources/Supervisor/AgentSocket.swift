import CLinux
import Glibc
import Posix

/// The socket on which tools find the agent, and the folder that keeps others out.
struct AgentSocket: ~Copyable {
    /// Why there is no socket.
    struct Failure: Error, Equatable {
        let message: String
        /// The exit code.
        var code: Int32 = 1
    }

    let path: String
    let descriptor: Descriptor
    private let madeFolder: String?
    /// Whether the file is another's to remove.
    private let isPassed: Bool

    /// Listens where the options say, or at the usual place of an agent of that name.
    init(_ options: AgentOptions) throws(Failure) {
        let isTemporary = options.isTemporary
        try self.init(
            at: isTemporary ? nil : options.socket, guise: options.guise, isTemporary: isTemporary,
            keepsStale: options.keepsStale)
    }

    /// Listens at `path`, or at the usual place of an agent of that name.
    ///
    /// - Parameters:
    ///   - isTemporary: the usual place is a fresh folder.
    ///   - keepsStale: the sockets of other ssh agents stay, even of those that are no more.
    init(
        at path: String?, guise: Guise = .clave, isTemporary: Bool = false, keepsStale: Bool = true
    ) throws(Failure) {
        var made: String?
        let place: String
        if let path {
            place = try Self.absolute(path)
        } else if guise == .ssh, !isTemporary {
            place = try Self.sshPath(keepsStale: keepsStale)
        } else {
            place = try Self.usualPath(guise, isTemporary, &made)
        }
        do throws(SystemError) {
            descriptor = try Self.listen(at: place)
        } catch {
            throw Failure(message: Self.words(for: error, at: place, guise))
        }
        self.path = place
        madeFolder = made
        isPassed = false
    }

    /// A socket that listens already; whoever made it removes it.
    init(passed descriptor: consuming Descriptor, path: String) {
        self.descriptor = descriptor
        self.path = path
        madeFolder = nil
        isPassed = true
    }

    /// Removes the socket's file, and the folder if it was made for it.
    borrowing func remove() {
        guard !isPassed else { return }
        unsafe unlink(path)
        if let madeFolder { unsafe rmdir(madeFolder) }
    }

    private static func words(for error: SystemError, at path: String, _ guise: Guise) -> String {
        let isTaken = error.number == EADDRINUSE || error.number == EEXIST
        switch guise {
        case .ssh where error.number == ENAMETOOLONG:
            return "unix_listener: path \"\(path)\" too long for Unix domain socket"
        case .ssh:
            let number = isTaken ? EADDRINUSE : error.number
            return SystemError("unix_listener: cannot bind to path \(path)", number: number).description
        case .clave where error.number == EADDRINUSE:
            return """
                an agent listens at \(path) already; use it with
                    CLAVE_AUTH_SOCK=\(path); export CLAVE_AUTH_SOCK
                or give this one another place with -a
                """
        case .clave: return "\(error)"
        }
    }

    /// The agent leaves the folder that it is started in, and who reads the path may be anywhere.
    private static func absolute(_ path: String) throws(Failure) -> String {
        guard !path.hasPrefix("/") else { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard unsafe getcwd(&buffer, buffer.count) != nil else { throw Failure(message: "\(SystemError("getcwd"))") }
        let folder = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: folder, as: UTF8.self) + "/" + path
    }

    /// A fresh name in `~/.ssh/agent`, as OpenSSH's agent has it: any number of them may be started.
    private static func sshPath(keepsStale: Bool) throws(Failure) -> String {
        guard let home = SSHAgentFolder.home else {
            throw Failure(message: "Couldn't determine home directory", code: 255)
        }
        let folder = SSHAgentFolder(home: home)
        if !keepsStale { folder.removeStale(everywhere: false) }
        do throws(SystemError) { try folder.make() } catch {
            throw Failure(message: "\(error)\r\nCouldn't prepare agent socket", code: 255)
        }
        return folder.freshPath()
    }

    /// `$XDG_RUNTIME_DIR/clave-agent/agent.sock`, or a fresh folder where there is no such folder or one is asked for.
    private static func usualPath(
        _ guise: Guise, _ isTemporary: Bool, _ made: inout String?
    ) throws(Failure) -> String {
        if guise == .ssh { return try freshFolder("ssh", &made) + "/agent.\(getpid())" }
        if !isTemporary, let runtime = environment("XDG_RUNTIME_DIR") {
            let folder = runtime + "/clave-agent"
            do throws(SystemError) { try Files.makeFolder(folder) } catch { throw Failure(message: "\(error)") }
            guard isPrivate(folder) else {
                throw Failure(message: "\(folder) must belong to you and be open to nobody else (chmod 700)")
            }
            return folder + "/agent.sock"
        }
        return try freshFolder("clave-agent", &made) + "/agent.sock"
    }

    private static func freshFolder(_ name: String, _ made: inout String?) throws(Failure) -> String {
        var template = Array((environment("TMPDIR") ?? "/tmp").utf8).map { CChar(bitPattern: $0) }
        template += "/\(name)-XXXXXX".utf8.map { CChar(bitPattern: $0) } + [0]
        guard unsafe mkdtemp(&template) != nil else { throw Failure(message: "\(SystemError("mkdtemp"))") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        made = folder
        return folder
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
        // As many as the kernel permits may wait until the core takes them.
        try retrying("listen \(path)") { Glibc.listen(number, SOMAXCONN) }
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
