import AgentProtocol
import Glibc
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-register`: guides a person who is not in Cl@ve yet.
public enum RegisterCommand {
    static let ways = ["certificate", "dnie", "call", "letter"]

    private static let definitions =
        ConversationInputs.definitions + [
            Options.Definition(nil, "phone", takesValue: true), Options.Definition(nil, "email", takesValue: true),
            Options.Definition(nil, "activate", takesValue: true), Options.Definition(nil, "have-code"),
            Options.Definition(nil, "change-contact"), Options.Definition(nil, "no-browser"),
            Options.Definition(nil, "no-wait"),
            Options.Definition("s", "status"), Options.Definition("r", "resume"),
            Options.Definition("i", "registration", takesValue: true),
            Options.Definition(nil, "forget", takesValue: true),
        ]

    private static let help = """
        Usage: clave-register [certificate|dnie|call|letter] -g URL [--gateway-ca FILE] [OPTION…]
               clave-register --resume [-i REGISTRATION]
               clave-register --status | --forget REGISTRATION

        Registers a person who is not in Cl@ve yet at a gateway, and activates this computer for them if they want it.
        The gateway is a clave-gateway service; the state's production service has no public interface, and is never
        contacted. Each way can be left and gone on with another day.

          certificate   prove who you are by a certificate: at once, at the advanced level; also raises the level of who
                        is registered already
          dnie          the same by a DNIe in a reader
          call          a video call in a browser with an operator, at once or by appointment: the basic level, and the
                        advanced one if a second operator confirms it
          letter        a code by letter to your fiscal address, in some days: the basic level

          -g, --gateway URL       the gateway, https://host:port (default: $CLAVE_GATEWAY)
              --gateway-ca FILE   certificates in PEM that vouch for it (default: $CLAVE_GATEWAY_CA, or the system's)
              --document TEXT     DNI or NIE; what is not given here is asked
              --validity DATE     validity date of the DNI, day-month-year
              --issue DATE        issue date of a permanent DNI
              --support TEXT      support number of a NIE
              --phone NUMBER      mobile phone
              --email ADDRESS     e-mail address
              --activate yes|no   whether to activate this computer as soon as you are registered
              --change-contact    with certificate or dnie: you are registered, and phone or e-mail are other ones now
              --no-browser        with call: do not open the call's page, only print its address
              --no-wait           with call: do not wait for what comes of it; --resume does
              --have-code         with letter: the letter is there, and was asked for on another computer
              --file FILE         with certificate: import it and its key from this file, PKCS#12 or PEM
              --certificate URI   with certificate: use an installed one, by the address that clave-add lists
          -f, --field NAME=VALUE  any other field; never a secret
          -t, --lifetime TIME     forget the identity's keys after this time: 3600, 30m, 1h30m
          -s, --status            list what is begun
          -r, --resume            go on with it
          -i, --registration NAME which: beginning of its identifier
              --forget NAME       forget it
          -j, --json              print facts as JSON lines
          -h, --help              print this
          -V, --version           print the version
        """

    /// Runs the tool.
    public static func main(_ arguments: [String]) -> Int32 {
        let tool = ToolProgram(name: "clave-register", help: help, definitions: definitions)
        return tool.run(arguments) { (options) throws(ToolProgram.Failure) in
            let actions = ["status", "resume", "forget"].filter(options.has)
            guard actions.count < 2 else { throw .usage("one thing at a time: \(actions.joined(separator: ", "))") }
            guard options.operands.count < 2 else { throw .usage("unexpected: \(options.operands[1])") }
            guard options.has("resume") || !options.has("registration") else { throw .usage("-i goes with --resume") }
            if let action = actions.first, let way = options.operands.first {
                throw .usage("--\(action) takes no way: \(way)")
            }
            switch actions.first {
            case "status": try status(tool, options)
            case "forget": try forget(tool, options)
            case "resume": try resume(tool, options)
            default: try begin(tool, options)
            }
        }
    }

    // MARK: Going the way

    private static func begin(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let way: String
        if let given = options.operands.first { way = given } else { way = try WayChooser(tool).choose() }
        guard ways.contains(way) else { throw .usage("no way is called \(way): \(ways.joined(separator: ", "))") }
        guard way == "letter" || !options.has("have-code") else { throw .usage("--have-code goes with letter") }
        guard ["certificate", "dnie"].contains(way) || !options.has("change-contact") else {
            throw .usage("--change-contact goes with certificate or dnie")
        }
        for name in ["no-browser", "no-wait"] where way != "call" && options.has(name) {
            throw .usage("--\(name) goes with call")
        }
        let reference = try ConversationInputs.reference(options)
        guard way == "certificate" || reference.isEmpty || (way == "dnie" && options.has("certificate")) else {
            throw .usage("a certificate says nothing to \(way)")
        }
        let inputs = try inputs(tool, options)
        let request = RegisterRequest(
            way: options.has("have-code") ? "letter-code" : way, reference: reference,
            gateway: try inputs.gateway(tool, options), certificates: try inputs.certificates(tool, options),
            fields: inputs.fields, lifetime: inputs.lifetime)
        try follow(tool, options, try tool.connect(), request, inputs)
    }

    private static func resume(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let found = try one(tool, options.value("registration"), connection)
        let inputs = try inputs(tool, options)
        let request = RegisterRequest(resuming: found.identifier, fields: inputs.fields, lifetime: inputs.lifetime)
        try follow(tool, options, connection, request, inputs)
    }

    private static func inputs(
        _ tool: ToolProgram, _ options: Options
    ) throws(ToolProgram.Failure) -> ConversationInputs {
        var inputs = try ConversationInputs(tool, options, named: ["phone", "email"])
        if let word = options.value("activate") {
            guard let place = ["yes": "#1", "no": "#2"][word] else { throw .usage("--activate takes yes or no") }
            inputs.fields.append(FieldValue(name: "activate", value: place))
        }
        inputs.fields.append(
            FieldValue(name: "change-contact", value: options.has("change-contact") ? "#1" : "#2"))
        return inputs
    }

    /// Goes the way as far as it goes today; a call that is soon is waited for.
    private static func follow(
        _ tool: ToolProgram, _ options: Options, _ connection: borrowing AgentConnection, _ request: RegisterRequest,
        _ inputs: ConversationInputs
    ) throws(ToolProgram.Failure) {
        var (request, page) = (request, CallPage(tool, opens: !options.has("no-browser")))
        defer { page.close() }
        while true {
            let result = try hear(tool, connection, request)
            guard case .waiting(let info) = result, !info.page.isEmpty else { return tell(result, tool, options) }
            if options.has("json") { tool.say(secret: RegistrationText.json(result)) }
            page.show(info)
            guard !options.has("no-wait"), CallPage.isSoon(info) else {
                return options.has("json") ? () : tell(result, tool, options)
            }
            request = RegisterRequest(resuming: info.identifier, fields: inputs.fields, lifetime: inputs.lifetime)
        }
    }

    private static func hear(
        _ tool: ToolProgram, _ connection: borrowing AgentConnection, _ request: RegisterRequest
    ) throws(ToolProgram.Failure) -> RegistrationResult {
        var event = try tool.ask(connection, request)
        while true {
            switch event {
            case .progress(let line): tool.tell(line)
            case .done(let result): return result
            }
            event = try tool.ask(connection, RegistrationContinueRequest())
        }
    }

    private static func tell(_ result: RegistrationResult, _ tool: ToolProgram, _ options: Options) {
        let t = tool.t
        if options.has("json") { return tool.say(secret: RegistrationText.json(result)) }
        switch result {
        case .waiting(let info):
            tool.tell(RegistrationText.next(info, t))
            tool.tell(t("Go on with 'clave-register --resume'. What is begun, 'clave-register --status' tells."))
        case .registered: tool.tell(t("To activate this computer, run clave-add."))
        case .activated(let identity):
            tool.tell(
                t(
                    "Activated: {1}, {2}, at {3}.", IdentityText.who(identity),
                    IdentityText.level(identity.level, t), DisplayText.line(identity.gatewayName)))
        }
    }

    // MARK: What is begun

    private static func status(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let all = try tool.ask(connection, RegistrationsRequest()).registrations
        if all.isEmpty, !options.has("json") { tool.tell(tool.t("No registration is begun.")) }
        for info in all {
            if options.has("json") {
                tool.say(secret: RegistrationText.json(info))
            } else {
                tool.say(RegistrationText.text(info, tool.t))
            }
        }
    }

    private static func forget(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let found = try one(tool, options.value("forget"), connection)
        _ = try tool.ask(connection, ForgetRegistrationRequest(found.identifier))
        tool.tell(tool.t("Forgotten."))
    }

    /// The registration that a person names, or the only one.
    private static func one(
        _ tool: ToolProgram, _ name: String?, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) -> RegistrationInfo {
        guard name != "" else { throw .usage("a registration has a name") }
        let all = try tool.ask(connection, RegistrationsRequest()).registrations
        let fitting = all.filter { "\($0.identifier)".hasPrefix((name ?? "").lowercased()) }
        guard let found = fitting.first else {
            throw .message(tool.t("No such registration is begun. See 'clave-register --status'."))
        }
        guard fitting.count == 1 else {
            throw .message(tool.t("Several registrations are begun. Name one with -i: see 'clave-register --status'."))
        }
        return found
    }
}
