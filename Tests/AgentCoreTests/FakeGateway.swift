import AgentProtocol
import Foundation
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import Wire

/// A gateway behind a played `clave-link`: it grants at once whatever is asked, and pushes what a test wants.
final class FakeGateway: @unchecked Sendable {
    static let origin = "https://gateway.test:1"

    let signing: SigningKey
    private let sealing = SealingKey()
    private let impostor = SigningKey()
    private let session = randomBytes(16)
    private let state = Mutex(State())

    /// - Parameter seed: of its signing key; nil for a new one.
    init(seed: [UInt8]? = nil) {
        signing = seed.map { SigningKey(seed: SecretBytes(copying: $0.span.bytes))! } ?? SigningKey()
    }

    struct State: Sendable {
        /// What an identity of Cl@ve PIN is granted.
        var upgrade: Grant?
        /// Replies to paths with this beginning are signed by another key.
        var forges = "nothing"
        var grants = true
        var deviceKey: [UInt8] = []
        var deviceSealingKey: [UInt8] = []
        /// The pipe of the link that has the stream open, and the stream's number.
        var stream: (pipe: Int32, number: UInt32)?
        var sequence: UInt64 = 0
        /// The resume point of each stream that was opened.
        var resumedAfter: [String] = []
        /// Paths that were posted to, in order.
        var posted: [String] = []
    }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    var posted: [String] { state.withLock { $0.posted } }
    var resumedAfter: [String] { state.withLock { $0.resumedAfter } }

    /// What a played link does: answers each request as this gateway would.
    func serve(_ pipe: borrowing FrameChannel) throws {
        let number = pipe.descriptor.number
        defer { set { if $0.stream?.pipe == number { $0.stream = nil } } }
        while true {
            let payload = try pipe.receive()
            try payload.withBytes { bytes in
                if let wanted = try LinkStreamOpen.decode(payload: bytes) {
                    try pipe.send(LinkStreamWanted(number: wanted.number))
                } else if let request = try LinkRequest.decode(payload: bytes) {
                    if request.opensStream { try open(request, pipe) } else { try pipe.send(answer(request)) }
                }
            }
        }
    }

    private func open(_ request: LinkRequest, _ pipe: borrowing FrameChannel) throws {
        let resume = request.headers.first { $0.name == "last-event-id" }?.value ?? "none"
        try pipe.send(
            LinkStreamState(number: request.number, isOpen: true, outcome: .answered, status: 200, detail: ""))
        set {
            $0.resumedAfter.append(resume)
            $0.stream = (pipe.descriptor.number, request.number)
        }
    }

    private func answer(_ request: LinkRequest) -> LinkResponse {
        set { $0.posted.append(request.target) }
        let body: [UInt8]
        switch request.target {
        case GatewayDescription.path:
            body =
                GatewayDescription(
                    name: "Fake", signingKey: signing.publicKey, sealingKey: sealing.publicKey, pins: ["sha256//AAAA"],
                    methods: ["sms"], ways: ["certificate", "letter"], time: UInt64(time(nil))
                ).bytes
        case ActivationStep.path(method: "sms", step: "finish"),
            Registration.path(plugin: Registration.plugin, step: "confirm"):
            body = grant(request.body).bytes
        case let path where path.hasPrefix(Registration.prefix):
            body = ActivationReply(session: session, body: [], grant: nil).bytes
        case Upgrade.path: body = state.withLock { $0.upgrade }?.bytes ?? Accepted().bytes
        default: body = Accepted().bytes
        }
        let isForged = state.withLock { request.target.hasPrefix($0.forges) }
        let nonce = Self.nonce(request)
        let sealed =
            isForged
            ? Envelope.signed(body, context: .reply, binding: nonce, status: 200, by: impostor)
            : Envelope.signed(body, context: .reply, binding: nonce, status: 200, by: signing)
        return LinkResponse(number: request.number, outcome: .answered, status: 200, body: sealed, detail: "")
    }

