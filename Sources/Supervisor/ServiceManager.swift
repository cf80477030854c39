import CLinux
import Glibc
import Posix
import Wire

/// The service manager that started the agent, if one did: it may have opened the socket, and may wait for word that
/// the agent answers (sd_listen_fds(3), sd_notify(3); the protocols without their library).
///
/// Both are for this process alone: the variables are taken out of the environment.
struct ServiceManager: ~Copyable {
    /// Number of the first descriptor that is passed.
    private static let firstDescriptor: Int32 = 3

    /// The socket that it has opened.
    private(set) var socket: AgentSocket?
    private let address: String?

    /// Reads and clears the environment.
    ///
    /// - Throws: if what was passed is not one listening unix stream socket with a path.
    init() throws(AgentSocket.Failure) {
        let notify = Self.take("NOTIFY_SOCKET")
        let (process, count) = (Self.take("LISTEN_PID"), Self.take("LISTEN_FDS"))
        _ = Self.take("LISTEN_FDNAMES")
        let isForUs = process.flatMap { Int32($0) } == getpid()
        address = notify.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        socket = isForUs ? try Self.passed(count ?? "") : nil
    }

    /// The socket, once.
    mutating func takeSocket() -> AgentSocket? {
        var taken: AgentSocket? = nil
        swap(&taken, &socket)
        return taken
    }

    /// Who sends the word to the manager; it does nothing if none waits for it.
    var notifier: (_ state: String) -> Void {
        guard let address else { return { _ in } }
        return { state in
            let bytes = Array(state.utf8)
            _ = unsafe clave_send_to_unix(address, bytes, bytes.count)
        }
    }

    private static func passed(_ count: String) throws(AgentSocket.Failure) -> AgentSocket {
        guard count == "1" else {
            throw AgentSocket.Failure(message: "the service manager passed \(count) sockets in the place of one")
        }
        var path = [CChar](repeating: 0, count: 128)
        guard unsafe clave_listening_path(firstDescriptor, &path, path.count) == 0 else {
            throw AgentSocket.Failure(
                message: "the service manager passed something else than a listening unix stream socket with a path")
        }
        _ = clave_fcntl(firstDescriptor, F_SETFD, FD_CLOEXEC)
        let name = path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return AgentSocket(passed: Descriptor(owning: firstDescriptor), path: SystemText.string(name))
    }

    private static func take(_ name: String) -> String? {
        defer { unsafe unsetenv(name) }
        return environment(name)
    }
}
