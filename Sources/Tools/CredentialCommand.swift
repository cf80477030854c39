import AgentProtocol
import Localization
import Posix
import SecureMemory
import Wire

/// `clave-add --available`: what a method finds on this machine.
enum CredentialCommand {
    static func list(_ tool: ToolProgram, _ options: Options) throws(ToolProgram.Failure) {
        let connection = try tool.connect()
        let method = ActivateCommand.method(options)
        let list = try tool.ask(connection, CredentialsRequest(method: method))
        if list.credentials.isEmpty, !options.has("json") {
            tool.tell(
                method == "dnie"
                    ? tool.t("No DNIe is in a reader. What is in the way, clave-add -m dnie --diagnose tells.")
                    : tool.t(
                        "No certificate is installed where programs look for them. A file is imported with --file."))
        }
        for credential in list.credentials {
            if options.has("json") { tool.say(secret: json(credential)) } else { tool.say(text(credential, tool.t)) }
        }
    }

    /// All that is known, a line a fact.
    static func text(_ credential: CredentialInfo, _ t: Localizer) -> String {
        var lines = [DisplayText.line(credential.title)]
        func put(_ name: String, _ value: String) {
            if !value.isEmpty { lines.append("  \(name): \(DisplayText.line(value))") }
        }
        put(t("Holder"), credential.holder)
        put(isTaxNumber(credential.document) ? t("NIF") : t("DNI or NIE"), credential.document)
        put(t("Issuer"), credential.issuer)
        put(t("Validity"), validity(credential))
        put(t("Usage"), credential.usage)
        put(t("Can't be used"), credential.problem)
        put("--certificate", credential.reference)
        return lines.joined(separator: "\n")
    }

    /// Whether a document is a tax number (NIF K, L or M), which a person has who has neither DNI nor NIE.
    private static func isTaxNumber(_ document: String) -> Bool { "KLM".utf8.contains(document.utf8.first ?? 0) }

    /// Empty if it is not known.
    static func validity(_ credential: CredentialInfo) -> String {
        credential.validBefore > 0 ? TimeText.span(credential.validAfter, credential.validBefore) : ""
    }

    private static func json(_ credential: CredentialInfo) -> SecretBytes {
        var json = JSONWriter()
        json.put("reference", credential.reference)
        json.put("title", credential.title)
        json.put("holder", credential.holder)
        json.put("document", credential.document)
        json.put("issuer", credential.issuer)
        json.put("usage", credential.usage)
        json.put("valid_after", credential.validAfter)
        json.put("valid_before", credential.validBefore)
        json.put("problem", credential.problem)
        return json.finish()
    }
}
