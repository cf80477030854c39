import AgentProtocol
import CLinux
import Posix
import SSHKeys
import SecureMemory
import Wire

/// One client on the agent's socket: its requests are answered in order, one at a time.
///
/// While one is answered, later ones wait unread in the kernel once a few are queued. When the client goes away, the
/// task that answers it is cancelled, which withdraws its question.
@CoreActor
final class ClientConnection {
    /// Requests that may be queued behind the one being answered.
    private static let maximumQueue = 16

    private var provenance: Provenance
    /// The locale that the tool told; empty for the agent's own.
    var locale = ""
    /// The SSH sessions over which it comes.
    var trail = SessionTrail()
    /// Whether it was refused something because it comes from another host, which is recorded.
    var wasRefusedAsForwarded = false
    /// The activation that this client has begun.
    var activation: ActivationFlow?
    /// The registration that this client has begun.
    var registration: RegistrationFlow?
    /// The signatures that this client has asked for.
    var signing: Narration<CertificateSignReply>?
    /// The content that this client has brought in parts.
    var content: StreamedContent?

    private let dispatcher: Dispatcher
    private let onEnd: @CoreActor (ClientConnection) -> Void
    private var stream: FrameStream?
    private var queue: [ClientRequest] = []
    private var isAnswering = false
    private var task: Task<Void, Never>?

    init(
        _ socket: consuming Descriptor, peer: Peer, dispatcher: Dispatcher,
        onEnd: @escaping @CoreActor (ClientConnection) -> Void
    ) {
        provenance = Provenance(peer)
        self.dispatcher = dispatcher
        self.onEnd = onEnd
        _ = clave_ask_senders(socket.number)
        stream = FrameStream(
            socket, from: peer.pid,
            onPayload: { [weak self] payload in self?.receive(payload) },
            onEnd: { [weak self] reason in self?.end(reason) })
    }

    /// Who it is, as the kernel tells now.
    var caller: Caller {
        _ = hasChanged
        return ProcessTracer.caller(of: provenance, socket: stream?.number, isForwarded: trail.isForwarded)
    }

    /// Whether it is not, or may not be, the program that connected; looked up anew.
    var hasChanged: Bool {
        provenance.look(stream?.stranger)
        return provenance.hasChanged
    }

    /// The program that it runs; nil where the kernel can't tell for sure, or it is not the one that connected.
    var program: ProgramIdentity? {
        guard let stream, let program = ProgramIdentity(of: provenance.peer, socket: stream.number) else { return nil }
        // Looked at after the file was opened: a program that came in between is noticed here.
        return hasChanged ? nil : program
    }

    /// Ends the connection, and what it has begun.
    func close() {
        stream?.close()
        end(.closed)
    }

    private func receive(_ payload: RawSpan) {
        do throws(WireError) {
            let request = try ClientRequest(payload: payload)
            if !isAnswering, queue.isEmpty { return answer(request) }
            queue.append(request)
        } catch {
            // What breaks the form can't be answered in order: the client is broken or hostile.
            DebugLog.write("a client sent a malformed message: \(error)")
            return close()
        }
        if queue.count >= Self.maximumQueue { stream?.setPaused(true) }
    }

    private func startNext() {
        while !isAnswering, !queue.isEmpty {
            let request = queue.removeFirst()
            if queue.count < Self.maximumQueue { stream?.setPaused(false) }
            answer(request)
        }
    }

    private func answer(_ request: ClientRequest) {
        isAnswering = true
        switch dispatcher.answerDirectly(request, for: self, then: { [weak self] in self?.finish($0) }) {
        case .now(let reply):
            isAnswering = false
            send(reply)
        case .later: break
        case .none: beginTask(request)
        }
    }

    private func beginTask(_ request: ClientRequest) {
        provenance.look(stream?.stranger)
        task = Task { @CoreActor [weak self, dispatcher] in
            guard let client = self else { return }
            let reply = await dispatcher.answer(request, for: client)
            client.finish(reply)
        }
    }

    private func finish(_ reply: ClientReply) {
        task = nil
        isAnswering = false
        send(reply)
        startNext()
    }

    private func send(_ reply: ClientReply) {
        guard let stream, !stream.hasEnded else { return }
        switch reply {
        case .plain(let frame): stream.send(frame)
        case .secret(let box): if let frame = box.take() { stream.send(secret: frame) }
        }
    }

    private func end(_ reason: FrameStream.End) {
        guard stream != nil else { return }
        if case .broken(let error) = reason { DebugLog.write("a client's frame can't be one: \(error)") }
        stream = nil
        queue = []
        task?.cancel()
        activation?.cancel()
        registration?.cancel()
        signing?.cancel()
        onEnd(self)
    }
}
