import AgentProtocol
import CLinux
import EventLoop
import Glibc
import Posix
import SecureMemory
import Wire

/// `clave-core`: the process that holds the keys. The supervisor starts it with the control channel as descriptor 3 and
/// the listening socket as descriptor 4; by hand it does nothing.
public enum CoreProgram {
    /// Runs until the supervisor goes.
    ///
    /// - Returns: the exit code.
    public static func main() -> Int32 {
        Hardening.apply(lockingMemory: true)
        guard HelperSocket.isThere(for: "clave-core", [3, 4]) else { return HelperSocket.usage }
        let control = PacketChannel(Descriptor(owning: 3))
        guard let configuration = receiveConfiguration(control) else {
            complain("clave-agent sent no configuration")
            return 1
        }
        if configuration.debug { DebugLog.enable() }
        LockedMemory.onFirstFailure { warnOfMemory() }
        // This process starts no other one that would inherit the limit.
        let openFiles = OpenFiles.raiseLimit(to: Core.mostClients + Core.ownDescriptors)
        let box = ControlBox(control)
        Task { @CoreActor in
            let core = Core(
                configuration, control: box.take(), listener: Descriptor(owning: 4), openFiles: openFiles)
            do throws(SystemError) {
                try core.start()
            } catch {
                complain("\(error)")
                EventLoop.shared.stop()
            }
            CoreProgram.core = core
        }
        EventLoop.shared.run()
        return 0
    }

    /// For people who look why something on their disk is what should be in memory only.
    private static func warnOfMemory() {
        let text = "secrets lie in memory that can't be locked: the limit on locked memory is too low (ulimit -l)"
        DebugLog.write(text)
        unsafe "clave-agent: \(text)".withCString { text in
            unsafe withVaList([text]) { unsafe vsyslog(LOG_WARNING, "%s", $0) }
        }
    }

    /// Keeps the core alive while the loop runs.
    @CoreActor private static var core: Core?

    /// Carries the channel into the core's isolation.
    private final class ControlBox: @unchecked Sendable {
        private var channel: PacketChannel?
        init(_ channel: consuming PacketChannel) { self.channel = consume channel }
        func take() -> PacketChannel {
            var taken: PacketChannel? = nil
            swap(&taken, &channel)
            return taken!
        }
    }

    private static func receiveConfiguration(_ control: borrowing PacketChannel) -> CoreConfiguration? {
        guard let packet = try? control.receive() else { return nil }
        let payload = packet.payload
        return try? CoreConfiguration.decode(payload: unsafe payload.span.bytes)
    }

    private static func complain(_ text: String) { StandardError.write("clave-core: \(text)\n") }
}
