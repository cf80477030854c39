import CLinux
import Glibc
public import Posix
public import SecureMemory
public import Wire

/// Frames over a nonblocking stream on the loop: every client, every helper.
///
/// What is read lands in one guarded buffer of the whole program. Each stream has a few frames in a turn of the loop, so that
/// one that sends thousands at once holds up nobody. What can't be delivered yet waits in guarded memory of the stream
/// (``InputBudget``), and no more is read meanwhile; what is written keeps its order.
@CoreActor
public final class FrameStream {
    /// Why a stream has ended.
    public enum End: Equatable {
        /// The other end has closed it.
        case closed
        /// What came can't be a frame.
        case broken(WireError)
        /// It kept too much unfinished (``InputBudget``).
        case hoarding
        /// The system refused, with this `errno`.
        case failed(Int32)
    }

    /// Frames that are delivered in one turn of the loop.
    private static let framesPerTurn = 4
    /// Bytes that are read at once where a frame begins: what has been read and has to wait takes locked memory.
    private static let usualRead = 4096
    /// Bytes that may wait to be written; a peer that does not read is cut off.
    private static let maximumBacklog = 4 << 20
    /// Bytes that may wait to be written to a client before its further requests wait too.
    private static let busyBacklog = 256 << 10

    private let descriptor: Descriptor
    private let process: Int32
    /// Whether the peer's requests wait while it does not read the answers, and the kernel tells who has sent them.
    private let isClient: Bool
    /// The last other process of a client's that has sent anything; 0 for one that the kernel can't name here.
    public private(set) var stranger: Int32?
    private let onPayload: @CoreActor (RawSpan) -> Void
    private let onEnd: @CoreActor (End) -> Void
    private var assembly = FrameAssembly()
    /// What has been read and not been delivered.
    private var rest: KeptBytes?
    private var output = OutputQueue()
    /// Whether it has ended, by either end.
    public private(set) var hasEnded = false
    private var isPaused = false
    /// Whether the rest's turn is on its way.
    private var isScheduled = false
    /// Whether it waits with an unfinished frame for a turn (``UnfinishedLine``).
    private var isInLine = false
    private var interest: EventLoop.Readiness = .readable

    /// Takes ownership of a connected stream that does not block; each whole payload goes to `onPayload`, the end to `onEnd`, once.
    ///
    /// - Parameters:
    ///   - process: who is at the other end; another process of a client's that sends becomes the ``stranger``.
    ///   - isClient: whether it asks and we answer, so that it may be kept waiting.
    public init(
        _ descriptor: consuming Descriptor, process: Int32, isClient: Bool,
        onPayload: @escaping @CoreActor (RawSpan) -> Void, onEnd: @escaping @CoreActor (End) -> Void
    ) {
        self.descriptor = descriptor
        self.process = process
        self.isClient = isClient
        self.onPayload = onPayload
        self.onEnd = onEnd
        EventLoop.shared.watch(self.descriptor.number, for: .readable) { [weak self] readiness in
            CoreActor.assumeIsolated { self?.handle(readiness) }
        }
    }

    deinit {
        let stream = ObjectIdentifier(self)
        EventLoop.shared.forget(descriptor.number)
        CoreActor.assumeIsolated { InputBudget.shared.remove(stream) }
    }

    /// The socket's number, for questions to the kernel.
    public var number: Int32 { descriptor.number }

    /// Ends the stream without telling.
    public func close() {
        guard !hasEnded else { return }
        stop()
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }

    private func stop() {
        hasEnded = true
        EventLoop.shared.forget(descriptor.number)
        InputBudget.shared.remove(ObjectIdentifier(self))
    }

    /// Stops or goes on delivering, also in the middle of what has been read; a hang-up is noticed all the same.
    public func setPaused(_ paused: Bool) {
        guard paused != isPaused, !hasEnded else { return }
        isPaused = paused
        if !paused { goOn() }
    }

    private func end(_ reason: End) {
        guard !hasEnded else { return }
        if reason == .closed { stop() } else { close() }
        onEnd(reason)
    }

    /// Whether another frame may be delivered.
    private var mayDeliver: Bool { !hasEnded && !isPaused && !(isClient && output.bytes > Self.busyBacklog) }

    private var mayRead: Bool { mayDeliver && rest == nil && !isInLine }

