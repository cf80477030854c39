/// A request, as the server hands it to the routes.
struct HTTPRequest: Sendable {
    let method: String
    /// Decoded, without the query.
    let path: String
    /// The browser's or agent's network address.
    let address: String
    /// The headers that the routes look at, by lower-case name.
    let headers: [String: String]
    /// Query arguments that the routes look at.
    let query: [String: String]
    let body: [UInt8]

    /// The value of a cookie; nil without it.
    func cookie(_ name: String) -> String? {
        for pair in (headers["cookie"] ?? "").split(separator: ";") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }

    /// The fields of a form; nil if the body is none.
    var form: [String: String]? { FormParser.parse(body) }
}

/// A response.
struct HTTPResponse: Sendable {
    var status: UInt32
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    init(status: UInt32 = 200, type: String, _ body: [UInt8]) {
        self.status = status
        headers = [("content-type", type)]
        self.body = body
    }

    /// To another page, by `GET`.
    static func redirect(to path: String) -> HTTPResponse {
        var response = HTTPResponse(status: 303, type: "text/plain; charset=utf-8", [])
        response.headers.append(("location", path))
        return response
    }
}

/// Reads `application/x-www-form-urlencoded` (WHATWG URL, section 5).
enum FormParser {
    /// Bytes of a form, and its fields.
    static let maximumBody = 16_384
    static let maximumFields = 32

    /// The fields, the last of a name winning; nil for what breaks the form or a limit.
    static func parse(_ body: [UInt8]) -> [String: String]? {
        guard body.count <= maximumBody else { return nil }
        var fields: [String: String] = [:]
        for pair in body.split(separator: UInt8(ascii: "&")) {
            guard fields.count < maximumFields else { return nil }
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
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else { return nil }
                decoded.append(value)
                rest = rest.dropFirst(2)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
