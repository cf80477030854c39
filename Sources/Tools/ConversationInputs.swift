import AgentProtocol
import Localization
import Posix
import Wire

/// What a tool gives to a conversation of a plugin's with a gateway, by options that such tools share.
struct ConversationInputs {
    /// The options; `-f` gives any other field.
    static let definitions = [
        Options.Definition("g", "gateway", takesValue: true), Options.Definition(nil, "gateway-ca", takesPath: true),
        Options.Definition("f", "field", takesPath: true), Options.Definition(nil, "document", takesValue: true),
        Options.Definition(nil, "validity", takesValue: true), Options.Definition(nil, "issue", takesValue: true),
        Options.Definition(nil, "support", takesValue: true), Options.Definition(nil, "file", takesPath: true),
        Options.Definition(nil, "certificate", takesValue: true),
        Options.Definition("t", "lifetime", takesValue: true),
    ]

    /// What nobody gives beforehand: other programs could read it.
    private static let secrets = ["code", "letter-code", "pin", "password", "passphrase", "can"]

    var fields: [FieldValue]
    /// Seconds; 0 for the agent's default.
    let lifetime: UInt32

    /// - Parameter named: further fields that have an option of their own.
    init(_ tool: ToolProgram, _ options: Options, named: [String] = []) throws(ToolProgram.Failure) {
        var fields: [FieldValue] = []
        for name in ["document", "validity", "issue", "support"] + named {
            if let value = options.value(name) { fields.append(FieldValue(name: name, value: value)) }
        }
        for text in options.values("field") { fields.append(try Self.field(text)) }
        self.fields = fields
        guard let text = options.value("lifetime") else {
            lifetime = 0
            return
        }
        guard let seconds = Options.seconds(text) else { throw .usage("-t takes a time such as 3600 or 1h30m") }
        lifetime = seconds
    }

    /// The gateway's address.
    func gateway(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) -> String {
        guard let gateway = options.value("gateway") ?? environment("CLAVE_GATEWAY") else {
            throw .message(
                tool.t(
                    "No gateway is named. Give one with -g or CLAVE_GATEWAY: a clave-gateway service, such as the sandbox that 'clave-gateway serve --seed' starts. The state's production service has no public interface."
                ))
        }
        return gateway.hasSuffix("/") ? String(gateway.dropLast()) : gateway
    }

    /// The certificates that vouch for the gateway; none for the system's.
    func certificates(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) -> [UInt8] {
        guard let path = options.value("gateway-ca") ?? environment("CLAVE_GATEWAY_CA") else { return [] }
        do throws(SystemError) {
            return try Files.read(path, limit: ProtocolLimits.certificates)
        } catch {
            throw .message(error.description)
        }
    }

    /// The credential that `--file` or `--certificate` names; empty for none.
    static func reference(_ options: Options) throws(ToolProgram.Failure) -> String {
        let given = ["file", "certificate"].filter(options.has)
        guard given.count < 2 else { throw .usage("--file and --certificate contradict each other") }
        let reference = try options.value("file").map(fileReference) ?? options.value("certificate") ?? ""
        guard reference.utf8.count <= ProtocolLimits.reference else { throw .usage("--\(given[0]) is too long") }
        return reference
    }

    private static func fileReference(_ path: String) throws(ToolProgram.Failure) -> String {
        "file:" + (try absolute(path))
    }

    /// A path that another process, which has another folder, finds.
    private static func absolute(_ path: String) throws(ToolProgram.Failure) -> String {
        if Files.isAbsolute(path) { return path }
        guard let folder = Files.realPath(".") else { throw .message("\(SystemError("realpath"))") }
        return folder + "/" + path
    }

    private static func field(_ text: String) throws(ToolProgram.Failure) -> FieldValue {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { throw .usage("-f takes NAME=VALUE") }
        guard !secrets.contains(parts[0]) else {
            throw .usage("\(parts[0]) is a secret: other programs could read it here; it will be asked")
        }
        if ["file", "certificate-file"].contains(parts[0]) {
            return FieldValue(name: parts[0], value: try absolute(parts[1]))
        }
        guard let value = SystemText.words(parts[1]) else {
            throw .usage("-f takes text for \(parts[0]): UTF-8 without control characters")
        }
        return FieldValue(name: parts[0], value: value)
    }
}
