import CLinux
import Glibc
import Posix

/// Whether anybody listens at a socket's path.
enum SocketProbe {
    enum Answer {
        /// Somebody, of this user's or root's, by the process that listens, as the kernel tells.
        case listener(Int32)
        /// Nobody: the file of an agent that is no more, or none.
        case nobody
        /// Somebody whose queue is full, who is another user's, or who can't be asked.
        case unknown
    }

    /// Asks, and waits for nobody: not for a place in a full queue either.
    static func ask(_ path: String) -> Answer {
        let number = clave_unix_socket()
        guard number >= 0 else { return .unknown }
        let probe = Descriptor(owning: number)
        guard (try? probe.setNonblocking()) != nil else { return .unknown }
        guard unsafe clave_connect_unix(number, path) == 0 else {
            return errno == ECONNREFUSED || errno == ENOENT ? .nobody : .unknown
        }
        var peer = clave_peer()
        guard unsafe clave_socket_peer(number, &peer) == 0, peer.uid == geteuid() || peer.uid == 0 else {
            return .unknown
        }
        return .listener(Int32(peer.pid))
    }
}