    private func handle(_ readiness: EventLoop.Readiness) {
        if readiness.contains(.writable) { flush() }
        let hasGone = !readiness.isDisjoint(with: [.hangUp, .gone])
        if hasGone, isClient, mayDeliver, rest == nil, assembly.endsShort(of: number) { return end(.closed) }
        if readiness.contains(.readable) {
            // The kernel is asked to tell no more only once it has told in vain: most pauses are shorter.
            if mayRead { receiveInTurn() } else { updateInterest() }
        }
        guard hasGone, !hasEnded, !isInLine else { return }
        // What can be delivered still is, up to the end of what has come.
        if !mayDeliver || (rest == nil && !readiness.contains(.readable)) { end(.closed) }
    }

    private func updateInterest() {
        guard !hasEnded else { return }
        var interest: EventLoop.Readiness = mayRead ? .readable : []
        if !output.isEmpty { interest.insert(.writable) }
        guard interest != self.interest else { return }
        self.interest = interest
        EventLoop.shared.change(descriptor.number, to: interest)
    }

    /// Goes on with what waits here, or else in the kernel.
    private func goOn() {
        guard mayDeliver, !isScheduled else { return }
        guard rest != nil else { return interest.contains(.readable) ? () : updateInterest() }
        isScheduled = true
        EventLoop.shared.soon { [weak self] in
            CoreActor.assumeIsolated {
                self?.isScheduled = false
                self?.deliverRest()
            }
        }
    }

    // MARK: Receiving

    /// Reads what is there, or has it wait for a turn in which there is room for it.
    private func receiveInTurn() {
        guard isClient, !UnfinishedLine.shared.hasRoom, assembly.wouldKeepMore(of: number) else { return receive() }
        isInLine = true
        UnfinishedLine.shared.wait { [weak self] in
            guard let self else { return }
            isInLine = false
            guard mayRead else { return }
            receive()
            goOn()
        }
    }

    /// Reads what is there. The kernel never joins the bytes of two senders in one answer.
    private func receive() {
        let wanted = assembly.missing > 0 ? nil : Self.usualRead
        do throws(WireError) {
            try StreamBuffer.fill(from: descriptor.number, atMost: wanted, tellsSender: isClient) {
                (count, bytes, sender) throws(WireError) in
                if count > 0 {
                    if let sender, sender != process { stranger = sender }
                    let taken = try deliver(bytes)
                    guard !hasEnded else { return }
                    rest = KeptBytes(copying: bytes.extracting(droppingFirst: taken))
                    if assembly.capacity > 0 { UnfinishedLine.shared.spend(count) }
                    tellBudget()
                    return goOn()
                }
                if count == 0 { return end(.closed) }
                if errno != EAGAIN && errno != EINTR { end(.failed(errno)) }
            }
        } catch {
            end(.broken(error))
        }
    }

    /// Delivers the frames that a turn allows; gives the number of bytes that were taken.
    private func deliver(_ bytes: RawSpan) throws(WireError) -> Int {
        var position = 0
        var frames = 0
        while position < bytes.byteCount, frames < Self.framesPerTurn, mayDeliver {
            position += try assembly.take(bytes.extracting(droppingFirst: position)) { payload in
                frames += 1
                onPayload(payload)
            }
        }
        return position
    }

    private func deliverRest() {
        guard mayDeliver, let kept = rest.take() else { return }
        do throws(WireError) {
            let left = try kept.deliver { (bytes) throws(WireError) in try deliver(bytes) }
            guard !hasEnded else { return }
            rest = left
            tellBudget()
            goOn()
        } catch {
            end(.broken(error))
        }
    }

    private func tellBudget() {
        let kept = (rest?.capacity ?? 0, assembly.capacity)
        guard kept != (0, 0) || hasShare else { return }
        hasShare = kept != (0, 0)
        InputBudget.shared.set([kept.0, kept.1], of: ObjectIdentifier(self), process: process) { [weak self] in
            self?.end(.hoarding)
        }
    }

    /// Whether the budget knows of this stream.
    private var hasShare = false

    // MARK: Sending

    /// Sends a whole frame without a secret.
    public func send(_ frame: [UInt8]) {
        enqueue(.plain(frame), count: frame.count)
    }

    /// Sends a whole frame that carries a secret.
    public func send(secret frame: consuming SecretBytes) {
        let count = frame.count
        enqueue(.secret(SecretBox(frame)), count: count)
    }

    private func enqueue(_ frame: OutputQueue.Frame, count: Int) {
        guard !hasEnded else { return }
        guard output.bytes + count <= Self.maximumBacklog else { return end(.failed(ENOBUFS)) }
        output.append(frame, count: count)
        if output.count == 1 { flush() }
    }

    private func flush() {
        switch output.write(to: descriptor.number) {
        case .all: break
        case .full: return updateInterest()
        case .failed(let number): return end(.failed(number))
        }
        if interest.contains(.writable) { updateInterest() }
        goOn()
    }
}
