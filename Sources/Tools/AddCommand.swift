import AgentProtocol
import Glibc
import Localization
import Posix
import Wire

/// `clave-add`: activates, lists and removes identities.
public enum AddCommand {
    private static let definitions = [
        Options.Definition("m", "method", takesValue: true), Options.Definition("g", "gateway", takesValue: true),
        Options.Definition(nil, "gateway-ca", takesPath: true), Options.Definition("f", "field", takesPath: true),
        Options.Definition(nil, "document", takesValue: true), Options.Definition(nil, "validity", takesValue: true),
        Options.Definition(nil, "issue", takesValue: true), Options.Definition(nil, "support", takesValue: true),
        Options.Definition(nil, "file", takesPath: true), Options.Definition(nil, "certificate", takesValue: true),
        Options.Definition(nil, "local"), Options.Definition(nil, "available"), Options.Definition(nil, "diagnose"),
        Options.Definition("t", "lifetime", takesValue: true), Options.Definition("l", "list"),
        Options.Definition("L", "list-all"), Options.Definition("d", "delete", takesValue: true),
        Options.Definition("D", "delete-all"), Options.Definition("u", "unlock"), Options.Definition("s", "status"),
        Options.Definition(nil, "vault"), Options.Definition(nil, "change-passphrase"),
        Options.Definition(nil, "backup", takesPath: true), Options.Definition(nil, "force"),
        Options.Definition(nil, "restore", takesPath: true),
        Options.Definition(nil, "rekey"), Options.Definition(nil, "keyring"), Options.Definition(nil, "no-keyring"),
        Options.Definition(nil, "log"), Options.Definition(nil, "since", takesValue: true),
        Options.Definition(nil, "verify"), Options.Definition(nil, "policy", takesValue: true),
        Options.Definition("i", "identity", takesValue: true), Options.Definition(nil, "remembered"),
        Options.Definition(nil, "forget", takesValue: true), Options.Definition(nil, "ssh", takesValue: true),
        Options.Definition(nil, "everywhere"), Options.Definition(nil, onlyOne),
    ]

    /// What `-d --everywhere` becomes that names no identity.
    private static let onlyOne = "delete-only-one"

