import AgentProtocol
import ClavePluginABI
import Glibc
import Posix
import SecureMemory
import Wire

/// What a running plugin may do: each call of `struct clave_host` checks the plugin's arguments against the header's
/// limits, becomes a message to the core, and waits for the answer.
@safe
final class PluginSession {
    /// Calls of each kind that one activation may make.
    private static let maximumQuestions = 100
    private static let maximumExchanges = 100
    private static let maximumLines = 1000

    private let channel: FrameChannel
    private var questions = 0
    private var exchanges = 0
    private var lines = 0
    private var found = 0
    private(set) var isCancelled = false

    init(_ channel: consuming FrameChannel) {
        self.channel = channel
    }

    // MARK: The calls

    func ask(_ field: UnsafePointer<clave_field>, _ answer: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> (
        status: Int32, count: Int
    ) {
        questions += 1
        guard questions <= Self.maximumQuestions else { broken("it asks too many questions") }
        guard let description = unsafe FieldReader.description(field) else { return (Int32(CLAVE_INVALID), 0) }
        guard let payload = exchange({ try $0.send(PluginAsk(field: description)) }) else {
            return (Int32(CLAVE_CANCELLED), 0)
        }
        let reply = payload.withBytes { try? PluginAnswer.decode(payload: $0) }
        guard let reply = reply ?? nil, reply.given else { return (Int32(CLAVE_CANCELLED), 0) }
        guard reply.value.count <= capacity else { return (Int32(CLAVE_INVALID), 0) }
        reply.value.withBytes { bytes in
            unsafe bytes.withUnsafeBytes {
                unsafe UnsafeMutableRawPointer(answer).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
        }
        return (Int32(CLAVE_OK), reply.value.count)
    }

    func exchange(_ step: String, _ request: UnsafeRawBufferPointer) -> (status: Int32, body: [UInt8]) {
        exchanges += 1
        guard exchanges <= Self.maximumExchanges else { broken("it speaks too often with the gateway") }
        guard PluginFile.isName(step), request.count <= CLAVE_EXCHANGE_MAX else { return (Int32(CLAVE_INVALID), []) }
        let body = unsafe SecretBytes(copying: RawSpan(_unsafeBytes: request))
        let message = PluginExchange(step: step, body: body)
        guard let payload = exchange({ try $0.send(secret: message) }) else { return (Int32(CLAVE_CANCELLED), []) }
        let reply = payload.withBytes { try? PluginExchangeReply.decode(payload: $0) }
        guard let reply = reply ?? nil else { return (Int32(CLAVE_FAILED), []) }
        return (Int32(reply.status), reply.body)
    }

    func line(_ text: String, isProgress: Bool) -> Int32 {
        lines += 1
        guard lines <= Self.maximumLines else { broken("it talks without end") }
        guard text.utf8.count <= CLAVE_TEXT_MAX else { return Int32(CLAVE_INVALID) }
        do throws(ChannelError) {
            try channel.send(PluginLine(isProgress: isProgress, text: FieldReader.plain(text)))
            return Int32(CLAVE_OK)
        } catch {
            noteCancelled()
            return Int32(CLAVE_CANCELLED)
        }
    }

    /// Whether the core has closed the pipe: the person has gone.
    func checkCancelled() -> Bool {
        var entry = pollfd(fd: channel.descriptor.number, events: Int16(POLLIN), revents: 0)
        // Nothing is expected now: what can be read is the end.
        if unsafe poll(&entry, 1, 0) > 0 { noteCancelled() }
        return isCancelled
    }

    // MARK: The end

    /// Tells of a credential that the plugin sees.
    func tell(_ credential: CredentialInfo) {
        found += 1
        guard found <= CLAVE_CREDENTIALS_MAX else { broken("it lists without end") }
        try? channel.send(PluginFound(credential: credential))
    }

    /// Hands over what an activation leaves behind.
    func leave(_ credential: consuming PluginCredential) {
        try? channel.send(secret: credential)
    }

    /// Hands over from what a registration goes on.
    func leave(_ pending: PluginPending) {
        try? channel.send(pending)
    }

    /// Hands over a signature.
    func leave(_ signature: PluginSigned) {
        try? channel.send(signature)
    }

    /// Tells how the call ended.
    func finish(_ done: PluginDone) {
        try? channel.send(done)
    }

    /// Says what the plugin is.
    func tellLoaded(title: String, version: String) {
        try? channel.send(PluginLoaded(title: FieldReader.plain(title), version: FieldReader.plain(version)))
    }

    /// Ends a plugin that breaks a rule of the header.
    func broken(_ reason: String) -> Never {
        finish(PluginDone(outcome: .broken, detail: reason))
        _exit(1)
    }

    private func exchange(_ send: (borrowing FrameChannel) throws -> Void) -> SecretBytes? {
        guard !isCancelled else { return nil }
        do {
            try send(channel)
            return try channel.receive()
        } catch {
            noteCancelled()
            return nil
        }
    }

    /// A plugin has five seconds to return once the person has gone; then the kernel ends the process.
    private func noteCancelled() {
        guard !isCancelled else { return }
        isCancelled = true
        alarm(5)
    }
}
