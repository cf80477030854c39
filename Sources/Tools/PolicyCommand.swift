import AgentProtocol
import Localization
import Posix
import SSHKeys
import SecureMemory
import SignedForms
import Wire

/// `clave-add --policy`, `--ssh`, `--remembered`, `--forget`: what an identity is used for, how the person is asked, and which
/// of their answers hold.
enum PolicyCommand {
    static func set(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let text = options.value("policy") ?? ""
        guard let (operation, policy) = parsed(text) else {
            throw .usage("--policy takes pin, approve or sign, '=', and ask, passphrase or remember:TIME (at most 24h)")
        }
        let connection = try tool.connect()
        var identity: Identifier?
        if let text = options.value("identity") { identity = try tool.identity(text, on: connection) }
        _ = try tool.ask(connection, SetPolicyRequest(identity: identity, operation: operation, policy: policy))
        tool.tell(tool.t("From now on: {1}", "\(operation)=\(Self.text(policy))"))
    }

    /// Prints the key's line, as ssh's files have it.
    static func setSSH(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        guard let text = options.value("ssh"), ["on", "off"].contains(text) else {
            throw .usage("--ssh takes on or off")
        }
        let connection = try tool.connect()
        var identity: Identifier?
        if let text = options.value("identity") { identity = try tool.identity(text, on: connection) }
        let reply = try tool.ask(connection, SSHRequest(identity: identity, isServed: text == "on"))
        guard text == "on" else { return tool.tell(tool.t("ssh sees this key no longer.")) }
        guard let key = try? PublicKey(blob: reply.publicKey) else { throw .agent(.broken(.closed)) }
        tool.say("\(key.algorithm.rawValue) \(base64(key.blob)) \(reply.comment)")
        tool.note(tool.t("ssh sees this key from now on. Each use is asked about."))
    }

    static func list(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        show(try tool.ask(connection, RememberedRequest()), tool, options)
    }

    static func forget(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let text = options.value("forget") ?? ""
        let number = UInt32(text)
        guard number != nil || text == "all" else { throw .usage("--forget takes a number of --remembered, or 'all'") }
        let connection = try tool.connect()
        let before = try tool.ask(connection, RememberedRequest()).answers
        guard number == nil || before.contains(where: { $0.number == number }) else {
            throw .message(tool.t("There is no such answer. See 'clave-add --remembered'."))
        }
        show(try tool.ask(connection, ForgetRequest(number)), tool, options)
    }

    private static func show(_ list: RememberedList, _ tool: ToolProgram, _ options: Options) {
        if list.answers.isEmpty, !options.has("json") { tool.tell(tool.t("No answer of yours is remembered.")) }
        for answer in list.answers {
            guard options.has("json") else {
                let left = TimeText.left(until: answer.expiresAt)
                let identity = "\(answer.identity)".prefix(8)
                tool.say("\(answer.number)  \(answer.operation)  \(identity)  \(left)  \(answer.executable)")
                continue
            }
            var json = JSONWriter()
            json.put("number", UInt64(answer.number))
            json.put("identity", "\(answer.identity)")
            json.put("operation", "\(answer.operation)")
            json.put("executable", answer.executable)
            json.put("expires", answer.expiresAt)
            tool.say(secret: json.finish())
        }
    }

    // MARK: Words

    /// `sign=remember:10m`
    private static func parsed(_ text: String) -> (IdentityOperation, ConfirmationPolicy)? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let operation = IdentityOperation(name: parts[0]) else { return nil }
        switch parts[1] {
        case "ask": return (operation, .ask)
        case "passphrase": return (operation, .passphrase)
        case let memory where memory.hasPrefix("remember:"):
            guard let seconds = Options.seconds(String(memory.dropFirst("remember:".count))),
                (1...ConfirmationPolicy.longestMemory).contains(seconds)
            else { return nil }
            return (operation, .remember(seconds: seconds))
        default: return nil
        }
    }

    /// As it is typed.
    static func text(_ policy: ConfirmationPolicy) -> String {
        switch policy {
        case .ask: "ask"
        case .passphrase: "passphrase"
        case .remember(let seconds): "remember:\(seconds)"
        }
    }

    /// All of an identity's, in a line.
    static func summary(_ policies: ConfirmationPolicies) -> String {
        IdentityOperation.allCases.map { "\($0)=\(text(policies[$0]))" }.joined(separator: ", ")
    }
}
