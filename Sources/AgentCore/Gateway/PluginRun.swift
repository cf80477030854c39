import AgentProtocol
import EventLoop
import SecureMemory
import Wire

/// What a plugin's call needs of the agent: the helpers, of which its host is one, and a way to ask the person while the
/// agent is not locked.
@CoreActor
struct PluginHosts {
    let helpers: HelperDirectory
    let prompts: PromptDesk
    let shield: Shield
}

/// One call of one plugin, in a process of its own: what it asks is answered, and what it leaves behind is collected.
///
/// The plugin is a guest: it sees the person only through questions and the gateway only through exchanges.
@CoreActor
final class PluginRun {
    /// Milliseconds that a plugin may be silent while nobody else is at work.
    private static let silence: UInt64 = 60_000
    /// Lines of a plugin's, and words of any kind, that may wait for the core: more lines are dropped, more words end it.
    private static let maximumHeardLines = 128
    private static let maximumHeard = 256

    /// What is said to the host first: the call.
    enum Call: Sendable {
        case activate(PluginActivate)
        case list(PluginList)
        case sign(PluginSign)

        fileprivate var plugin: String {
            switch self {
            case .activate(let call): call.plugin
            case .list(let call): call.plugin
            case .sign(let call): call.plugin
            }
        }
    }

    /// What a call left behind.
    struct Yield: Sendable {
        var credentials: [Credential] = []
        var found: [CredentialInfo] = []
        /// One behind the other.
        var signatures: [UInt8] = []
        /// From what a registration goes on another day.
        var pending: PluginPending?
    }

    enum Heard: Sendable {
        case loaded(PluginLoaded)
        case ask(FieldDescription)
        case exchange(String, SecretBox)
        case line(PluginLine)
        case found(CredentialInfo)
        case credential(Credential)
        case signed([UInt8])
        case pending(PluginPending)
        case done(PluginDone)
        case ended(HelperEnded)
        case malformed
        case flood
        case silent
        /// Nothing for a moment, which is no fault.
        case quiet
        case cancelled
    }

    /// One round with a gateway: the step's name, and its body.
    typealias Exchange = @CoreActor (String, SecretBox) async -> PluginExchangeReply

    let client: ClientConnection
    let hosts: PluginHosts
    let heard = Mailbox<Heard>()
    var prefilled: [String: String]
    private var plugin = ""
    private(set) var title = ""
    /// What was heard while it was waited for whether a secret is right.
    var heardEarly: Heard?
    private var yield = Yield()
    private var exchange: Exchange?
    private let onLine: (@CoreActor (PluginLine) -> Void)?
    private let mayWait: Bool
    /// The last line for the person.
    private(set) var lastWords = ""

