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
                return tool.tell(
                    tool.t(
                        "Activated: {1} ({2}), {3}, at {4}.", identity.name, identity.document,
                        IdentityText.level(identity.level, tool.t), identity.gatewayName))
            }
            event = try tool.ask(connection, ContinueRequest())
        }
    }

    private static func request(
        _ tool: ToolProgram, _ options: Options
    ) throws(ToolProgram.Failure) -> ActivateRequest {
        guard let gateway = options.value("gateway") ?? environment("CLAVE_GATEWAY") else {
            throw .message(
                tool.t(
                    "No gateway is named. Give one with -g or CLAVE_GATEWAY: a clave-gateway service, such as the sandbox that 'clave-gateway serve --seed' starts. The state's production service has no public interface."
                ))
        }
        let reference = try reference(options)
        var fields: [FieldValue] = []
        for name in ["document", "validity", "issue", "support"] {
            if let value = options.value(name) { fields.append(FieldValue(name: name, value: value)) }
        }
        for text in options.values("field") { fields.append(try field(text)) }
        var lifetime: UInt32 = 0
        if let text = options.value("lifetime") {
            guard let seconds = Options.seconds(text) else { throw .usage("-t takes a time such as 3600 or 1h30m") }
            lifetime = seconds
        }
        let address = gateway.hasSuffix("/") ? String(gateway.dropLast()) : gateway
        return ActivateRequest(
            method: method(options), reference: reference, gateway: address,
            certificates: try certificates(tool, options), fields: fields, lifetime: lifetime)
    }

    /// The method asked for; who names a certificate means that one.
    static func method(_ options: Options) -> String {
        let named = ["file", "certificate", "available"].contains(where: options.has)
        return options.value("method") ?? (named ? "certificate" : "sms")
    }

    private static func reference(_ options: Options) throws(ToolProgram.Failure) -> String {
        let given = ["file", "certificate"].filter(options.has)
        guard given.count < 2 else { throw .usage("--file and --certificate contradict each other") }
        guard given.isEmpty || method(options) != "sms" else { throw .usage("--\(given[0]) says nothing to -m sms") }
        let reference = try options.value("file").map(fileReference) ?? options.value("certificate") ?? ""
        guard reference.utf8.count <= ProtocolLimits.reference else { throw .usage("--\(given[0]) is too long") }
        return reference
    }

    private static func fileReference(_ path: String) throws(ToolProgram.Failure) -> String {
        "file:" + (try absolute(path))
    }

    /// A path that another process, which has another folder, finds.
    private static func absolute(_ path: String) throws(ToolProgram.Failure) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = Files.realPath(".") else { throw .message("\(SystemError("realpath"))") }
        return folder + "/" + path
    }

    private static func field(_ text: String) throws(ToolProgram.Failure) -> FieldValue {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { throw .usage("-f takes NAME=VALUE") }
        guard !["code", "pin", "password", "passphrase", "can"].contains(parts[0]) else {
            throw .usage("\(parts[0]) is a secret: other programs could read it here; it will be asked")
        }
        let isPath = ["file", "certificate-file"].contains(parts[0])
        return FieldValue(name: parts[0], value: isPath ? try absolute(parts[1]) : parts[1])
    }

    private static func certificates(
        _ tool: ToolProgram, _ options: Options
    ) throws(ToolProgram.Failure) -> [UInt8] {
        guard let path = options.value("gateway-ca") ?? environment("CLAVE_GATEWAY_CA") else { return [] }
        do throws(SystemError) {
            return try Files.read(path, limit: ProtocolLimits.certificates)
        } catch {
            throw .message(error.description)
        }
    }
}
