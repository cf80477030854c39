import CLinux
import Glibc
import SecureMemory
import Wire

/// The one guarded buffer of the program, into which all streams are read in turn.
@CoreActor
enum StreamBuffer {
    private static let buffer = GuardedBuffer(count: 65536)

    /// Reads what is there, and lends it to `use`: what the read gave, the bytes, and who has sent them.
    ///
    /// - Parameters:
    ///   - most: bytes at the most; nil for all that the buffer takes.
    ///   - tellsSender: whether it is a socket of which the kernel tells that; 0 stands for one that it can't name here.
    static func fill(
        from number: Int32, atMost most: Int?, tellsSender: Bool,
        use: (_ count: Int, _ bytes: RawSpan, _ sender: Int32?) throws(WireError) -> Void
    ) throws(WireError) {
        var sender: Int32?
        try buffer.withBytes(filledBy: { target in
            unsafe target.withUnsafeMutableBytes { target in
                let room = min(target.count, most ?? target.count)
                guard tellsSender else { return unsafe read(number, target.baseAddress!, room) }
                var heard: Int32 = 0
                let count = unsafe clave_receive_from(number, target.baseAddress!, room, &heard)
                sender = heard
                return count
            }
        }) { (count, bytes) throws(WireError) in try use(count, bytes, sender) }
    }
}
