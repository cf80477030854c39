import Glibc
import Posix

/// What `clave-gateway` was asked to do.
struct GatewayOptions {
    static let definitions = [
        Options.Definition("s", "state", takesValue: true), Options.Definition("l", "listen", takesValue: true),
        Options.Definition("p", "port", takesValue: true), Options.Definition("o", "origin", takesValue: true),
        Options.Definition(nil, "name", takesValue: true), Options.Definition(nil, "seed"),
        Options.Definition(nil, "no-sandbox-pages"), Options.Definition(nil, "sms", takesValue: true),
        Options.Definition(nil, "gammu-config", takesValue: true), Options.Definition(nil, "threads", takesValue: true),
        Options.Definition(nil, "attempts-per-address", takesValue: true),
        Options.Definition(nil, "attempts-per-document", takesValue: true),
        Options.Definition(nil, "trust-store", takesValue: true),
        Options.Definition(nil, "revocation", takesValue: true), Options.Definition(nil, "crl", takesValue: true),
        Options.Definition(nil, "ocsp-responder", takesValue: true), Options.Definition(nil, "count", takesValue: true),
        Options.Definition(nil, "document", takesValue: true), Options.Definition(nil, "full-name", takesValue: true),
        Options.Definition(nil, "level", takesValue: true), Options.Definition(nil, "validity", takesValue: true),
        Options.Definition(nil, "issue", takesValue: true), Options.Definition(nil, "support", takesValue: true),
        Options.Definition(nil, "phone", takesValue: true), Options.Definition(nil, "language", takesValue: true),
        Options.Definition("n", "last", takesValue: true), Options.Definition("j", "json"),
        Options.Definition("h", "help"), Options.Definition("V", "version"),
    ]

    let options: Options
    let command: [String]

    init(_ arguments: [String]) throws(Options.UsageError) {
        options = try Options(arguments, Self.definitions)
        command = options.operands
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
            "attempts-per-address", "attempts-per-document", "trust-store", "revocation", "crl", "ocsp-responder",
        ],
        "seed": ["count"],
        "citizen add": [
            "document", "full-name", "level", "validity", "issue", "support", "phone", "language",
        ],
        "citizen list": ["json"], "operator add": ["document"], "operator remove": ["document"],
        "operator list": ["json"], "outbox": ["last", "json"], "audit": ["last", "json"],
    ]

    /// The folder with keys and database.
    var state: String {
        if let given = options.value("state") { return given }
        let home = environment("HOME") ?? "/"
        return (environment("XDG_STATE_HOME") ?? "\(home)/.local/state") + "/clave-gateway"
    }

    /// A number within bounds.
    func number(_ name: String, default fallback: Int, _ bounds: ClosedRange<Int>) throws(Options.UsageError) -> Int {
        guard let text = options.value(name) else { return fallback }
        guard let number = Int(text), bounds.contains(number) else {
            throw Options.UsageError("--\(name) takes a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    static let help = """
        Usage: clave-gateway serve [--seed] [OPTION…]
               clave-gateway seed | citizen add … | citizen list | operator … | outbox | audit [OPTION…]

        The other half of clave-agent: an identity service with Cl@ve's ways, on this machine, to develop and test
        with. It is not the state's service, does not speak with it, and knows only made-up people.

        Commands:
          serve          listen for browsers and agents (Ctrl-C to stop)
          seed           register the made-up test citizens; with --count N, N numbered ones beside them
          citizen add    register one: --document, --full-name 'GIVEN/SURNAME[/SECOND]', --level basic|advanced,
                         one of --validity, --issue, --support, --phone, [--language ca|es|gl|eu|en]
          citizen list   list them
          operator add|remove
                         make a person one of the desk's operators, or no longer one: --document
          operator list  list the operators
          outbox         print the newest text message [-n COUNT]
          audit          print the newest 50 lines of the audit [-n COUNT]

        Options:
          -s, --state DIR        keys and database (default: $XDG_STATE_HOME/clave-gateway)
          -l, --listen ADDRESS   IPv4 address to listen at (default: 127.0.0.1)
          -p, --port PORT        port; 0 for any (default: 8443)
          -o, --origin URL       as browsers and agents see it (default: https://localhost:PORT)
              --name NAME        what the gateway calls itself
              --seed             register the test citizens first
              --no-sandbox-pages hide the page with text messages
              --sms outbox|gammu how text messages leave (default: outbox, files in DIR/outbox)
              --gammu-config F   configuration for gammu-smsd-inject
              --threads COUNT    of the server (default: 16)
              --attempts-per-address COUNT
                                 attempts from one address in ten minutes (default: 100)
              --attempts-per-document COUNT
                                 attempts on one document in ten minutes (default: 10)
              --trust-store PATH PEM file or folder: authorities by whose certificates people may activate
                                 (default: DIR/trust, if it is there)
              --revocation require|soft-fail|off
                                 certificates of which nobody can say whether they are revoked: refuse them, take
                                 them, or don't ask (default: require)
              --crl PATH         file or folder with revocation lists, PEM or DER
              --ocsp-responder URL
                                 http:// of the responder to ask (default: the one that the certificate names)
          -n, --last COUNT       how many messages or lines to print
          -j, --json             print citizens, messages or audit as JSON lines
          -h, --help             print this
          -V, --version          print the version
        """
}