    private static let help = """
        Usage: clave-add [-m METHOD] -g URL [--gateway-ca FILE] [OPTION…]
               clave-add --local [-m certificate | -m dnie] [--file FILE | --certificate URI] [OPTION…]
               clave-add [-m METHOD] --available
               clave-add -m dnie --diagnose
               clave-add -l | -L | -d IDENTITY | -d --everywhere [IDENTITY] | -D | -u | -s
               clave-add --vault | --change-passphrase | --rekey | --keyring | --no-keyring
               clave-add --backup FILE [--force] | --restore FILE
               clave-add --policy OPERATION=POLICY [-i IDENTITY]
               clave-add --ssh on|off [-i IDENTITY]
               clave-add --remembered | --forget NUMBER|all
               clave-add --log [--since TIME] [--verify]

        Activates a Cl@ve identity in the agent, lists identities, removes them. The gateway is a clave-gateway
        service; the state's production service has no public interface, and is never contacted.

          -m, --method METHOD     how to prove who you are: sms (the default), certificate, dnie
          -g, --gateway URL       the gateway, https://host:port (default: $CLAVE_GATEWAY)
              --gateway-ca FILE   certificates in PEM that vouch for it (default: $CLAVE_GATEWAY_CA, or the system's)
              --document TEXT     DNI or NIE; what is not given here is asked
              --validity DATE     validity date of the DNI, day-month-year
              --issue DATE        issue date of a permanent DNI
              --support TEXT      support number of a NIE
              --file FILE         import the certificate and its key from this file: PKCS#12 or PEM
              --certificate URI   use an installed one, where it is: see --available
              --local             take the certificate in to sign with it: no gateway, no network, no DNI or NIE needed
          -f, --field NAME=VALUE  any other field of the method; never a secret
          -t, --lifetime TIME     forget the keys after this time: 3600, 30m, 1h30m
              --available         list the certificates that are installed on this machine; with -m dnie, the cards
              --diagnose          look at card service, readers and card, and say what to mend; needs no agent
          -l, --list              list the identities
          -L, --list-all          list all that is known of them
          -d, --delete IDENTITY   remove one: beginning of its identifier, or end of its document
              --everywhere        with -d: leave Cl@ve at its gateway too, after asking; no device acts for you then
          -D, --delete-all        remove all
          -u, --unlock            open the vault
          -s, --status            how the agent is; asks nothing
              --vault             what is known of the vault, and what opens it; asks nothing
              --change-passphrase have another passphrase open the vault
              --rekey             give the vault another key under the same passphrase
              --keyring           have the desktop's keyring open the vault when the agent starts
              --no-keyring        have it no longer do so
              --backup FILE       copy the vault, and see that the copy opens
              --force             with --backup: replace what is there
              --restore FILE      put a backup in the vault's place
              --policy OP=POLICY  how to ask before 'pin', 'approve' or 'sign': 'ask' each time, 'passphrase' each
                                  time, or 'remember:TIME', by which a yes holds for that program
          -i, --identity IDENTITY with --policy and --ssh: whose
              --ssh on|off        have ssh see the key of the identity's certificate; each use is asked about
              --remembered        list the answers that hold for a time
              --forget NUMBER|all take them back
              --log               show the audit log, and whether it is whole; needs no agent
              --since TIME        with --log: only what is no older: 90m, 2d
              --verify            with --log: show no records
          -j, --json              print facts as JSON lines
          -h, --help              print this
          -V, --version           print the version
        """

    /// Runs the tool.
    public static func main(_ arguments: [String]) -> Int32 {
        let tool = ToolProgram(name: "clave-add", help: help, definitions: definitions)
        return tool.run(arranged(arguments)) { (options) throws(ToolProgram.Failure) in
            guard options.operands.isEmpty else { throw .usage("unexpected: \(options.operands[0])") }
            let actions = [
                "list", "list-all", "delete", "delete-all", "unlock", "status", "log", "policy", "remembered", "forget",
                "vault", "change-passphrase", "rekey", "keyring", "no-keyring", "backup", "restore", "available",
                "diagnose", "ssh", onlyOne,
            ]
            .filter(options.has)
            guard options.has("everywhere") ? options.has("delete") || options.has(onlyOne) : !options.has(onlyOne)
            else {
                throw .usage("--everywhere goes with -d")
            }
            guard actions.count < 2 else { throw .usage("one thing at a time: \(actions.joined(separator: ", "))") }
            guard !options.has("local") || actions.isEmpty else {
                throw .usage("--local is for a new identity, and goes with no --\(actions[0])")
            }
            guard options.has("log") || !(options.has("since") || options.has("verify")) else {
                throw .usage("--since and --verify go with --log")
            }
            guard options.has("backup") || !options.has("force") else { throw .usage("--force goes with --backup") }
            guard options.has("policy") || options.has("ssh") || !options.has("identity") else {
                throw .usage("-i goes with --policy and --ssh")
            }
            switch actions.first {
            case "policy": try PolicyCommand.set(tool, options)
            case "ssh": try PolicyCommand.setSSH(tool, options)
            case "remembered": try PolicyCommand.list(tool, options)
            case "forget": try PolicyCommand.forget(tool, options)
            case "vault": try VaultCommand.show(tool, options)
            case "change-passphrase": try VaultCommand.changePassphrase(tool, options)
            case "rekey": try VaultCommand.changeKey(tool, options)
            case "backup": try BackupCommand.backUp(tool, options)
            case "restore": try BackupCommand.restore(tool, options)
            case "keyring", "no-keyring": try VaultCommand.setKeyring(tool, options)
            case "available": try CredentialCommand.list(tool, options)
            case "diagnose": throw try DiagnoseCommand.run(options)
            case "log": try LogCommand.run(tool, options)
            case "list", "list-all": try list(tool, options)
            case "delete", "delete-all": try remove(tool, options)
            case onlyOne: try renounce(nil, tool, options)
            case "unlock":
                let connection = try tool.connect()
                _ = try tool.ask(connection, UnlockVaultRequest())
                tool.tell(tool.t("The vault is open."))
            case "status": try status(tool, options)
            default: try ActivateCommand.run(tool, options)
            }
        }
    }

