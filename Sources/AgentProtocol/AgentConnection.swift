import CLinux
public import Posix
import SecureMemory
import Wire

/// A tool's connection to the agent: one request at a time.
public struct AgentConnection: ~Copyable {
    /// Why a tool has no answer.
    public enum Failure: Error, Equatable, Sendable {
        /// `CLAVE_AUTH_SOCK` is not set: no agent was started for this shell.
        case noAgent
        /// Nobody listens at that path.
        case unreachable(SystemError)
        /// The agent went away, or what came is no answer.
        case broken(ChannelError)
        /// The agent refused.
        case refused(AgentError)
    }

    private let channel: FrameChannel

    /// Connects to the agent that the environment names.
    public init() throws(Failure) {
        guard let path = environment("CLAVE_AUTH_SOCK") else { throw .noAgent }
        try self.init(path: path)
    }

    /// Connects to the agent that listens at `path`.
    public init(path: String) throws(Failure) {
        do throws(SystemError) {
            let descriptor = Descriptor(owning: try retrying("socket") { clave_unix_socket() })
            let number = descriptor.number
            try retrying("connect \(path)") { unsafe clave_connect_unix(number, path) }
            channel = FrameChannel(descriptor)
        } catch {
            throw .unreachable(error)
        }
    }

    /// Sends a request and waits for its reply.
    public borrowing func send<Request: AgentExtension>(_ request: Request) throws(Failure) -> Request.Reply {
        do {
            let frame = request.frame()
            // The agent would hang up before it has read it.
            guard frame.count - Frame.headerLength <= Frame.maximumLength else {
                throw AgentError(.invalid, "the request is longer than it may be")
            }
            // The agent may ask on this terminal before it replies.
            let signals = try HeldSignals()
            try channel.descriptor.writeAll(frame)
            signals.wait(for: channel.descriptor.number)
            return try channel.receive().withBytes { payload in try AgentReply.decode(payload, to: Request.self) }
        } catch let error as AgentError {
            throw .refused(error)
        } catch let error as ChannelError {
            throw .broken(error)
        } catch let error as SystemError {
            throw .broken(.system(error))
        } catch {
            throw .broken(.wire((error as? WireError) ?? .malformed))
        }
    }
}
