import AgentProtocol
import Localization
import Posix
import Wire

/// `clave-requests`: lists Cl@ve Mòbil requests and PINs that wait, and approves or rejects requests.
public enum RequestsCommand {
    private static let definitions = [
        Options.Definition("i", "identity", takesValue: true), Options.Definition("w", "wait", takesValue: true),
        Options.Definition("a", "approve", takesValue: true), Options.Definition("r", "reject", takesValue: true),
        Options.Definition("n", "next"), Options.Definition("l", "link", takesValue: true),
        Options.Definition("q", "qr", takesPath: true),
    ]

    private static let help = """
        Usage: clave-requests [-i IDENTITY] [-w TIME]
               clave-requests -a REQUEST | -r REQUEST | -n [-w TIME]
               clave-requests -l LINK | -q IMAGE | LINK

        Lists what waits for you, and answers Cl@ve Mobile requests. To approve, the agent asks you once more:
        compare the verification code with the page's.

          -a, --approve REQUEST   approve: beginning of a request's identifier
          -r, --reject REQUEST    reject; the agent asks you once more
          -n, --next              wait for the next request, and approve it
          -l, --link LINK         take the request of a page's clave-agent: link, and approve it
          -q, --qr IMAGE          the same for an image of the page's QR (needs zbarimg, package zbar-tools)
          -i, --identity IDENTITY beginning of an identifier, or end of a document
          -w, --wait TIME         how long to wait for something to come (default: 0; with -n: 5m)
          -j, --json              print facts as JSON lines
          -h, --help              print this
          -V, --version           print the version
        """

    /// Runs the tool.
    public static func main(_ arguments: [String]) -> Int32 {
        let tool = ToolProgram(name: "clave-requests", help: help, definitions: definitions)
        return tool.run(arguments) { (options) throws(ToolProgram.Failure) in
            let actions = ["approve", "reject", "next", "link", "qr"].filter(options.has)
            guard actions.count + options.operands.count < 2 else { throw .usage("one thing at a time") }
            let connection = try tool.connect()
            if let link = try link(tool, options) { return try claim(tool, options, link, connection) }
            switch actions.first {
            case "approve": try answer(tool, options, options.value("approve") ?? "", true, connection)
            case "reject": try answer(tool, options, options.value("reject") ?? "", false, connection)
            case "next": try approveNext(tool, options, connection)
            default: try list(tool, options, connection)
            }
        }
    }

    private static func link(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) -> String? {
        if let image = options.value("qr") { return try QRImage.read(image, tool) }
        return options.value("link") ?? options.operands.first
    }

    private static func claim(
        _ tool: ToolProgram, _ options: Options, _ link: String, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        guard link.hasPrefix("clave-agent:"), link.utf8.count <= ProtocolLimits.url else {
            throw .usage("a link begins with clave-agent:")
        }
        let identity = try identity(tool, options, connection)
        let request = try tool.ask(connection, ClaimRequest(link: link, identity: identity))
        try approve(tool, options, request, connection)
    }

    private static func approveNext(
        _ tool: ToolProgram, _ options: Options, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        let identity = try identity(tool, options, connection)
        let wait = try PendingText.wait(options, default: 300)
        let deadline = TimeText.now + UInt64(wait)
        var hasTold = false
        while true {
            let left = UInt32(clamping: deadline > TimeText.now ? deadline - TimeText.now : 0)
            // The first look is short: only after it is there something to wait for.
            let request = PendingListRequest(identity: identity, wait: hasTold ? left : min(left, 1))
            let found = try tool.ask(connection, request).requests
            if let request = found.last(where: { $0.kind == .mobile }) {
                return try approve(tool, options, request, connection)
            }
            // Only a PIN waits, or nothing came: look again a little later, until the time is over.
            guard TimeText.now < deadline else { throw .agent(.refused(AgentError(.nothingCame))) }
            if hasTold {
                Pause.second()
            } else {
                tool.tell(tool.t("Waiting for a Cl@ve Mobile request (Ctrl-C to stop)."))
                hasTold = true
            }
        }
    }

    private static func answer(
        _ tool: ToolProgram, _ options: Options, _ text: String, _ approves: Bool,
        _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        let identity = try identity(tool, options, connection)
        let all = try tool.ask(connection, PendingListRequest(identity: identity, wait: 0)).requests
        let fitting = all.filter { $0.kind == .mobile && "\($0.identifier)".hasPrefix(text.lowercased()) }
        guard let request = fitting.first, !text.isEmpty else { throw .agent(.refused(AgentError(.noRequest))) }
        guard fitting.count == 1 else {
            throw .message(tool.t("Several requests fit {1}. Give more of the identifier.", text))
        }
        if approves { return try approve(tool, options, request, connection) }
        _ = try tool.ask(connection, AnswerRequest(request: request.identifier, approve: false))
        tool.tell(tool.t("Rejected."))
        tellJSON(tool, options, request, "rejected")
    }

    private static func approve(
        _ tool: ToolProgram, _ options: Options, _ request: PendingRequest, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        tool.tell(tool.t("{1}: {2}", DisplayText.line(request.organisation), DisplayText.line(request.procedure)))
        tool.tell(tool.t("Verification code: {1}", request.code))
        _ = try tool.ask(connection, AnswerRequest(request: request.identifier, approve: true))
        tool.tell(tool.t("Approved. The page moves on by itself."))
        tellJSON(tool, options, request, "approved")
    }

    private static func tellJSON(_ tool: ToolProgram, _ options: Options, _ request: PendingRequest, _ answer: String) {
        guard options.has("json") else { return }
        var json = JSONWriter()
        json.put("answer", answer)
        PendingText.put(request, into: &json)
        tool.say(secret: json.finish())
    }

    private static func list(
        _ tool: ToolProgram, _ options: Options, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        let wait = try PendingText.wait(options, default: 0)
        let request = PendingListRequest(identity: try identity(tool, options, connection), wait: wait)
        let found = try tool.ask(connection, request).requests
        if found.isEmpty, !options.has("json") { tool.tell(tool.t("Nothing waits for you.")) }
        for request in found {
            guard options.has("json") else {
                tool.say(PendingText.line(request, tool.t))
                continue
            }
            var json = JSONWriter()
            PendingText.put(request, into: &json)
            tool.say(secret: json.finish())
        }
    }

    private static func identity(
        _ tool: ToolProgram, _ options: Options, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) -> Identifier? {
        guard let text = options.value("identity") else { return nil }
        return try tool.identity(text, on: connection)
    }
}
