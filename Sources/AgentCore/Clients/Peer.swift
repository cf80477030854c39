import CLinux
import Glibc
import Posix

/// The other end of a client's connection, as the kernel told it when the client connected.
struct Peer {
    /// The process; it may have gone since.
    let pid: Int32
    /// Its user.
    let uid: UInt32

    /// Asks the kernel who is at the other end of a unix socket.
    init(socket: Int32) throws(SystemError) {
        var peer = clave_peer()
        guard unsafe clave_socket_peer(socket, &peer) == 0 else { throw SystemError("SO_PEERCRED") }
        pid = peer.pid
        uid = peer.uid
    }

    /// Whether the process that connected is still there; false also where the kernel can't tell (before Linux 6.5).
    ///
    /// The socket itself holds on to the process that connected, so that asking late tells of no other.
    static func isStillThere(behind socket: Int32) -> Bool {
        let number = clave_socket_peer_pidfd(socket)
        guard number >= 0 else { return false }
        let pidfd = Descriptor(owning: number)
        var entry = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, 0) == 0
    }
}
