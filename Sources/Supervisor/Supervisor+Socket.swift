import AgentProtocol
import Posix
import Wire

/// How the supervisor keeps the agent where tools look for it.
extension Supervisor {
    var watchNumber: Int32 {
        switch watch {
        case .some(let watch): watch.number
        case .none: -1
        }
    }

    /// Makes the socket anew whose file, or folder, somebody has removed. Where that can't be, as after the last logout,
    /// whose folder of sockets the system takes away, nobody would find the agent any more: it ends.
    func lookForSocket() {
        watch?.clear()
        mustLook = false
        switch socket.standing {
        case .there:
            // The kernel tells of a removal a moment before the name is gone.
            mustLook = socket.isBeingRemoved
        case .anothers: stop(.failed("another program has put a socket of its own at \(socket.path)"))
        case .gone:
            do throws(AgentSocket.Failure) {
                socket = try socket.renewed()
                watch?.renew()
                // Whoever removes it again at once does so before the watch: that is seen in the next step.
                mustLook = true
                control.send(NewListener().frame(), descriptor: socket.descriptor.number)
                complain("somebody removed the agent's socket: it is there again, at \(socket.path)")
            } catch {
                stop(.failed("the agent's socket is gone, and can't be made anew: \(error.message)"))
            }
        }
    }
}
