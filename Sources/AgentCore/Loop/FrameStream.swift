import CLinux
import Glibc
import Posix
import SecureMemory
import Wire

/// Frames over a nonblocking stream on the loop: every client, every helper.
///
/// What is read lands in one guarded buffer of the whole core, and in guarded memory of the stream while a frame is
/// incomplete; what is written keeps its order.
@CoreActor
final class FrameStream {
    /// Why a stream has ended.
    enum End: Equatable {
        case closed
        case broken(WireError)
        case failed(Int32)
    }

    private enum Output {
        case plain([UInt8])
        case secret(SecretBox)
    }

    private static let buffer = GuardedBuffer(count: 65536)
    /// Bytes that may wait to be written; a peer that does not read is cut off.
    private static let maximumBacklog = 4 << 20

    private let descriptor: Descriptor
    /// The process whose words are expected; nil where the kernel is not asked who sends.
    private let sender: Int32?
    /// The last other process that has sent anything; 0 for one that the kernel can't name here.
    private(set) var stranger: Int32?
    private let onPayload: @CoreActor (RawSpan) -> Void
    private let onEnd: @CoreActor (End) -> Void
    private var header: [UInt8] = []
    private var payload: SecretWriter?
    private var missing = 0
    private var output: [Output] = []
    private var written = 0
    private var backlog = 0
    private(set) var hasEnded = false
    private var isPaused = false
    private var interest: EventLoop.Readiness = .readable

    /// Takes ownership of a connected stream that does not block; each whole payload goes to `onPayload`, the end to `onEnd`, once.
    ///
    /// - Parameter sender: the process that sends; who else does becomes the ``stranger``.
    init(
        _ descriptor: consuming Descriptor, from sender: Int32? = nil,
        onPayload: @escaping @CoreActor (RawSpan) -> Void, onEnd: @escaping @CoreActor (End) -> Void
    ) {
        self.descriptor = descriptor
        self.sender = sender
        self.onPayload = onPayload
        self.onEnd = onEnd
        EventLoop.shared.watch(self.descriptor.number, for: .readable) { [weak self] readiness in
            CoreActor.assumeIsolated { self?.handle(readiness) }
        }
    }

    deinit {
        EventLoop.shared.forget(descriptor.number)
    }

    /// The socket's number, for questions to the kernel.
    var number: Int32 { descriptor.number }

