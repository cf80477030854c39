import AgentProtocol
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-add --vault`, `--change-passphrase`, `--rekey`, `--keyring`, `--no-keyring`: what opens the vault.
enum VaultCommand {
    static func show(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let vault = try tool.ask(connection, VaultRequest())
        if options.has("json") {
            for (number, slot) in vault.slots.enumerated() { tool.say(secret: json(vault, slot, number + 1)) }
            return
        }
        let t = tool.t
        tool.say(t("Vault: {1}", vault.path))
        tool.say(
            t(
                "Format {1}; {2}; records: {3}.", String(vault.version), vault.isOpen ? t("open") : t("locked"),
                String(vault.records)))
        for (number, slot) in vault.slots.enumerated() {
            tool.say(t("Opened by {1}: {2}", String(number + 1), words(slot, t)))
        }
    }

    static func changePassphrase(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let change = try tool.ask(connection, ChangePassphraseRequest())
        let text = tool.t("From now on, the new passphrase opens the vault. Copies of the old file keep the old one.")
        tell(change, text, tool, options)
    }

    static func changeKey(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let change = try tool.ask(connection, ChangeKeyRequest())
        tell(change, tool.t("The vault has a new key. Copies of the old file keep the old one."), tool, options)
    }

    static func setKeyring(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let opens = options.has("keyring")
        let connection = try tool.connect()
        let change = try tool.ask(connection, SetKeyringRequest(opens: opens))
        let text =
            opens
            ? tool.t("From now on, the desktop's keyring opens the vault when the agent starts.")
            : tool.t("The desktop's keyring no longer opens the vault.")
        tell(change, text, tool, options)
    }

    private static func tell(_ change: VaultChange, _ text: String, _ tool: ToolProgram, _ options: Options) {
        if options.has("json") {
            var json = JSONWriter()
            let words: [KeyringRemark: String] = [
                .nothing: "as_wanted", .slotDropped: "slot_dropped", .entryRemains: "entry_remains",
            ]
            json.put("keyring", words[change.keyring] ?? "")
            return tool.say(secret: json.finish())
        }
        tool.tell(text)
        switch change.keyring {
        case .nothing: break
        case .slotDropped:
            tool.tell(
                tool.t(
                    "The desktop's keyring can't be reached, and no longer opens the vault. 'clave-add --keyring' has it open it again."
                ))
        case .entryRemains:
            tool.tell(
                tool.t(
                    "The desktop's keyring can't be reached: its entry remains there, and opens only older copies of the vault."
                ))
        }
    }

    private static func words(_ slot: VaultInfo.Slot, _ t: Localizer) -> String {
        if slot.kind == 2 { return t("the desktop's keyring") }
        guard slot.kind == 1 else { return t("something that this version does not know ({1})", String(slot.kind)) }
        let memory = String(slot.memory >> 20)
        return t("passphrase (Argon2id, {1} passes over {2} MiB)", String(slot.operations), memory)
    }

    private static func json(_ vault: VaultInfo, _ slot: VaultInfo.Slot, _ number: Int) -> SecretBytes {
        var json = JSONWriter()
        json.put("path", path: vault.path)
        json.put("version", UInt64(vault.version))
        json.put("vault", vault.isOpen ? "open" : "locked")
        json.put("records", UInt64(vault.records))
        json.put("slot", UInt64(number))
        json.put("kind", UInt64(slot.kind))
        json.put("operations", slot.operations)
        json.put("memory", slot.memory)
        return json.finish()
    }
}
