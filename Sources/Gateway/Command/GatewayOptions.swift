import GatewayServices
import GatewayStore
import Glibc
import Posix

/// What `clave-gateway` was asked to do.
struct GatewayOptions {
    static let definitions = [
        Options.Definition("s", "state", takesPath: true), Options.Definition("l", "listen", takesValue: true),
        Options.Definition("p", "port", takesValue: true), Options.Definition("o", "origin", takesValue: true),
        Options.Definition(nil, "name", takesValue: true), Options.Definition(nil, "seed"),
        Options.Definition(nil, "no-sandbox-pages"), Options.Definition(nil, "sms", takesValue: true),
        Options.Definition(nil, "gammu-config", takesPath: true), Options.Definition(nil, "threads", takesValue: true),
        Options.Definition(nil, "attempts-per-address", takesValue: true),
        Options.Definition(nil, "attempts-per-document", takesValue: true),
        Options.Definition(nil, "connections-per-address", takesValue: true),
        Options.Definition(nil, "trusted-proxy", takesValue: true), Options.Definition(nil, "turn", takesValue: true),
        Options.Definition(nil, "turn-secret", takesPath: true),
        Options.Definition(nil, "letters", takesPath: true), Options.Definition(nil, "letters-max", takesValue: true),
        Options.Definition(nil, "call-hours", takesValue: true),
        Options.Definition(nil, "call-operators", takesValue: true), Options.Definition(nil, "stun", takesValue: true),
        Options.Definition(nil, "trust-store", takesPath: true),
        Options.Definition(nil, "revocation", takesValue: true), Options.Definition(nil, "crl", takesPath: true),
        Options.Definition(nil, "ocsp-responder", takesValue: true), Options.Definition(nil, "count", takesValue: true),
        Options.Definition(nil, "newcomers", takesValue: true),
        Options.Definition(nil, "document", takesValue: true), Options.Definition(nil, "full-name", takesValue: true),
        Options.Definition(nil, "level", takesValue: true), Options.Definition(nil, "validity", takesValue: true),
        Options.Definition(nil, "issue", takesValue: true), Options.Definition(nil, "support", takesValue: true),
        Options.Definition(nil, "phone", takesValue: true), Options.Definition(nil, "language", takesValue: true),
        Options.Definition(nil, "email", takesValue: true), Options.Definition(nil, "reason", takesValue: true),
        Options.Definition(nil, "since", takesValue: true), Options.Definition(nil, "act", takesValue: true),
        Options.Definition(nil, "verify"),
        Options.Definition("n", "last", takesValue: true), Options.Definition("j", "json"),
        Options.Definition("h", "help"), Options.Definition("V", "version"),
    ]

    let options: Options
    let command: [String]

    init(_ arguments: [String]) throws(Options.UsageError) {
        options = try Options(arguments, Self.definitions)
        command = options.operands
        if !options.has("help"), !options.has("version"), command.count > 2,
            let known = Self.own[command.prefix(2).joined(separator: " ")]
        {
            let hint = known.contains("document") ? "; a document goes with --document" : ""
            throw Options.UsageError("unexpected: \(command[2])\(hint)")
        }
        let fitting = Self.everywhere + (Self.own[command.joined(separator: " ")] ?? [])
        guard options.has("help") || options.has("version") || !Self.own.keys.contains(command.joined(separator: " "))
        else {
            for (name, _) in options.given where !fitting.contains(name) {
                throw Options.UsageError("--\(name) says nothing to \(command.joined(separator: " "))")
            }
            return
        }
    }

    private static let everywhere = ["state", "help", "version"]
    /// The options of each command.
    private static let own = [
        "serve": [
            "listen", "port", "origin", "name", "seed", "no-sandbox-pages", "sms", "gammu-config", "threads",
            "attempts-per-address", "attempts-per-document", "letters", "letters-max", "call-hours", "call-operators",
            "stun", "turn", "turn-secret", "trust-store", "revocation", "crl", "ocsp-responder",
            "connections-per-address", "trusted-proxy",
        ],
        "seed": ["count", "newcomers"],
        "citizen add": record + message, "citizen set": record + message, "citizen list": ["json"],
        "citizen show": ["document", "json"], "citizen renew": ["document"],
        "citizen remove": ["document", "reason"] + message,
        "operator add": ["document"], "operator remove": ["document"], "operator list": ["json"],
        "device list": ["document", "json"], "device deactivate": ["document"], "letter list": ["document", "json"],
        "letter void": ["document"], "letter send": ["document"], "appointment list": ["document", "json"],
        "appointment cancel": ["document"], "errand list": ["json"], "errand retry": [], "errand drop": [],
        "outbox": ["last", "json"],
        "mail": ["last", "json"], "audit": ["last", "json", "since", "act", "document", "verify"],
    ]
    private static let record = [
        "document", "full-name", "level", "validity", "issue", "support", "phone", "email", "language",
    ]
    /// How the person's text messages leave.
    private static let message = ["sms", "gammu-config"]

    /// The folder with keys and database.
    var state: String {
        if let given = options.value("state") { return given }
        return (PersonFolders.state ?? "/var/lib") + "/clave-gateway"
    }

    /// A number within bounds.
    func number(_ name: String, default fallback: Int, _ bounds: ClosedRange<Int>) throws(Options.UsageError) -> Int {
        guard let text = options.value(name) else { return fallback }
        guard let number = Int(text), bounds.contains(number) else {
            throw Options.UsageError("--\(name) takes a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }
}
