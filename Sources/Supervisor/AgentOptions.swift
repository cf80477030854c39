import AgentProtocol
import Posix

/// What `clave-agent` was asked to do.
struct AgentOptions: Equatable {
    enum Shell: Equatable { case bourne, csh }
    enum Mode: Equatable {
        /// Go into the background and print shell code.
        case background
        /// Stay in the foreground.
        case foreground
        /// Live as long as this command.
        case command([String])
        /// End the agent of the environment.
        case kill
        case help
        case version
    }

    var mode = Mode.background
    var shell = Shell.bourne
    var socket: String?
    var lifetime: UInt32?
    var debug = false
    /// Which PKCS#11 libraries may be loaded; nil for the usual ones.
    var allowedProviders: String?

    static let definitions = [
        Options.Definition("a", "address", takesValue: true), Options.Definition("c", "csh"),
        Options.Definition("D", "foreground"), Options.Definition("d", "debug"),
        Options.Definition("k", "kill"), Options.Definition("P", "providers", takesValue: true),
        Options.Definition("s", "sh"),
        Options.Definition("t", "lifetime", takesValue: true), Options.Definition("h", "help"),
        Options.Definition("V", "version"),
    ]

    /// Reads the command line.
    ///
    /// - Parameter loginShell: `$SHELL`, for the kind of code to print.
    init(_ arguments: [String], loginShell: String?) throws(Options.UsageError) {
        let options = try Options(arguments, Self.definitions, stopsAtOperand: true)
        if loginShell?.hasSuffix("csh") == true { shell = .csh }
        for (name, value) in options.given {
            switch name {
            case "address": socket = value
            case "csh": shell = .csh
            case "sh": shell = .bourne
            case "debug": debug = true
            case "lifetime":
                guard let seconds = Options.seconds(value) else {
                    throw Options.UsageError("-t takes a time such as 3600 or 1h30m")
                }
                lifetime = seconds
            case "providers":
                guard allowedProviders == nil else { throw Options.UsageError("-P is given twice") }
                guard value.utf8.count <= ProtocolLimits.path else { throw Options.UsageError("-P is too long") }
                allowedProviders = value
            default: break
            }
        }
        if options.has("foreground") || debug { mode = .foreground }
        if !options.operands.isEmpty { mode = .command(options.operands) }
        if options.has("kill") { mode = .kill }
        if options.has("help") { mode = .help }
        if options.has("version") { mode = .version }
        if options.has("kill"), !options.operands.isEmpty { throw Options.UsageError("-k takes no command") }
        if let socket, !socket.hasPrefix("/") { throw Options.UsageError("-a takes an absolute path") }
    }

    static let help = """
        Usage: clave-agent [-s | -c] [-D] [-d] [-a PATH] [-P PATTERNS] [-t TIME]
                            [COMMAND [ARGUMENT…]]
               clave-agent -k

        Holds your Cl@ve identities, and uses one only when you say yes to that one request.
        It speaks with clave-gateway services by an open protocol of its own, and never with
        the state's production service, which has no public interface.

          -s, --sh            print code for Bourne shells (the default, but for csh)
          -c, --csh           print code for C shells
          -D, --foreground    stay in the foreground
          -d, --debug         stay in the foreground and write a debug log to standard error
          -a, --address PATH  listen at this socket
          -P, --providers PATTERNS
                              PKCS#11 libraries that may be loaded (/usr/lib*/*,/usr/local/lib*/*)
          -t, --lifetime TIME forget keys after this time: 3600, 30m, 1h30m (default: never)
          -k, --kill          end the agent that CLAVE_AGENT_PID names
          -h, --help          print this
          -V, --version       print the version

        With a COMMAND, the agent lives as long as the command, which finds it by CLAVE_AUTH_SOCK.
        Start it in a shell with:  eval "$(clave-agent)"
        """
}
