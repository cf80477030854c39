import CLinux
import Glibc
import SecureMemory
import Wire

/// Puts a stream's bytes together to payloads. A frame that is there as a whole is lent where it lies; of one that is not,
/// what has come waits in guarded memory, which grows with the bytes that come and not with the length that is announced.
struct FrameAssembly: ~Copyable {
    /// Bytes with which the memory for an incomplete frame begins.
    private static let firstCapacity = 2 << 10

    private var header: [UInt8] = []
    private var payload: SecretBytes?
    /// Bytes of the payload: of all that is announced, and of what has come.
    private var length = 0
    private var filled = 0

    init() {}

    /// Bytes of guarded memory that the incomplete frame takes.
    private(set) var capacity = 0

    /// Bytes that the incomplete frame still lacks, as far as it is known.
    var missing: Int { length - filled }

    /// Takes bytes up to a frame's end, or all of them.
    ///
    /// - Parameter onPayload: gets the payload that has become whole.
    /// - Returns: how many bytes were taken.
    /// - Throws: for a length that no frame has.
    mutating func take(_ bytes: RawSpan, _ onPayload: (RawSpan) -> Void) throws(WireError) -> Int {
        if missing > 0 { return fill(from: bytes, onPayload) }
        if header.isEmpty, let announced = try Frame.length(announcedBy: bytes),
            bytes.byteCount - Frame.headerLength >= announced
        {
            onPayload(bytes.extracting(Frame.headerLength..<Frame.headerLength + announced))
            return Frame.headerLength + announced
        }
        let taken = min(Frame.headerLength - header.count, bytes.byteCount)
        for index in 0..<taken { header.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
        let soFar = header
        guard let announced = try Frame.length(announcedBy: unsafe soFar.span.bytes) else { return taken }
        (header, length, filled) = ([], announced, 0)
        return taken
    }

    private mutating func fill(from bytes: RawSpan, _ onPayload: (RawSpan) -> Void) -> Int {
        let taken = min(missing, bytes.byteCount)
        if taken == length {
            (length, filled) = (0, 0)
            onPayload(bytes.extracting(first: taken))
            return taken
        }
        store(bytes.extracting(first: taken))
        guard missing == 0 else { return taken }
        let whole = payload.take()!
        (length, filled, capacity) = (0, 0, 0)
        whole.withBytes { onPayload($0) }
        return taken
    }

    private mutating func store(_ bytes: RawSpan) {
        grow(to: filled + bytes.byteCount)
        let start = filled
        payload!.withMutableBytes { target in
            unsafe target.withUnsafeMutableBytes { target in
                unsafe bytes.withUnsafeBytes { source in
                    unsafe UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: source)
                }
            }
        }
        filled += bytes.byteCount
    }

    /// Makes room for as many bytes: never more than are announced, so that a whole payload fills its memory.
    private mutating func grow(to needed: Int) {
        guard needed > capacity else { return }
        let larger = SecretBytes(zeros: min(length, max(needed, 2 * capacity, Self.firstCapacity)))
        if let payload = payload.take() {
            payload.withBytes { source in
                larger.withMutableBytes { target in
                    unsafe target.withUnsafeMutableBytes { target in
                        unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
                    }
                }
            }
        }
        capacity = larger.count
        payload = consume larger
    }

    /// Whether a socket whose other end has gone has nothing more to read, or a part of a frame: it lacks the rest for ever.
    func endsShort(of socket: Int32) -> Bool { clave_readable_bytes(socket) == 0 || wouldKeepMore(of: socket) }

    /// Whether what can be read of a socket now is a part of a frame, and more than its header: reading it would take memory.
    func wouldKeepMore(of socket: Int32) -> Bool {
        let readable = clave_readable_bytes(socket)
        if missing > 0 { return readable > 0 && readable < missing }
        guard readable > Frame.headerLength - header.count else { return false }
        guard header.isEmpty else { return true }
        var ahead = [UInt8](repeating: 0, count: Frame.headerLength)
        let count = unsafe recv(socket, &ahead, Frame.headerLength, Int32(MSG_PEEK))
        guard count == Frame.headerLength, let announced = try? Frame.length(announcedBy: unsafe ahead.span.bytes)
        else {
            return false
        }
        return readable - Frame.headerLength < announced
    }
}

extension FrameStream {
    /// Whether a socket whose other end has gone has nothing more to read, or a part of a frame: it lacks the rest for ever.
    public nonisolated static func endsShort(_ socket: Int32) -> Bool { FrameAssembly().endsShort(of: socket) }
}
