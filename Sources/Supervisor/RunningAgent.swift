import CLinux
import Glibc
import Posix

/// An agent that serves a path already.
struct RunningAgent {
    /// Milliseconds for which an agent that is just being started is waited for, and between two looks.
    private static let patience: UInt64 = 3000
    private static let pause: UInt32 = 50

    let socket: String
    /// Nil where a service manager has opened its socket.
    let pid: Int32?

    /// Finds it; one that is just being started is waited for.
    ///
    /// - Returns: nil if none of this user's answers there.
    init?(at path: String) {
        let deadline = SteadyClock.milliseconds + Self.patience
        while true {
            switch Self.listener(at: path) {
            case .some(let process):
                switch Self.name(of: process) {
                case "clave-agent\n": pid = process
                case "systemd\n": pid = nil
                default: return nil
                }
                socket = path
                return
            case .none:
                guard SteadyClock.milliseconds < deadline else { return nil }
                usleep(Self.pause * 1000)
            }
        }
    }

    /// The process that listens at a path; nil if none of this user's does.
    private static func listener(at path: String) -> Int32? {
        let number = clave_unix_socket()
        guard number >= 0 else { return nil }
        let probe = Descriptor(owning: number)
        // One that is busy has a full queue, and is not waited for.
        guard (try? probe.setNonblocking()) != nil, unsafe clave_connect_unix(probe.number, path) == 0 else {
            return nil
        }
        var peer = clave_peer()
        guard unsafe clave_socket_peer(probe.number, &peer) == 0, peer.uid == geteuid() || peer.uid == 0 else {
            return nil
        }
        return Int32(peer.pid)
    }

    /// The name of a process; nil for one that has ended, though another one holds its socket.
    private static func name(of process: Int32) -> String? {
        guard let status = ProcessStatus(of: process), ![UInt8(ascii: "Z"), UInt8(ascii: "X")].contains(status.state)
        else {
            return nil
        }
        return nameOfLiving(process)
    }

    private static func nameOfLiving(_ process: Int32) -> String? {
        (try? Files.read("/proc/\(process)/comm", limit: 64)).map { String(decoding: $0, as: UTF8.self) }
    }
}
