import AgentProtocol
import Wire

/// What a request must look like before libcurl sees it.
enum RequestCheck {
    /// Whether every part has the form that the core makes.
    static func isValid(_ request: LinkRequest) -> Bool {
        GatewayOrigin.isValid(request.trust.origin) && isTarget(request.target) && isPin(request.trust.pin)
            && ["GET", "POST"].contains(request.method) && request.headers.allSatisfy(isHeader)
            && (request.method == "POST" || request.body.isEmpty)
    }

    /// An absolute path of visible ASCII.
    static func isTarget(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Empty, or pins as libcurl takes them: never a file's name.
    static func isPin(_ text: String) -> Bool {
        text.isEmpty
            || text.split(separator: ";", omittingEmptySubsequences: false).allSatisfy { $0.hasPrefix("sha256//") }
    }

    static func isHeader(_ field: HeaderField) -> Bool {
        !field.name.isEmpty
            && field.name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
            && field.value.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}
