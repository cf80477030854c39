import AgentProtocol

/// What a request must look like before libcurl sees it.
enum RequestCheck {
    /// Whether every part has the form that the core makes.
    static func isValid(_ request: LinkRequest) -> Bool {
        isOrigin(request.trust.origin) && isTarget(request.target) && isPin(request.trust.pin)
            && ["GET", "POST"].contains(request.method) && request.headers.allSatisfy(isHeader)
            && (request.method == "POST" || request.body.isEmpty)
    }

    /// `https://host` or `https://host:port`.
    static func isOrigin(_ text: String) -> Bool {
        guard text.hasPrefix("https://"), text.utf8.count > 8 else { return false }
        return text.utf8.dropFirst(8).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
            default: false
            }
        }
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
