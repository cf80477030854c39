import Audit
import Glibc
import Localization

/// A record as a line that a person reads: when, what, about what, the answer, who asked.
enum LogText {
    static func line(_ record: AuditRecord, _ t: Localizer) -> String {
        var parts = [time(record.time), String(record.sequence), what(record, t)]
        let details = [
            "gateway_organisation", "gateway_procedure", "identity", "identities", "gateway", "plugin_title",
            "plugin_field",
            "claimed_path", "provider_token", "claimed_comment", "fingerprint", "purpose", "claimed_relying_party",
            "claimed_name",
            "operation", "policy", "keyring",
        ].compactMap { text(record, $0) }
        if !details.isEmpty { parts.append(details.joined(separator: ", ")) }
        if let answer = text(record, "answer") {
            let seconds = (number(record, "milliseconds") ?? 0) / 1000
            parts.append("\(word(answer, t)) (\(seconds) s)")
        }
        if flag(record, "done") == false { parts.append(t("refused")) }
        if let programs = text(record, "kernel_programs") { parts.append(programs) }
        return parts.joined(separator: "  ")
    }

    private static func what(_ record: AuditRecord, _ t: Localizer) -> String {
        switch record.entry.kind {
        case "question": about(text(record, "about") ?? "", t)
        case "identity_added": t("identity activated")
        case "identity_removed": t("identity removed")
        case "identity_ended": t("identity ended by its gateway")
        case "identity_upgraded": t("identity of Cl@ve PIN upgraded")
        case "renounced": t("left Cl@ve at a gateway")
        case "registered": t("person registered")
        case "registration_forgotten": t("registration given up")
        case "refused_to_host": t("refused to another host")
        case "pin_returned": t("PIN given back")
        case "ssh_on": t("ssh sees an identity's key")
        case "ssh_off": t("ssh sees an identity's key no longer")
        case "key_added": t("key added")
        case "key_removed": t("key removed")
        case "keys_removed": t("all keys removed")
        case "provider_added": t("library of cards or tokens loaded")
        case "provider_removed": t("library of cards or tokens removed")
        case "vault_opened": t("vault opened by the keyring")
        case "keyring_added": t("keyring told to open the vault")
        case "keyring_removed": t("keyring told to open the vault no more")
        case "vault_key_changed": t("vault's key changed")
        case "vault_restored": t("vault restored from a backup")
        case "passphrase_changed": t("vault's passphrase changed")
        case "locked": t("agent locked")
        case "unlocked": t("agent unlocked")
        case "gap": t("an interrupted write")
        case "lost": t("the log was cut or exchanged")
        case "dropped": t("records that could not be written")
        case let other: other
        }
    }

    private static func about(_ subject: String, _ t: Localizer) -> String {
        switch subject {
        case "unlock": t("asked for the passphrase")
        case "new_passphrase": t("asked for a new passphrase")
        case "show_pin": t("asked to show a PIN")
        case "approve": t("asked to approve")
        case "field": t("asked for a field")
        case "use_key": t("asked to use a key")
        case "token_pin": t("asked for the PIN of a card or token")
        case "sign": t("asked to sign")
        case "set_policy": t("asked to change how it asks")
        case "vault": t("asked to change the vault")
        case "serve_ssh": t("asked to let ssh see a key")
        case "renounce": t("asked to leave Cl@ve")
        case "remove": t("asked to remove identities")
        case "forget_registration": t("asked to give up a registration")
        case "hide_from_ssh": t("asked to hide a key from ssh")
        case "reject": t("asked to reject")
        case "claim": t("asked to take a link's request")
        default: subject
        }
    }

    private static func word(_ answer: String, _ t: Localizer) -> String {
        switch answer {
        case "yes": t("answered yes")
        case "no": t("answered no")
        case "typed": t("typed a passphrase")
        case "wrong_passphrase": t("wrong passphrase")
        case "remembered": t("remembered yes")
        case "timeout": t("no answer in time")
        case "withdrawn": t("withdrawn")
        case "changed": t("the program changed before the answer")
        case "no_prompt": t("could not ask")
        case "helper_lost": t("the prompt failed")
        default: answer
        }
    }

    private static func text(_ record: AuditRecord, _ name: String) -> String? {
        guard case .text(let text)? = value(record, name) else { return nil }
        // The file's escapes are undone by reading: what could move the cursor is not shown.
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control || isFormat($0) ? "?" : $0 }))
    }

    private static func isFormat(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    private static func number(_ record: AuditRecord, _ name: String) -> UInt64? {
        guard case .number(let number)? = value(record, name) else { return nil }
        return number
    }

    private static func flag(_ record: AuditRecord, _ name: String) -> Bool? {
        guard case .flag(let flag)? = value(record, name) else { return nil }
        return flag
    }

    private static func value(_ record: AuditRecord, _ name: String) -> AuditValue? {
        record.entry.members.first { $0.name == name }?.value
    }

    private static func time(_ milliseconds: UInt64) -> String {
        var seconds = time_t(clamping: milliseconds / 1000)
        var parts = unsafe tm()
        guard unsafe localtime_r(&seconds, &parts) != nil else { return "?" }
        var buffer = [CChar](repeating: 0, count: 32)
        let count = unsafe strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M:%S", &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
