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
            if case .listener(let process) = SocketProbe.ask(path), let name = Self.name(of: process) {
                switch name {
                case "clave-agent": pid = process
                case "systemd": pid = nil
                default: return nil
                }
                socket = path
                return
            }
            guard SteadyClock.milliseconds < deadline else { return nil }
            usleep(Self.pause * 1000)
        }
    }

    /// The name of a process; nil for one that has ended, though another one holds its socket.
    private static func name(of process: Int32) -> String? {
        ProcessStatus(of: process)?.hasEnded == false ? ProcessStatus.name(of: process) : nil
    }
}
