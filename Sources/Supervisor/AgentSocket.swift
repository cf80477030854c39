import CLinux
import Glibc
import Posix
import Wire

/// The socket on which tools find the agent, and the folder that keeps others out.
struct AgentSocket: ~Copyable {
    /// Why there is no socket.
    struct Failure: Error, Equatable {
        let message: String
        /// The exit code.
        var code: Int32 = 1
        /// The path that another agent has, where that is why.
        var takenPath: String?

        /// Another agent has the path.
        static func taken(_ path: String) -> Failure {
            Failure(
                message: """
                    an agent listens at \(path) already; use it with
                        CLAVE_AUTH_SOCK=\(path); export CLAVE_AUTH_SOCK
                    or start another with --new, or at another place with -a
                    """, takenPath: path)
        }

        /// Something is in the way at the path that is no agent which answers.
        static func silent(_ path: String) -> Failure {
            Failure(
                message: """
                    no agent of yours answers at \(path), but something listens there or holds \(path).lock
                    end that, or start another agent with --new, or at another place with -a
                    """)
        }

        /// The system refused to make the socket.
        static func system(_ error: SystemError) -> Failure {
            switch error.number {
            case EROFS, ENOSPC, EDQUOT, EACCES:
                Failure(
                    message: "\(error)\nstart it at another place with -a, or set XDG_RUNTIME_DIR to a folder of yours")
            default: Failure(message: "\(error)")
            }
        }

        /// The person has no home folder.
        static func noHome(_ guise: Guise) -> Failure {
            switch guise {
            case .ssh: Failure(message: "Couldn't determine home directory", code: 255)
            case .clave:
                Failure(message: "nobody knows your home folder: HOME is not set, and no user of yours is known")
            }
        }
    }

    let descriptor: Descriptor
    private let place: SocketPlace
    /// Nil where nobody else can come to the path's name.
    private let lock: PathLock?
    /// Which file the socket is; nil where that is another's to remove, or was removed at once.
    private let file: FileIdentity?

    /// Listens where the options say, or at the usual place of an agent of that name.
    init(_ options: AgentOptions) throws(Failure) {
        do throws(Failure) {
            try self.init(options, isTemporary: options.isTemporary)
        } catch {
            guard options.isNew, error.takenPath != nil else { throw error }
            try self.init(options, isTemporary: true)
        }
    }

    private init(_ options: AgentOptions, isTemporary: Bool) throws(Failure) {
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
        let place =
            if let path { SocketPlace(path: try SocketPlace.absolute(path)) } else {
                try SocketPlace(of: guise, isTemporary, keepsStale: keepsStale)
            }
        try self.init(place, guise)
    }

    private init(_ place: SocketPlace, _ guise: Guise) throws(Failure) {
        let lock = try Self.at(place, guise) { path throws(SystemError) in
            place.isFresh ? nil : try PathLock(for: path)
        }
        let descriptor: Descriptor
        do throws(Failure) { descriptor = try Self.at(place, guise, Self.listen) } catch {
            Self.remove(lock)
            throw error
        }
        self.lock = lock
        self.descriptor = descriptor
        file = FileIdentity(at: place.path)
        self.place = place
    }

    /// Leaves no folder behind where a step fails.
    private static func at<Made: ~Copyable>(
        _ place: SocketPlace, _ guise: Guise, _ step: (String) throws(SystemError) -> Made
    ) throws(Failure) -> Made {
        do throws(SystemError) { return try step(place.path) } catch {
            if let folder = place.madeFolder { unsafe rmdir(folder) }
            throw failure(error, at: place.path, guise)
        }
    }

    /// A socket that listens already; whoever made it removes it.
    init(passed descriptor: consuming Descriptor, path: String) {
        self.descriptor = descriptor
        place = SocketPlace(passed: path)
        lock = nil
        file = nil
    }

    var path: String { place.path }

    /// Removes the socket's file, and the folder if it was made for it; what another has put in its place stays.
    borrowing func remove() {
        guard !place.isPassed else { return }
        if let file, FileIdentity(at: path) == file { unsafe unlink(path) }
        Self.remove(lock)
        if let folder = place.madeFolder { unsafe rmdir(folder) }
    }

    private static func remove(_ lock: borrowing PathLock?) {
        switch lock {
        case .some(let lock): lock.remove()
        case .none: break
        }
    }

    /// What is at the path by now.
    enum Standing {
        case there, gone, anothers
    }

    /// Looks whether tools still find the agent.
    var standing: Standing {
        guard !place.isPassed else { return .there }
        guard let found = FileIdentity(at: path) else { return .gone }
        return found == file ? .there : .anothers
    }

    /// Whether the file at the path has no name any more, and is found there for this moment only.
    var isBeingRemoved: Bool {
        var facts = stat()
        return unsafe !place.isPassed && lstat(path, &facts) == 0 && facts.st_nlink == 0
    }

    /// Listens once more at the same path, whose file is gone.
    ///
    /// - Throws: if that can't be, as where the system has taken the folder away with the login.
    borrowing func renewed() throws(Failure) -> AgentSocket {
        do throws(SystemError) { try Files.makeFolder(Files.parent(of: path)) } catch {
            throw Failure(message: "\(error)")
        }
        // Where the lock's file is still there, it is this process's: another takes its place.
        Self.remove(lock)
        return try AgentSocket(place, .clave)
    }

    private static func failure(_ error: SystemError, at path: String, _ guise: Guise) -> Failure {
        let isTaken = error.number == EADDRINUSE || error.number == EEXIST
        switch guise {
        case .ssh where error.number == ENAMETOOLONG:
            return Failure(message: "unix_listener: path \"\(path)\" too long for Unix domain socket")
        case .ssh:
            let number = isTaken ? EADDRINUSE : error.number
            return Failure(
                message: SystemError("unix_listener: cannot bind to path \(path)", number: number).description)
        case .clave where error.number == EADDRINUSE: return .taken(path)
        case .clave: return .system(error)
        }
    }

    private static func listen(_ path: String) throws(SystemError) -> Descriptor {
        let socket = Descriptor(owning: try retrying("socket") { clave_unix_socket() })
        let number = socket.number
        // The file gets the socket's mode: changed by its name, it could be another's file by then.
        try retrying("chmod \(path)") { fchmod(number, 0o600) }
        if unsafe clave_bind_unix(number, path) != 0 {
            guard errno == EADDRINUSE else { throw SystemError("bind \(path)") }
            try removeStale(path)
            try retrying("bind \(path)") { unsafe clave_bind_unix(number, path) }
        }
        // As many as the kernel permits may wait until the core takes them.
        try retrying("listen \(path)") { Glibc.listen(number, SOMAXCONN) }
        return socket
    }

    /// Removes the file of an agent that is no more; one that answers, or is too busy to, keeps its place.
    private static func removeStale(_ path: String) throws(SystemError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw SystemError("stat \(path)")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind \(path)", number: EEXIST) }
        guard case .nobody = SocketProbe.ask(path) else { throw SystemError("bind \(path)", number: EADDRINUSE) }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink \(path)") }
    }
}
