/// A request, as the server hands it to the routes.
public struct HTTPRequest: Sendable {
    /// In capital letters.
    public var method: String
    /// Decoded, without the query.
    public let path: String
    /// The browser's or agent's network address.
    public let address: String
    /// The headers that are read, by lower-case name.
    public let headers: [String: String]
    /// The arguments of the query that are read.
    public let query: [String: String]
    /// The cookies that are read.
    public private(set) var cookies: Cookies
    /// As it came.
    public let body: [UInt8]

    /// A request with these parts.
    public init(
        method: String, path: String, address: String, headers: [String: String], query: [String: String],
        body: [UInt8]
    ) {
        self.method = method
        self.path = path
        self.address = address
        self.headers = headers
        self.query = query
        cookies = Cookies(header: headers["cookie"])
        self.body = body
    }

    /// The path's parts between its slashes, empty ones left out. A path with other bytes than printable ASCII is that of
    /// no page, and gives one part that none has: two texts may be equal to Swift that are not equal by their bytes.
    public var parts: [String] { Self.plainParts(of: path) ?? ["?"] }

    /// The same of any path; nil for one with other bytes than printable ASCII.
    static func plainParts(of path: String) -> [String]? {
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same request, of which nothing else is read: of its cookies those alone, and not their header.
    public func narrowed(to fields: RequestFields) -> HTTPRequest {
        let headers = headers.filter { $0.key != "cookie" && fields.hasHeader($0.key) }
        var request = HTTPRequest(
            method: method, path: path, address: address, headers: headers,
            query: query.filter { fields.arguments.contains($0.key) }, body: body)
        request.cookies = cookies.narrowed(to: fields.cookies)
        return request
    }

    /// The fields of a form; nil if the body is none.
    public var form: [String: String]? {
        let type = (headers["content-type"] ?? "").utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return String(decoding: type, as: UTF8.self).lowercased() == FormParser.mediaType
            ? FormParser.parse(body) : nil
    }
}

/// A response.
public struct HTTPResponse: Sendable {
    /// The three digits.
    public var status: UInt32
    /// Names in small letters; several of one name are sent one by one.
    public var headers: [(name: String, value: String)]
    /// As it is sent.
    public var body: [UInt8]

    /// A response of a media type.
    public init(status: UInt32 = 200, type: String, _ body: [UInt8]) {
        self.status = status
        headers = [("content-type", type)]
        self.body = body
    }

    /// To another page, by `GET`.
    public static func redirect(to path: String) -> HTTPResponse {
        var response = HTTPResponse(status: 303, type: "text/plain; charset=utf-8", [])
        response.headers.append(("location", path))
        return response
    }

    /// Refuses what is no request that is taken, by a word for programs: 411 and 413 are about its body.
    public static func refusal(_ status: UInt32) -> HTTPResponse {
        let words = [411: "length required", 413: "too large"][status] ?? "bad request"
        return HTTPResponse(status: status, type: "text/plain", Array((words + "\n").utf8))
    }
}
