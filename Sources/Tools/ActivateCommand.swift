import AgentProtocol
import Localization
import Posix
import Wire

/// `clave-add`, without another action: activates an identity.
enum ActivateCommand {
    static func run(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let request = try request(tool, options)
        let connection = try tool.connect()
        var event = try tool.ask(connection, request)
        while true {
            switch event {
            case .progress(let line): tool.tell(tool.t(line))
            case .done(let identity):
                if options.has("json") { return tool.say(secret: IdentityText.json(identity)) }
                if identity.isLocal {
                    return tool.tell(
                        tool.t(
                            "{1} can sign now. This identity signs only: it is not registered at a gateway.",
                            IdentityText.who(identity)))
                }
                return tool.tell(
                    tool.t(
                        "Activated: {1}, {2}, at {3}.", IdentityText.who(identity),
                        IdentityText.level(identity.level, tool.t), DisplayText.line(identity.gatewayName)))
            }
            event = try tool.ask(connection, ContinueRequest())
        }
    }

    private static func request(
        _ tool: ToolProgram, _ options: Options
    ) throws(ToolProgram.Failure) -> ActivateRequest {
        let inputs = try ConversationInputs(tool, options)
        let isLocal = options.has("local")
        if isLocal, ["gateway", "gateway-ca"].contains(where: options.has) {
            throw .usage("--local means no gateway: leave out -g and --gateway-ca")
        }
        let personal = ["document", "validity", "issue", "support"]
        if isLocal, let given = inputs.fields.first(where: { personal.contains($0.name) }) {
            throw .usage("--local takes who you are from the certificate: leave out \(given.name)")
        }
        guard !isLocal || method(options) != "sms" else { throw .usage("--local takes a certificate, not -m sms") }
        return ActivateRequest(
            method: method(options), reference: try reference(options),
            gateway: isLocal ? "" : try inputs.gateway(tool, options),
            certificates: isLocal ? [] : try inputs.certificates(tool, options), fields: inputs.fields,
            lifetime: inputs.lifetime)
    }

    /// The method asked for; who names a certificate means that one.
    static func method(_ options: Options) -> String {
        let named = ["file", "certificate", "available", "local"].contains(where: options.has)
        return options.value("method") ?? (named ? "certificate" : "sms")
    }

    private static func reference(_ options: Options) throws(ToolProgram.Failure) -> String {
        if let given = ["file", "certificate"].first(where: options.has), method(options) == "sms" {
            throw .usage("--\(given) says nothing to -m sms")
        }
        return try ConversationInputs.reference(options)
    }
}
