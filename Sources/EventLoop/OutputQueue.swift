import CLinux
import Glibc
import SecureMemory

/// Frames that wait to be written to a stream, in their order.
struct OutputQueue {
    /// A whole frame.
    enum Frame {
        case plain([UInt8])
        case secret(SecretBox)
    }

    /// What a write has come to.
    enum Progress {
        case all
        /// The stream takes no more now.
        case full
        case failed(Int32)
    }

    private var frames = Fifo<Frame>()
    /// Bytes of the first frame that are written.
    private var written = 0
    /// Bytes of all frames that are not written as a whole.
    private(set) var bytes = 0

    /// Frames that are not written as a whole.
    var count: Int { frames.count }
    var isEmpty: Bool { frames.isEmpty }

    /// Adds a frame of so many bytes.
    mutating func append(_ frame: Frame, count: Int) {
        bytes += count
        frames.append(frame)
    }

    /// Writes what the stream takes.
    mutating func write(to number: Int32) -> Progress {
        while let first = frames.first {
            let (count, total) = writeSome(of: first, to: number)
            guard count >= 0 else {
                if errno == EINTR { continue }
                return errno == EAGAIN ? .full : .failed(errno)
            }
            written += count
            guard written == total else { continue }
            _ = frames.popFirst()
            bytes -= total
            written = 0
        }
        return .all
    }

    private func writeSome(of frame: Frame, to number: Int32) -> (count: Int, total: Int) {
        switch frame {
        case .plain(let bytes): writeSome(unsafe bytes.span.bytes, to: number)
        case .secret(let box): box.withSecret { secret in secret.withBytes { writeSome($0, to: number) } } ?? (0, 0)
        }
    }

    private func writeSome(_ bytes: RawSpan, to number: Int32) -> (count: Int, total: Int) {
        let start = written
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe send(number, bytes.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
        }
        return (count, bytes.byteCount)
    }
}
