import Glibc
public import SecureMemory
public import Wire

/// Why a channel gave no frame.
public enum ChannelError: Error, Equatable, Sendable {
    /// The other side closed it between two frames.
    case closed
    /// The other side closed it inside a frame.
    case truncated
    /// What came can't be a frame.
    case wire(WireError)
    /// The system refused.
    case system(SystemError)
}

/// Frames over a descriptor, for a process that may block: every helper, every tool.
///
/// A payload is read straight into guarded memory, so that no secret in it touches other memory.
public struct FrameChannel: ~Copyable, Sendable {
    /// The socket beneath.
    public let descriptor: Descriptor

    /// Takes ownership of a connected stream socket.
    public init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }

    /// Sends a message that carries no secret.
    public borrowing func send(_ message: borrowing some WireMessage & ~Copyable) throws(ChannelError) {
        do { try descriptor.sendAll(unsafe message.frame().span.bytes) } catch { throw .system(error) }
    }

    /// Sends a message that carries a secret.
    public borrowing func send(secret message: borrowing some WireMessage & ~Copyable) throws(ChannelError) {
        let frame = message.secretFrame()
        let failure = frame.withBytes { bytes -> SystemError? in
            do throws(SystemError) { try descriptor.sendAll(bytes) } catch { return error }
            return nil
        }
        if let failure { throw .system(failure) }
    }

    /// The next frame's payload: type and body.
    public borrowing func receive() throws(ChannelError) -> SecretBytes {
        let length = try receiveLength()
        let payload = SecretBytes(zeros: length)
        let outcome = payload.withMutableBytes { (target) -> Result<Int, SystemError> in
            do throws(SystemError) { return .success(try descriptor.readFully(into: &target)) } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .success(length): return payload
        case .success: throw .truncated
        case .failure(let error): throw .system(error)
        }
    }

    private borrowing func receiveLength() throws(ChannelError) -> Int {
        var header: [UInt8] = [0, 0, 0, 0]
        var filled = 0
        do {
            var target = header.mutableSpan
            var bytes = unsafe target.mutableBytes
            filled = try descriptor.readFully(into: &bytes)
        } catch { throw .system(error) }
        if filled == 0 { throw .closed }
        guard filled == header.count else { throw .truncated }
        do {
            guard let length = try Frame.length(announcedBy: unsafe header.span.bytes) else {
                throw ChannelError.truncated
            }
            return length
        } catch let error as WireError { throw .wire(error) } catch { throw .truncated }
    }
}
