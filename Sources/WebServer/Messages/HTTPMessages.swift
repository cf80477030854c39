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
        self.body = body
    }

    /// The path's parts between its slashes, empty ones left out. A path with other bytes than printable ASCII is that of
    /// no page, and gives one part that none has: two texts may be equal to Swift that are not equal by their bytes.
    public var parts: [String] {
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return ["?"] }
        return path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of a cookie; nil without it.
    public func cookie(_ name: String) -> String? {
        for pair in (headers["cookie"] ?? "").utf8.split(separator: UInt8(ascii: ";")) {
            let parts = pair.drop { $0 == UInt8(ascii: " ") }.split(separator: UInt8(ascii: "="), maxSplits: 1)
            if parts.count == 2, parts[0].elementsEqual(name.utf8) { return String(decoding: parts[1], as: UTF8.self) }
        }
        return nil
    }

    /// The fields of a form; nil if the body is none.
    public var form: [String: String]? {
        let type = (headers["content-type"] ?? "").utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return String(decoding: type, as: UTF8.self).lowercased() == FormParser.mediaType
            ? FormParser.parse(body) : nil
    }

    /// Whether a browser says that another site's page made this request (Fetch Metadata, section 2.3).
    ///
    /// The forms that begin a visit or sign out need no token: this keeps others from sending them.
    public var isFromElsewhere: Bool {
        let site = headers["sec-fetch-site"]
        return site == "cross-site" || site == "same-site"
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
}

/// Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5).
public enum FormParser {
    /// Of a form's body.
    public static let mediaType = "application/x-www-form-urlencoded"
    /// Bytes of a form.
    public static let maximumBody = 16_384
    /// Fields of a form.
    public static let maximumFields = 32

    /// The fields, the last of a name winning; nil for what breaks the form or a limit.
    public static func parse(_ body: [UInt8]) -> [String: String]? {
        guard body.count <= maximumBody else { return nil }
        var fields: [String: String] = [:]
        let pairs = body.split(separator: UInt8(ascii: "&"), maxSplits: maximumFields)
        guard pairs.count <= maximumFields else { return nil }
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0]), let value = decode(parts.count > 1 ? parts[1] : []) else { return nil }
            fields[name] = value
        }
        return fields
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// The value of a hexadecimal digit; nothing else, no sign, is one.
    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
