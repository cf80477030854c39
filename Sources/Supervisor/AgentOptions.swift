import AgentProtocol
import Posix

/// What `clave-agent` was asked to do.
struct AgentOptions: Equatable {
    enum Shell: Equatable { case bourne, csh, fish }
    enum Mode: Equatable {
        /// Go into the background and print shell code.
        case background
        /// Stay in the foreground.
        case foreground
        /// Live as long as this command.
        case command([String])
        /// End the agent of the environment.
        case kill
        /// Remove the sockets of ssh agents that are no more, whichever host they are of or only of this one.
        case clean(everywhere: Bool)
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
    /// Whether OpenSSH's variables are set too.
    var ssh = false
    /// Whether the socket is put into a fresh folder below `$TMPDIR`.
    var isTemporary = false
    /// Whether another agent is started where one runs already.
    var isNew = false
    /// Whether it was asked for what an agent that runs already may not do.
    var asksMoreThanFinding: Bool {
        lifetime != nil || allowedProviders != nil || allowsRemoteProviders || websafe != nil
    }
    /// Whether the sockets of ssh agents that are no more stay where they are.
    var keepsStale = false
    /// Whether a forwarded connection may have libraries loaded.
    var allowsRemoteProviders = false
    /// FIDO keys that sign what may be for a web site; nil for the usual ones.
    var websafe: String?
    private var isWebsafeRestricted = true
    /// By which digest questions name keys.
    var fingerprintHash = "sha256"
    /// The name that it was called by.
    var guise = Guise.clave
    /// The terminal on which it was started; nil for none.
    var startTerminal: TerminalIdentity?

    static let definitions = [
        Options.Definition("a", "address", takesPath: true), Options.Definition("c", "csh"),
        Options.Definition("D", "foreground"), Options.Definition("d", "debug"),
        Options.Definition("E", "fingerprint-hash", takesValue: true), Options.Definition("f", "fish"),
        Options.Definition("k", "kill"), Options.Definition(nil, "new"),
        Options.Definition("O", "option", takesValue: true), Options.Definition("P", "providers", takesPath: true),
        Options.Definition("s", "sh"), Options.Definition(nil, "ssh"),
        Options.Definition("T", "temporary"), Options.Definition("t", "lifetime", takesValue: true),
        Options.Definition("U", "keep-stale"), Options.Definition("u", "clean"),
        Options.Definition("h", "help"), Options.Definition("V", "version"),
    ]

    /// Reads the command line.
    ///
    /// - Parameters:
    ///   - loginShell: `$SHELL`, for the kind of code to print.
    ///   - guise: the name that the program was called by.
    init(_ arguments: [String], loginShell: String?, guise: Guise = .clave) throws(Options.UsageError) {
        let options = try Options(arguments, Self.definitions, stopsAtOperand: true)
        self.guise = guise
        shell = Self.shell(of: loginShell, guise)
        for (name, value) in options.given { try take(name, value) }
        if options.has("foreground") || debug { mode = .foreground }
        if !options.operands.isEmpty { mode = .command(options.operands) }
        let cleanings = options.given.count { $0.name == "clean" }
        if cleanings > 0 { mode = .clean(everywhere: cleanings > 1) }
        if options.has("kill") { mode = .kill }
        if options.has("help") { mode = .help }
        if options.has("version") { mode = .version }
        if !isWebsafeRestricted { websafe = "*" }
        try Self.checkTogether(options, guise)
    }

    private mutating func take(_ name: String, _ value: String) throws(Options.UsageError) {
        switch name {
        case "address":
            guard !value.isEmpty else { throw Options.UsageError("-a takes a path") }
            socket = value
        case "csh": shell = .csh
        case "sh": shell = .bourne
        case "fish": shell = .fish
        case "new": isNew = true
        case "ssh": ssh = true
        case "debug": debug = true
        case "temporary": isTemporary = true
        case "keep-stale": keepsStale = true
        case "lifetime":
            // Nought is for ever, whatever the configuration file says.
            guard let seconds = value == "0" ? 0 : Options.seconds(value) else {
                throw Options.UsageError(
                    guise == .ssh ? "Invalid lifetime" : "-t takes a time such as 3600 or 1h30m")
            }
            lifetime = seconds
        case "providers":
            guard allowedProviders == nil else {
                throw Options.UsageError("-P option already specified", .refusedValue)
            }
            guard value.utf8.count <= ProtocolLimits.path else { throw Options.UsageError("-P is too long") }
            allowedProviders = value
        case "fingerprint-hash":
            fingerprintHash = value.lowercased()
            guard Self.fingerprintHashes.contains(fingerprintHash) else {
                throw Options.UsageError("Invalid hash algorithm \"\(value)\"", .refusedValue)
            }
        case "option": try takeOption(value)
        default: break
        }
    }

    /// By which digests OpenSSH's tools name keys.
    private static let fingerprintHashes = ["md5", "sha1", "sha256", "sha384", "sha512"]
    private static let websafePrefix = "websafe-allow="

