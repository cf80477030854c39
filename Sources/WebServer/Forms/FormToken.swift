import SecureMemory

/// What a page's form carries so that no other site can post in the name of who has the page (CSRF): a keyed digest of
/// their session and of the place to which the form leads.
public struct FormToken: Sendable {
    /// The field of a form that holds it.
    public static let field = "form"

    private let bytes: [UInt8]

    /// - Parameter digest: of the session and the place, under a key that the server alone has; not empty.
    public init(digest: [UInt8]) {
        precondition(!digest.isEmpty)
        bytes = digest
    }

    /// As a form or a script sends it: base64url.
    public var text: String { base64URL(bytes) }

    /// The field for a form.
    public var input: HTML { "<input type=\"hidden\" name=\"\(Self.field)\" value=\"\(text)\">" }

    /// Whether what came is this token; compared in constant time.
    public func matches(_ text: String?) -> Bool {
        guard let text, let given = SecureMemory.bytes(base64URL: text, limit: bytes.count) else { return false }
        return constantTimeEqual(unsafe bytes.span.bytes, unsafe given.span.bytes)
    }

    /// Whether a form holds this token.
    public func isIn(_ form: [String: String]) -> Bool { matches(form[Self.field]) }

    /// The first two parts of a path: `gateway/pin` of `/gateway/pin/enter`. A token of it serves at all addresses below.
    public static func way(of path: String) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        return Array(path.utf8.split(separator: slash).prefix(2).joined(separator: [slash]))
    }
}

extension HTTPRequest {
    /// Whether a browser says that another site's page made this request (Fetch Metadata, section 2.3).
    ///
    /// Forms that somebody sends who has no session yet carry no token, nor do those that only sign out: this keeps other
    /// sites from sending them.
    public var isFromElsewhere: Bool {
        let site = headers["sec-fetch-site"]
        return site == "cross-site" || site == "same-site"
    }
}
