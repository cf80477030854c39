import AgentProtocol
import EventLoop
import Posix
import SSHKeys
import SecureMemory
import Wire

/// One client on the agent's socket: its requests are answered in order, one at a time.
///
/// While one is answered, later ones wait unread: in the kernel, but for the few that came in the same read. When the
/// client goes away, the task that answers it is cancelled, which withdraws its question.
@CoreActor
final class ClientConnection {
    private var provenance: Provenance
    /// The locale that the tool told; empty for the agent's own.
    var locale = ""
    /// The SSH sessions over which it comes.
    var trail = SessionTrail()
    /// The activation that this client has begun.
    var activation: Narration<IdentityInfo>?
    /// The registration that this client has begun.
    var registration: Narration<RegistrationResult>?
    /// The signatures that this client has asked for.
    var signing: Narration<CertificateSignReply>?
    /// The content that this client has brought in parts.
    var content: StreamedContent?

    private let dispatcher: Dispatcher
    private let onEnd: @CoreActor (ClientConnection) -> Void
    private var stream: FrameStream?
    /// Whether a request is being answered.
    private var isAnswering = false
    /// When the last request came, in milliseconds of the steady clock; at first, when the client did.
    private var lastRequest = SteadyClock.milliseconds
    private var task: Task<Void, Never>?

    init(
        _ socket: consuming Descriptor, peer: Peer, dispatcher: Dispatcher,
        onEnd: @escaping @CoreActor (ClientConnection) -> Void
    ) {
        provenance = Provenance(peer)
        self.dispatcher = dispatcher
        self.onEnd = onEnd
        stream = FrameStream(
            socket, process: peer.pid, isClient: true,
            onPayload: { [weak self] payload in self?.receive(payload) },
            onEnd: { [weak self] reason in self?.end(reason) })
    }

    /// What counts when a connection has to give way.
    var use: ConnectionUse {
        ConnectionUse(process: process, isBusy: isAnswering, lastRequest: lastRequest)
    }

    /// The process that connected.
    var process: Int32 { provenance.peer.pid }

    /// Who it is, as the kernel tells now.
    var caller: Caller {
        _ = hasChanged
        return CallerTracer.caller(of: provenance, socket: stream?.number, isForwarded: trail.isForwarded)
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

    /// Refuses to begin an activation or a registration while one of either kind runs here: both are gone on with by the
    /// same words, and both ask the person.
    func requireNothingBegun() throws(AgentError) {
        if activation != nil { throw AgentError(.busy, "an activation runs on this connection") }
        if registration != nil { throw AgentError(.busy, "a registration runs on this connection") }
    }

    /// Its terminal, as long as a session has it, and if its name means the same to the agent.
    var terminal: TerminalIdentity? { terminalPath.isEmpty ? nil : TerminalIdentity(of: provenance.speaker) }

    /// The device of its terminal, if its name means the same to the agent; else empty.
    var terminalPath: String { OwnTerminal.path(of: provenance.speaker) }

    /// The process group that speaks, and whether it has its terminal's foreground; of a process that is gone, its own number.
    var job: (group: Int32, isInFront: Bool) {
        guard let status = ProcessStatus(of: provenance.speaker), status.group > 0 else {
            return (provenance.speaker, false)
        }
        return (status.group, status.group == status.foreground)
    }

    /// The session of the process that speaks, by the number of its first process; of a process that is gone, or whose
    /// session can't be seen from here, its own number.
    var session: Int32 {
        let session = ProcessStatus(of: provenance.speaker)?.session ?? 0
        return session > 0 ? session : provenance.speaker
    }

    /// Ends the connection, and what it has begun.
    func close() {
        stream?.close()
        end(.closed)
    }

    private func receive(_ payload: RawSpan) {
        lastRequest = SteadyClock.milliseconds
        do throws(WireError) {
            answer(try ClientRequest(payload: payload))
        } catch {
            // The client is broken or hostile. It is told so, for there may be a person behind it, and has to begin anew.
            DebugLog.write("a client sent a malformed message: \(error)")
            if let name = ClientRequest.name(in: payload) {
                send(.plain(AgentReply.frame(refusing: name, AgentError(.invalid, Self.words(for: error)))))
            }
            close()
        }
    }

    /// What is wrong with a message, for who reads the refusal.
    private static func words(for error: WireError) -> String {
        switch error {
        case .tooLong: "a value is longer than it may be"
        default: "a value does not have the form that it must have"
        }
    }

    private func answer(_ request: ClientRequest) {
        isAnswering = true
        switch dispatcher.answerDirectly(request, for: self, then: { [weak self] in self?.finish($0) }) {
        case .now(let reply):
            isAnswering = false
            send(reply)
        case .later: stream?.setPaused(true)
        case .none:
            stream?.setPaused(true)
            beginTask(request)
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
        stream?.setPaused(false)
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
        switch reason {
        case .broken(let error): DebugLog.write("a client's frame can't be one: \(error)")
        case .hoarding: DebugLog.write("a client keeps too much unfinished")
        case .closed, .failed: break
        }
        stream = nil
        task?.cancel()
        activation?.cancel()
        registration?.cancel()
        signing?.cancel()
        dispatcher.hasGone(self)
        onEnd(self)
    }
}