    /// What OpenSSH's agent takes with `-O`.
    private mutating func takeOption(_ value: String) throws(Options.UsageError) {
        switch value {
        case "no-restrict-websafe": isWebsafeRestricted = false
        case "allow-remote-pkcs11": allowsRemoteProviders = true
        case _ where value.hasPrefix(Self.websafePrefix):
            guard websafe == nil else { throw Options.UsageError("websafe-allow already set", .refusedValue) }
            guard value.utf8.count <= ProtocolLimits.path else { throw Options.UsageError("-O is too long") }
            websafe = String(value.dropFirst(Self.websafePrefix.count))
        default: throw Options.UsageError("Unknown -O option", .refusedValue)
        }
    }

    /// The code that a login shell understands.
    private static func shell(of loginShell: String?, _ guise: Guise) -> Shell {
        guard let loginShell else { return .bourne }
        if loginShell.hasSuffix("csh") { return .csh }
        // OpenSSH's agent knows two kinds only.
        return guise == .clave && loginShell.hasSuffix("fish") ? .fish : .bourne
    }

    private static func checkTogether(_ options: Options, _ guise: Guise) throws(Options.UsageError) {
        if guise == .ssh, options.has("fish") { throw Options.UsageError("", .unknownLetter("f")) }
        if ["sh", "csh", "fish"].count(where: options.has) > 1 {
            throw Options.UsageError("-s, -c and -f exclude each other", .combination)
        }
        if options.has("new"), options.has("address") {
            throw Options.UsageError("--new and -a exclude each other", .combination)
        }
        if options.has("debug"), options.has("foreground") {
            throw Options.UsageError("-d and -D exclude each other", .combination)
        }
        // OpenSSH's agent passes over the address.
        if guise == .clave, options.has("temporary"), options.has("address") {
            throw Options.UsageError("-T and -a exclude each other", .combination)
        }
        guard !options.operands.isEmpty else { return }
        let refused = ["kill", "clean", "sh", "csh", "fish", "foreground"] + (guise == .ssh ? ["debug"] : [])
        if let name = refused.first(where: options.has) {
            throw Options.UsageError("--\(name) takes no command", .combination)
        }
    }

    static let help = """
        Usage: clave-agent [-s | -c | -f] [-D | -d] [OPTION…]
               clave-agent [-d] [OPTION…] COMMAND [ARGUMENT…]
               clave-agent [-s | -c | -f] -k
               clave-agent -u [-u]

        Holds your Cl@ve identities, and uses one only when you say yes to that one request.
        It speaks with clave-gateway services by an open protocol of its own, and never with
        the state's production service, which has no public interface.

          -s, --sh            print code for Bourne shells (the default, but for csh)
          -c, --csh           print code for C shells
          -f, --fish          print code for fish
          -D, --foreground    stay in the foreground
          -d, --debug         stay in the foreground and write a debug log to standard error
          -a, --address PATH  listen at this socket
              --new           start another agent if one runs, with its socket in a fresh folder
          -P, --providers PATTERNS
                              PKCS#11 libraries and FIDO middleware that may be loaded
                              (/usr/lib*/*,/usr/local/lib*/*)
          -t, --lifetime TIME forget keys after this time: 3600, 30m, 1h30m; 0 or nothing: never
          -T, --temporary     listen at a socket in a fresh folder below TMPDIR
          -U, --keep-stale    as ssh-agent: leave old agents' sockets in ~/.ssh/agent
          -u, --clean         only remove old ssh agents' sockets from ~/.ssh/agent; twice: also
                              those of other hosts
              --ssh           set SSH_AUTH_SOCK and SSH_AGENT_PID too, for ssh, git and the like
          -E, --fingerprint-hash HASH
                              by which questions name keys: sha256, md5, sha1, sha384, sha512
          -O, --option NAME   allow-remote-pkcs11: forwarded connections may load libraries
                              websafe-allow=PATTERNS: FIDO keys that sign anything (ssh:*)
                              no-restrict-websafe: every FIDO key signs anything
          -k, --kill          end the agent that CLAVE_AGENT_PID names
          -h, --help          print this
          -V, --version       print the version

        With a COMMAND, the agent lives as long as the command, which finds it by CLAVE_AUTH_SOCK.
        Start it in a shell with:  eval "$(clave-agent)"   (fish: clave-agent | source)
        If your agent runs already, this finds it.
        SIGUSR1 and SIGHUP make it forget all keys. Called as ssh-agent, it prints what that prints.
        """

    /// What OpenSSH's agent says to a command line that it does not understand.
    static let sshUsage = """
        usage: ssh-agent [-c | -s] [-DdTU] [-a bind_address] [-E fingerprint_hash]
                         [-O option] [-P allowed_providers] [-t life]
               ssh-agent [-TU] [-a bind_address] [-E fingerprint_hash] [-O option]
                         [-P allowed_providers] [-t life] command [arg ...]
               ssh-agent [-c | -s] -k
               ssh-agent -u
               ssh-agent -V
        """
}
