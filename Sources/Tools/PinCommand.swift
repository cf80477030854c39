import AgentProtocol
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-pin`: waits for a Cl@ve PIN and prints it, once the person has confirmed.
public enum PinCommand {
    private static let definitions = [
        Options.Definition("i", "identity", takesValue: true), Options.Definition("w", "wait", takesValue: true),
    ]

    private static let help = """
        Usage: clave-pin [-i IDENTITY] [-w TIME] [WORD…]

        Prints the Cl@ve PIN of a procedure, after asking you to confirm. Type it by hand in the procedure's page.

          WORD…                   part of the procedure's or organisation's name, or the page's reference
          -i, --identity IDENTITY beginning of an identifier, or end of a document (see clave-add -l)
          -w, --wait TIME         how long to wait for a PIN (default: 2m; 0: only look)
          -j, --json              print the PIN and what it is for as JSON
          -h, --help              print this
          -V, --version           print the version
        """

    /// Runs the tool.
    public static func main(_ arguments: [String]) -> Int32 {
        let tool = ToolProgram(name: "clave-pin", help: help, definitions: definitions)
        return tool.run(arguments) { (options) throws(ToolProgram.Failure) in
            let wait = try PendingText.wait(options, default: 120)
            guard let filter = SystemText.words(options.operands.joined(separator: " ")) else {
                throw .usage("a word is text: UTF-8 without control characters")
            }
            // A PIN is given once.
            try tool.checkOutput()
            let connection = try tool.connect()
            var identity: Identifier?
            if let text = options.value("identity") { identity = try tool.identity(text, on: connection) }
            let reply = try waitFor(PINRequest(identity: identity, filter: filter, wait: wait), tool, connection)
            guard let pin = reply.pin.take() else { throw .agent(.broken(.closed)) }
            options.has("json") ? printJSON(tool, pin, reply.details) : printText(tool, pin, reply.details)
            if let failure = StandardOutput.takeFailure() { throw giveBack(reply.details, failure, tool, connection) }
        }
    }

    /// Takes a PIN that is there, or says that it waits for one: only once that is so.
    private static func waitFor(
        _ request: PINRequest, _ tool: ToolProgram, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) -> PINReply {
        let now = PINRequest(identity: request.identity, filter: request.filter, wait: 0)
        do throws(ToolProgram.Failure) { return try tool.ask(connection, now) } catch {
            guard request.wait > 0, case .agent(.refused(let refusal)) = error, refusal.code == .nothingCame else {
                throw error
            }
        }
        tool.tell(tool.t("Waiting for a Cl@ve PIN (Ctrl-C to stop)."))
        return try tool.ask(connection, request)
    }

    /// Has the PIN wait again that could not be printed.
    ///
    /// - Returns: what the person is told.
    private static func giveBack(
        _ details: PendingRequest, _ failure: SystemError, _ tool: ToolProgram, _ connection: borrowing AgentConnection
    ) -> ToolProgram.Failure {
        do throws(ToolProgram.Failure) {
            _ = try tool.ask(connection, ReturnPINRequest(details.identifier))
            return .message(tool.t("The PIN could not be printed, and waits again: {1}", "\(failure)"))
        } catch {
            return .message(tool.t("The PIN could not be printed, and is lost: {1}", "\(failure)"))
        }
    }

    private static func printText(_ tool: ToolProgram, _ pin: borrowing SecretBytes, _ details: PendingRequest) {
        tool.note(tool.t("{1}: {2}", DisplayText.line(details.organisation), DisplayText.line(details.procedure)))
        tool.note(tool.t("Reference in the page: {1}", details.code))
        tool.note(
            tool.t(
                "Valid until {1} ({2} left). Type it by hand in the page; give it to nobody.",
                TimeText.clock(details.expiresAt), TimeText.left(until: details.expiresAt)))
        var line = SecretWriter()
        pin.withBytes { line.append($0) }
        let feed: [UInt8] = [10]
        line.append(unsafe feed.span.bytes)
        tool.say(secret: line.finish())
    }

    private static func printJSON(_ tool: ToolProgram, _ pin: borrowing SecretBytes, _ details: PendingRequest) {
        var json = JSONWriter()
        json.put("pin", secret: pin)
        PendingText.put(details, into: &json)
        tool.say(secret: json.finish())
    }
}
