import AgentProtocol
import CLinux
import EventLoop
import Glibc
import Posix
import SecureMemory
import Wire

/// A helper process that the supervisor has started for the core: a stream of frames, and an end.
@CoreActor
final class Helper {
    /// The core's number for it.
    let number: UInt32
    /// The process.
    let pid: UInt32

    fileprivate let kind: HelperKind
    fileprivate var stream: FrameStream?
    private let onEnd: @CoreActor (HelperEnded) -> Void
    private var ending: HelperEnded?
    private var streamHasEnded = false

    fileprivate init(
        number: UInt32, pid: UInt32, kind: HelperKind, onEnd: @escaping @CoreActor (HelperEnded) -> Void
    ) {
        self.number = number
        self.kind = kind
        self.pid = pid
        self.onEnd = onEnd
    }

    /// Sends a message without a secret.
    func send(_ message: some WireMessage) {
        stream?.send(message.frame())
    }

    /// Sends a message that carries a secret.
    func send(secret message: consuming some WireMessage & ~Copyable) {
        send(frame: message.secretFrame())
    }

    /// Sends a whole frame that carries a secret.
    func send(frame: consuming SecretBytes) {
        stream?.send(secret: frame)
    }

    // Both ends count: what the helper has written last may come after the word that it has ended.

    fileprivate func streamEnded() {
        streamHasEnded = true
        tellIfOver()
    }

    fileprivate func processEnded(_ ending: HelperEnded) {
        self.ending = ending
        tellIfOver()
    }

    private func tellIfOver() {
        guard streamHasEnded, let ending else { return }
        onEnd(ending)
    }
}

/// The core's side of the control channel: asks the supervisor for helpers and hears of their ends.
@CoreActor
final class HelperDirectory {
    private typealias Starting = (
        kind: HelperKind, promise: Promise<Result<Helper, AgentError>>, onPayload: @CoreActor (RawSpan) -> Void,
        onEnd: @CoreActor (HelperEnded) -> Void
    )

    private let channel: PacketChannel
    private let effects: Effects
    private let onLost: @CoreActor () -> Void
    private var starting: [UInt32: Starting] = [:]
    private var helpers: [UInt32: Helper] = [:]
    private var lastNumber: UInt32 = 0

    /// Takes the control channel; `onLost` is called when the supervisor has gone.
    init(_ channel: consuming PacketChannel, _ effects: Effects, onLost: @escaping @CoreActor () -> Void) {
        self.channel = channel
        self.effects = effects
        self.onLost = onLost
        EventLoop.shared.watch(self.channel.number, for: .readable) { [weak self] _ in
            CoreActor.assumeIsolated { self?.receive() }
        }
    }

    deinit {
        EventLoop.shared.forget(channel.number)
    }

    /// Starts a helper. A cancelled task gets it too, and has to stop it: a start on its way can't be taken back.
    ///
    /// - Parameters:
    ///   - onPayload: called with each whole payload that it sends.
    ///   - onEnd: called once, when its process and its stream are over.
    /// - Throws: `.helperLost` if it can't start, or too many of its kind run.
    func start(
        _ kind: HelperKind, onPayload: @escaping @CoreActor (RawSpan) -> Void,
        onEnd: @escaping @CoreActor (HelperEnded) -> Void
    ) async throws(AgentError) -> Helper {
        let count = starting.values.count { $0.kind == kind } + helpers.values.count { $0.kind == kind }
        guard count < kind.mostAtOnce else { throw AgentError(.helperLost, "too many helpers of one kind run") }
        lastNumber += 1
        let promise = Promise<Result<Helper, AgentError>>()
        starting[lastNumber] = (kind, promise, onPayload, onEnd)
        send(StartHelper(number: lastNumber, kind: kind))
        return try await promise.wait().get()
    }

    /// Ends a helper; `onEnd` follows.
    func stop(_ helper: Helper) {
        guard helpers[helper.number] != nil else { return }
        helper.stream?.close()
        helper.streamEnded()
        send(StopHelper(number: helper.number))
    }

    /// Tells the supervisor that the core listens.
    func tellReady() {
        send(CoreReady())
    }

    /// Has the supervisor keep by what the vault's passphrase is known, for a core that takes this one's place.
    func keep(_ proof: [UInt8]) {
        send(PassphraseKnown(proof))
    }

    private func send(_ message: some WireMessage) {
        do throws(SystemError) {
            try channel.send(message.frame())
        } catch {
            DebugLog.write("the supervisor can't be told: \(error)")
            onLost()
        }
    }

    // MARK: Hearing

    private func receive() {
        do throws(any Error) {
            guard var packet = try channel.receive() else {
                EventLoop.shared.forget(channel.number)
                return onLost()
            }
            var descriptor: Descriptor? = nil
            let payload = packet.payload
            descriptor = packet.takeDescriptor()
            if let started = try HelperStarted.decode(payload: unsafe payload.span.bytes) {
                begin(started, descriptor)
            } else if let ended = try HelperEnded.decode(payload: unsafe payload.span.bytes) {
                end(ended)
            } else if try DropKeys.decode(payload: unsafe payload.span.bytes) != nil {
                effects.keysAreToBeForgotten()
            } else if try NewListener.decode(payload: unsafe payload.span.bytes) != nil, let descriptor {
                effects.listenerIsReplaced(descriptor)
            }
        } catch {
            DebugLog.write("the supervisor's word is not understood: \(error)")
        }
    }

    private func begin(_ started: HelperStarted, _ descriptor: consuming Descriptor?) {
        guard let entry = starting.removeValue(forKey: started.number) else { return }
        guard let descriptor else {
            return entry.promise.fulfil(.failure(AgentError(.helperLost, "it came without a socket")))
        }
        let helper = Helper(number: started.number, pid: started.pid, kind: entry.kind, onEnd: entry.onEnd)
        do throws(SystemError) {
            try descriptor.setNonblocking()
            helper.stream = FrameStream(
                descriptor, process: Int32(clamping: started.pid), isClient: false, onPayload: entry.onPayload,
                onEnd: { [weak self, weak helper] _ in
                    guard let self, let helper else { return }
                    helper.streamEnded()
                    self.send(StopHelper(number: helper.number))
                })
        } catch {
            return entry.promise.fulfil(.failure(AgentError(.helperLost, "\(error)")))
        }
        helpers[started.number] = helper
        entry.promise.fulfil(.success(helper))
    }

    private func end(_ ended: HelperEnded) {
        if let entry = starting.removeValue(forKey: ended.number) {
            entry.promise.fulfil(.failure(AgentError(.helperLost, ended.detail)))
        }
        helpers.removeValue(forKey: ended.number)?.processEnded(ended)
    }
}
