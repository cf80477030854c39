import AgentProtocol
import Localization
import SecureMemory
import Wire

/// Registrations as people and programs read them.
enum RegistrationText {
    /// A line for a list.
    static func text(_ info: RegistrationInfo, _ t: Localizer) -> String {
        let name = "\(info.identifier)".prefix(8)
        let begun = t("begun {1}", TimeText.date(info.begunAt))
        return "\(name)  \(way(info.way, t))  \(DisplayText.line(info.gatewayName))  \(begun)  \(next(info, t))"
    }

    /// What comes next.
    static func next(_ info: RegistrationInfo, _ t: Localizer) -> String {
        switch info.way {
        case "call" where !info.page.isEmpty:
            return t("The video call is at {1}, on the page {2}", TimeText.date(info.due), info.gateway + info.page)
        case "letter": return t("When the letter has come, type its code.")
        default: return t("Phone and e-mail are still asked for.")
        }
    }

    private static func way(_ way: String, _ t: Localizer) -> String {
        switch way {
        case "certificate": t("by certificate")
        case "dnie": t("by DNIe")
        case "call": t("by video call")
        case "letter": t("by letter")
        default: way
        }
    }

    /// A JSON line.
    static func json(_ info: RegistrationInfo) -> SecretBytes {
        var json = JSONWriter()
        put(info, into: &json)
        return json.finish()
    }

    /// How a registration ended, as a JSON line; an identity as `clave-add -j` has it.
    static func json(_ result: RegistrationResult) -> SecretBytes {
        var json = JSONWriter()
        switch result {
        case .activated(let identity): return IdentityText.json(identity)
        case .registered: json.put("state", "registered")
        case .waiting(let info):
            json.put("state", "waiting")
            put(info, into: &json)
        }
        return json.finish()
    }

    private static func put(_ info: RegistrationInfo, into json: inout JSONWriter) {
        json.put("registration", "\(info.identifier)")
        json.put("way", info.way)
        json.put("gateway", info.gateway)
        json.put("gateway_name", info.gatewayName)
        json.put("begun_at", info.begunAt)
        json.put("due", info.due)
        json.put("page", info.page.isEmpty ? "" : info.gateway + info.page)
    }
}
