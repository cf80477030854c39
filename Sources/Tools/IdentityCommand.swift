import AgentProtocol
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-add -l`, `-L`, `-d`, `--leave`, `-D`, `-u`, `-s`: the identities that there are, and how the agent is.
enum IdentityCommand {
    static func list(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
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

    static func unlock(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        _ = try tool.ask(connection, UnlockVaultRequest())
        tool.tell(tool.t("The vault is open."))
    }

    static func status(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
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

    // MARK: Removing

    /// `-d IDENTITY`, and the older spelling of ``leave(_:_:)``.
    static func remove(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let name = try removed(options)
        if options.has("everywhere") { return try leave(name, tool, options) }
        guard let name else { throw .usage("-d needs a value") }
        let connection = try tool.connect()
        try remove(try tool.identity(name, on: connection), tool, options, connection)
    }

    static func removeAll(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        try remove(nil, tool, options, try tool.connect())
    }

    /// `--leave`: the person is registered at the identity's gateway no longer.
    static func leave(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        try leave(options.value("leave"), tool, options)
    }

    /// The name of the identity for `-d`: its value, or an operand in `-d --everywhere IDENTITY`; nil for none.
    static func removed(_ options: Options) throws(ToolProgram.Failure) -> String? {
        guard let operand = options.operands.first else { return options.value("delete") }
        guard options.has("everywhere"), options.value("delete") == nil else { throw .usage("unexpected: \(operand)") }
        guard let name = SystemText.words(operand) else {
            throw .usage("-d takes text: UTF-8 without control characters")
        }
        return name
    }

    /// - Parameter identity: nil for all.
    private static func remove(
        _ identity: Identifier?, _ tool: ToolProgram, _ options: Options, _ connection: borrowing AgentConnection
    ) throws(ToolProgram.Failure) {
        let removal = try tool.ask(connection, RemoveRequest(identity))
        if options.has("json") { return sayJSON(tool, removed: removal.removed, told: removal.told) }
        if removal.removed == 0 { return tool.tell(tool.t("The agent has no identities.")) }
        tool.tell(tool.t("Identities removed: {1}.", String(removal.removed)))
        if removal.told < removal.removed {
            tool.tell(
                tool.t("The gateway could not be told; it forgets the device when another is activated."))
        }
    }

    /// - Parameter name: of the identity; nil where there is only one.
    private static func leave(
        _ name: String?, _ tool: ToolProgram, _ options: Options
    ) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let identity =
            if let name { try tool.identity(name, on: connection) } else { try tool.onlyIdentity(on: connection) }
        _ = try tool.ask(connection, RenounceRequest(identity))
        if options.has("json") { return sayJSON(tool, removed: 1, told: 1) }
        tool.tell(tool.t("You have left Cl@ve at that gateway; the identity is removed."))
    }

    private static func sayJSON(_ tool: ToolProgram, removed: UInt32, told: UInt32) {
        var json = JSONWriter()
        json.put("removed", UInt64(removed))
        json.put("told", UInt64(told))
        tool.say(secret: json.finish())
    }
}