    /// Ends the stream without telling.
    func close() {
        guard !hasEnded else { return }
        stop()
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    private func stop() {
        hasEnded = true
        EventLoop.shared.forget(descriptor.number)
    }

    /// Stops or goes on reading; a hang-up is noticed all the same.
    func setPaused(_ paused: Bool) {
        guard paused != isPaused, !hasEnded else { return }
        isPaused = paused
        updateInterest()
    }

    private func end(_ reason: End) {
        guard !hasEnded else { return }
        if reason == .closed { stop() } else { close() }
        onEnd(reason)
    }

    private func handle(_ readiness: EventLoop.Readiness) {
        if readiness.contains(.writable) { flush() }
        if readiness.contains(.readable), !isPaused { receive() }
        guard !hasEnded, !readiness.isDisjoint(with: [.hangUp, .gone]) else { return }
        if isPaused || !readiness.contains(.readable) { end(.closed) }
    }

    private func updateInterest() {
        var interest: EventLoop.Readiness = isPaused ? [] : .readable
        if !output.isEmpty { interest.insert(.writable) }
        guard interest != self.interest else { return }
        self.interest = interest
        EventLoop.shared.change(descriptor.number, to: interest)
    }

    // MARK: Receiving

    /// Reads what is there. The kernel never joins the bytes of two senders in one answer.
    private func receive() {
        let number = descriptor.number
        do throws(WireError) {
            try Self.buffer.withBytes(filledBy: { target in
                unsafe target.withUnsafeMutableBytes { target in
                    guard let sender else { return unsafe read(number, target.baseAddress!, target.count) }
                    var heard: Int32 = 0
                    let count = unsafe clave_receive_from(number, target.baseAddress!, target.count, &heard)
                    if count > 0, heard != sender { stranger = heard }
                    return count
                }
            }) { (count, bytes) throws(WireError) in
                if count > 0 { return try split(bytes) }
                if count == 0 { return end(.closed) }
                if errno != EAGAIN && errno != EINTR { end(.failed(errno)) }
            }
        } catch {
            end(.broken(error))
        }
    }

    private func split(_ bytes: RawSpan) throws(WireError) {
        var position = 0
        while position < bytes.byteCount, !hasEnded {
            let rest = bytes.extracting(droppingFirst: position)
            position += missing > 0 ? fill(from: rest) : try begin(from: rest)
        }
    }

    /// Takes the header's bytes; a frame that is there as a whole is delivered where it lies.
    private func begin(from bytes: RawSpan) throws(WireError) -> Int {
        if header.isEmpty, bytes.byteCount >= Frame.headerLength, let length = try Frame.length(announcedBy: bytes),
            bytes.byteCount - Frame.headerLength >= length
        {
            onPayload(bytes.extracting(Frame.headerLength..<Frame.headerLength + length))
            return Frame.headerLength + length
        }
        let taken = min(Frame.headerLength - header.count, bytes.byteCount)
        for index in 0..<taken { header.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) }
        let soFar = header
        guard let length = try Frame.length(announcedBy: unsafe soFar.span.bytes) else { return taken }
        header = []
        if bytes.byteCount - taken >= length {
            onPayload(bytes.extracting(taken..<taken + length))
            return taken + length
        }
        missing = length
        payload = SecretWriter()
        return taken
    }

    private func fill(from bytes: RawSpan) -> Int {
        let taken = min(missing, bytes.byteCount)
        payload!.append(bytes.extracting(first: taken))
        missing -= taken
        guard missing == 0 else { return taken }
        var whole: SecretWriter? = nil
        swap(&whole, &payload)
        whole!.finish().withBytes { onPayload($0) }
        return taken
    }

    // MARK: Sending

    /// Sends a whole frame without a secret.
    func send(_ frame: [UInt8]) {
        enqueue(.plain(frame), count: frame.count)
    }

    /// Sends a whole frame that carries a secret.
    func send(secret frame: consuming SecretBytes) {
        let count = frame.count
        enqueue(.secret(SecretBox(frame)), count: count)
    }

    private func enqueue(_ frame: Output, count: Int) {
        guard !hasEnded else { return }
        guard backlog + count <= Self.maximumBacklog else { return end(.failed(ENOBUFS)) }
        backlog += count
        output.append(frame)
        if output.count == 1 { flush() }
    }

    private func flush() {
        while let first = output.first {
            let (count, total) = writeSome(of: first)
            guard count >= 0 else {
                if errno == EINTR { continue }
                if errno == EAGAIN { return updateInterest() }
                return end(.failed(errno))
            }
            written += count
            guard written == total else { continue }
            output.removeFirst()
            backlog -= total
            written = 0
        }
        if !hasEnded { updateInterest() }
    }

    private func writeSome(of frame: Output) -> (count: Int, total: Int) {
        switch frame {
        case .plain(let bytes): writeSome(unsafe bytes.span.bytes)
        case .secret(let box): box.withSecret { secret in secret.withBytes { writeSome($0) } } ?? (0, 0)
        }
    }

    private func writeSome(_ bytes: RawSpan) -> (count: Int, total: Int) {
        let number = descriptor.number
        let start = written
        let count = unsafe bytes.withUnsafeBytes { bytes in
            unsafe send_nosignal(number, bytes.baseAddress! + start, bytes.count - start)
        }
        return (count, bytes.byteCount)
    }
}

/// `send(2)` without a signal when the other side has gone.
private func send_nosignal(_ number: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe Glibc.send(number, bytes, count, Int32(MSG_NOSIGNAL))
}