    /// With the identity right behind `-d`, also where `--everywhere` came between; with ``onlyOne`` where none is named.
    private static func arranged(_ arguments: [String]) -> [String] {
        guard let place = arguments.firstIndex(of: "--everywhere"), place > 0,
            ["-d", "--delete"].contains(arguments[place - 1])
        else { return arguments }
        var arranged = arguments
        arranged.swapAt(place - 1, place)
        if place + 1 == arranged.count || arranged[place + 1].hasPrefix("-") { arranged[place] = "--" + onlyOne }
        return arranged
    }

    // MARK: Listing and removing

    private static func list(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let identities = try tool.ask(connection, IdentitiesRequest()).identities
        if identities.isEmpty, !options.has("json") { tool.tell(tool.t("The agent has no identities.")) }
        for identity in identities {
            if options.has("json") {
                tool.say(secret: IdentityText.json(identity))
            } else {
                tool.say(
                    options.has("list-all")
                        ? IdentityText.long(identity, tool.t) : IdentityText.short(identity, tool.t))
            }
        }
    }

    private static func remove(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        var identifier: Identifier?
        if let text = options.value("delete") {
            if options.has("everywhere") { return try renounce(text, tool, options) }
            identifier = try tool.identity(text, on: connection)
        }
        let removal = try tool.ask(connection, RemoveRequest(identifier))
        if options.has("json") {
            var json = JSONWriter()
            json.put("removed", UInt64(removal.removed))
            json.put("told", UInt64(removal.told))
            return tool.say(secret: json.finish())
        }
        if removal.removed == 0 { return tool.tell(tool.t("The agent has no identities.")) }
        tool.tell(tool.t("Identities removed: {1}.", String(removal.removed)))
        if removal.told < removal.removed {
            tool.tell(
                tool.t("The gateway could not be told; it forgets the device when another is activated."))
        }
    }

    /// - Parameter name: of the identity; nil where there is only one.
    private static func renounce(
        _ name: String?, _ tool: ToolProgram, _ options: Options
    ) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let identity =
            if let name { try tool.identity(name, on: connection) } else { try tool.onlyIdentity(on: connection) }
        _ = try tool.ask(connection, RenounceRequest(identity))
        guard options.has("json") else {
            return tool.tell(tool.t("You have left Cl@ve at that gateway; the identity is removed."))
        }
        var json = JSONWriter()
        json.put("removed", UInt64(1))
        json.put("told", UInt64(1))
        tool.say(secret: json.finish())
    }

    private static func status(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let status = try tool.ask(connection, StatusRequest())
        let vault =
            switch status.vault {
            case .none: "none"
            case .locked: "locked"
            case .open: "open"
            }
        if options.has("json") {
            var json = JSONWriter()
            json.put("version", status.version)
            json.put("vault", vault)
            json.put("identities", UInt64(status.identities))
            json.put("pending", UInt64(status.pending))
            return tool.say(secret: json.finish())
        }
        let state = ["none": tool.t("none yet"), "locked": tool.t("locked"), "open": tool.t("open")][vault] ?? vault
        tool.say(
            tool.t(
                "Agent {1}; vault: {2}; identities: {3}; waiting: {4}.", status.version, state,
                String(status.identities), String(status.pending)))
    }
}