    /// - Parameters:
    ///   - fields: answers that the tool brought, each for the first asking; never secrets.
    ///   - mayWait: whether it may go on another day.
    ///   - onLine: hears each line that the plugin says.
    init(
        for client: ClientConnection, _ hosts: PluginHosts, fields: [FieldValue] = [], mayWait: Bool = false,
        onLine: (@CoreActor (PluginLine) -> Void)? = nil
    ) {
        self.mayWait = mayWait
        self.onLine = onLine
        self.client = client
        self.hosts = hosts
        prefilled = Dictionary(fields.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Runs a call to its end. A cancelled task ends it: the person has gone.
    ///
    /// - Parameter exchange: has a gateway answer; without it, each round is refused.
    /// - Throws: `.denied`, `.gatewayRefused`, `.gatewayUnreachable`, `.pluginFailed`, `.noPlugin`, `.pluginRefused`,
    ///   `.unusableCredential`, and what a question can come to.
    func run(_ call: Call, exchange: Exchange? = nil) async throws(AgentError) -> Yield {
        self.exchange = exchange
        let helper = try await hosts.helpers.start(
            .pluginHost,
            onPayload: { [heard] payload in Self.hear(payload, heard) },
            onEnd: { [heard] ended in heard.put(.ended(ended)) })
        defer { hosts.helpers.stop(helper) }
        guard !Task.isCancelled else { throw AgentError(.denied, "the asking program went away") }
        plugin = call.plugin
        switch call {
        case .activate(let call): helper.send(call)
        case .list(let call): helper.send(call)
        case .sign(let call): helper.send(call)
        }
        while true {
            let word = await next()
            if case .done(let done) = word { return try finish(done, call) }
            try await follow(word, helper, call)
        }
    }

    private func next() async -> Heard {
        if let early = heardEarly.take() { return early }
        return await heard.take(milliseconds: Self.silence, ifLate: .silent, ifCancelled: .cancelled)
    }

    private func follow(_ word: Heard, _ helper: Helper, _ call: Call) async throws(AgentError) {
        switch word {
        case .loaded(let loaded): title = loaded.title
        case .ask(let field): try await ask(field, helper)
        case .exchange(let step, let body): await exchange(step, body, helper)
        case .line(let line): tell(line)
        case .found(let credential):
            if yield.found.count < ProtocolLimits.credentials { yield.found.append(credential) }
        case .credential(let credential):
            yield.credentials.removeAll { $0.use == credential.use }
            yield.credentials.append(credential)
        case .signed(let signatures): yield.signatures = signatures
        case .pending(let pending): yield.pending = pending
        case .done, .quiet: break
        case .ended(let ended): throw AgentError(.pluginFailed, Self.words(for: ended))
        case .malformed: throw AgentError(.pluginFailed, "its host's word is not understood")
        case .flood: throw AgentError(.pluginFailed, "it sends faster than it waits for answers")
        case .silent: throw AgentError(.pluginFailed, "it hung: nothing came from it for 60 seconds")
        case .cancelled: throw AgentError(.denied, "the asking program went away")
        }
    }

    /// One round with the gateway.
    func exchange(_ step: String, _ body: SecretBox, _ helper: Helper) async {
        helper.send(await exchange?(step, body) ?? PluginExchangeReply(status: 2, body: []))
    }

    /// A line for the person, or for the debug log.
    func tell(_ line: PluginLine) {
        // What it tells the person may name them.
        if line.isProgress { lastWords = line.text } else { DebugLog.write("plugin \(plugin): \(line.text)") }
        onLine?(line)
    }

    private func finish(_ done: PluginDone, _ call: Call) throws(AgentError) -> Yield {
        switch done.outcome {
        case .succeeded: return yield
        case .pending where mayWait && yield.pending != nil: return yield
        case .pending: throw AgentError(.pluginFailed, "it wants to go on another day")
        case .cancelled: throw AgentError(.denied, done.detail)
        case .refused where exchange != nil: throw AgentError(.gatewayRefused, done.detail)
        case .unavailable where exchange != nil: throw AgentError(.gatewayUnreachable, done.detail)
        case .refused, .unavailable: throw AgentError(.unusableCredential, lastWords)
        case .failed, .broken: throw AgentError(.pluginFailed, done.detail)
        case .notFound: throw AgentError(.noPlugin, call.plugin)
        case .notAllowed: throw AgentError(.pluginRefused, done.detail)
        case .unusable: throw AgentError(.unusableCredential, lastWords)
        }
    }

    // MARK: Hearing

    private static func hear(_ payload: RawSpan, _ heard: Mailbox<Heard>) {
        let word = decode(payload)
        switch (word, heard.count) {
        case (.line, maximumHeardLines...), (_, (maximumHeard + 1)...): return
        case (_, maximumHeard): heard.put(.flood)
        default: heard.put(word)
        }
    }

    private static func decode(_ payload: RawSpan) -> Heard {
        do throws(WireError) {
            if let loaded = try PluginLoaded.decode(payload: payload) { return .loaded(loaded) }
            if let ask = try PluginAsk.decode(payload: payload) { return .ask(ask.field) }
            if let line = try PluginLine.decode(payload: payload) { return .line(line) }
            if let exchange = try PluginExchange.decode(payload: payload) {
                return .exchange(exchange.step, SecretBox(exchange.body.copy()))
            }
            if let found = try PluginFound.decode(payload: payload) { return .found(found.credential) }
            if let left = try PluginCredential.decode(payload: payload) { return .credential(try Credential(left)) }
            if let signed = try PluginSigned.decode(payload: payload) { return .signed(signed.signatures) }
            if let pending = try PluginPending.decode(payload: payload) { return .pending(pending) }
            if let done = try PluginDone.decode(payload: payload) { return .done(done) }
            return .malformed
        } catch {
            return .malformed
        }
    }

    private static func words(for ended: HelperEnded) -> String {
        guard ended.exitCode > 128 else { return "it ended with \(ended.exitCode) before it was done" }
        return "it crashed with signal \(ended.exitCode - 128)"
    }
}
