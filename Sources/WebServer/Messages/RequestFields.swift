/// What routes read of a request beside its path and its body.
///
/// A server hands on nothing else, and refuses a request in which a header of these comes twice that is no list.
public struct RequestFields: Equatable, Sendable {
    /// Headers by lower-case name, of which each may come once.
    public var headers: Set<String>
    /// Headers by lower-case name of which there may be several, which then are one list (RFC 9110 section 5.3).
    public var lists: Set<String>
    /// Arguments of the query.
    public var arguments: Set<String>
    /// Cookies by name.
    public var cookies: Set<String>

    /// Nothing but these.
    public init(
        headers: Set<String> = [], lists: Set<String> = [], arguments: Set<String> = [], cookies: Set<String> = []
    ) {
        self.headers = headers
        self.lists = lists
        self.arguments = arguments
        self.cookies = cookies
    }

    /// What a server reads by itself.
    static let server = RequestFields(headers: ["host"], lists: ["x-forwarded-for"])
    /// What tells a form: its type, and whether another site's page sent it.
    public static let forms = RequestFields(headers: ["content-type", "sec-fetch-site"])

    /// What either reads.
    public func union(_ other: RequestFields) -> RequestFields {
        RequestFields(
            headers: headers.union(other.headers), lists: lists.union(other.lists),
            arguments: arguments.union(other.arguments), cookies: cookies.union(other.cookies))
    }

    /// Whether it is a header that is read.
    public func hasHeader(_ name: String) -> Bool {
        headers.contains(name) || lists.contains(name) || name == "cookie" && !cookies.isEmpty
    }
}