    private func grant(_ body: [UInt8]) -> ActivationReply {
        guard let step = ActivationStep.open(body, with: sealing), state.withLock({ $0.grants }) else {
            return ActivationReply(session: session, body: [], grant: nil)
        }
        set {
            $0.deviceKey = step.signingKey
            $0.deviceSealingKey = step.sealingKey
        }
        return ActivationReply(
            session: session, body: [],
            grant: Grant(name: "AINA PROVA MOSTRA", document: "12345678Z", level: 2, activatedAt: UInt64(time(nil))))
    }

    private static func nonce(_ request: LinkRequest) -> [UInt8] {
        let input = request.headers.first { $0.name == "signature-input" }?.value ?? ""
        guard let match = input.firstMatch(of: /nonce="([^"]*)"/) else { return [] }
        return bytes(base64URL: String(match.1), limit: 16) ?? []
    }

    // MARK: Pushing

    /// Pushes an event on the open stream; `again` repeats the last number.
    func push(_ event: Push.Event, again: Bool = false, forged: Bool = false) throws {
        let (push, keys, stream) = try state.withLock { state in
            if !again { state.sequence += 1 }
            guard let stream = state.stream else { throw HarnessError.notReady }
            return (Push(sequence: state.sequence, event: event), (state.deviceKey, state.deviceSealingKey), stream)
        }
        let sealed =
            forged
            ? push.sealed(signingKey: keys.0, sealingKey: keys.1, by: impostor)
            : push.sealed(signingKey: keys.0, sealingKey: keys.1, by: signing)
        let frame = LinkEvent(number: stream.number, sequence: push.sequence, data: sealed ?? []).frame()
        guard write(stream.pipe, frame, frame.count) == frame.count else { throw SystemError("write") }
    }

    /// A request that lives for so many seconds.
    static func details(_ name: UInt8 = 1, life: UInt64 = 300) -> RequestDetails {
        let now = UInt64(time(nil))
        return RequestDetails(
            identifier: [UInt8](repeating: name, count: 16), organisation: "Ajuntament de Mostra", procedure: "Padró",
            code: "ABC2", origin: "192.0.2.1", createdAt: now, expiresAt: now + life)
    }

    static func pin(_ text: String = "M3X") -> SecretBox {
        SecretBox(SecretBytes(copying: Array(text.utf8).span.bytes))
    }
}

/// What the other helpers play.
enum Played {
    /// A person who answers every question, and the questions that were asked.
    final class Person: @unchecked Sendable {
        private let heard = Mutex<[Question]>([])
        private let answers: Mutex<Answer.Outcome>
        var outcome: Answer.Outcome {
            get { answers.withLock(\.self) }
            set { answers.withLock { $0 = newValue } }
        }
        init(_ outcome: Answer.Outcome = .given) { answers = Mutex(outcome) }
        var questions: [Question] { heard.withLock { $0 } }

        func prompt(_ pipe: borrowing FrameChannel) throws {
            let payload = try pipe.receive()
            guard let question = try payload.withBytes({ try Question.decode(payload: $0) }) else { return }
            heard.withLock { $0.append(question) }
            let needsText =
                switch question.subject {
                case .unlock, .newPassphrase, .field, .tokenPIN, .securityKeyPIN: true
                case .touchKey: false
                case .showPIN, .approve, .useKey, .sign, .setPolicy, .vault, .serveSSH, .renounce, .lose, .claim:
                    question.terms.needsPassphrase
                }
            let text = Array((needsText ? "a test passphrase" : "").utf8)
            try pipe.send(secret: Answer(outcome: outcome, value: SecretBytes(copying: text.span.bytes)))
        }
    }

    /// A plugin that goes through one step and says that it succeeded.
    static func plugin(_ pipe: borrowing FrameChannel) throws {
        _ = try pipe.receive()
        try pipe.send(PluginLoaded(title: "Played", version: "1"))
        try pipe.send(secret: PluginExchange(step: "finish", body: SecretBytes(zeros: 1)))
        _ = try pipe.receive()
        try pipe.send(PluginDone(outcome: .succeeded))
    }
}
