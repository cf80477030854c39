import AgentProtocol
import Localization
import Posix
import Wire

/// How PINs and requests that wait are listed.
enum PendingText {
    /// The wait of `-w`, in seconds.
    static func wait(_ options: Options, default fallback: UInt32) throws(ToolProgram.Failure) -> UInt32 {
        guard let text = options.value("wait") else { return fallback }
        if text == "0" { return 0 }
        guard let seconds = Options.seconds(text), seconds <= 3600 else {
            throw .usage("-w takes a time such as 90 or 5m, at most 1h")
        }
        return seconds
    }

    /// One line.
    static func line(_ request: PendingRequest, _ t: Localizer) -> String {
        let what =
            request.kind == .pin
            ? t("PIN for reference {1}", request.code) : t("approve code {1}", request.code)
        return """
            \("\(request.identifier)".prefix(8)) \(what): \(DisplayText.line(request.organisation)), \(DisplayText.line(request.procedure)), \
            \(t("from {1}", DisplayText.line(request.origin))), \(t("{1} left", TimeText.left(until: request.expiresAt)))
            """
    }

    /// The members of a JSON object.
    static func put(_ request: PendingRequest, into json: inout JSONWriter) {
        json.put("id", "\(request.identifier)")
        json.put("identity", "\(request.identity)")
        json.put("kind", request.kind == .pin ? "pin" : "mobile")
        json.put("organisation", request.organisation)
        json.put("procedure", request.procedure)
        json.put(request.kind == .pin ? "reference" : "code", request.code)
        json.put("origin", request.origin)
        json.put("created", request.createdAt)
        json.put("expires", request.expiresAt)
        json.put("expires_in", Int64(clamping: request.expiresAt) - Int64(clamping: TimeText.now))
    }
}
