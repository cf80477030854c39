/// The cookies that came with a request (RFC 6265 section 5.4), and how a response sets its own.
public struct Cookies: Sendable {
    private let header: String
    /// The names that are read; nil for all.
    private var names: Set<String>?

    /// The cookies of a request's header; none without it.
    init(header: String?) { self.header = header ?? "" }

    /// A cookie's value, the first of its name; nil without it, or if it is empty.
    public subscript(name: String) -> String? {
        guard names?.contains(name) ?? true else { return nil }
        for pair in header.utf8.split(separator: UInt8(ascii: ";")) {
            let parts = pair.drop { $0 == UInt8(ascii: " ") }.split(separator: UInt8(ascii: "="), maxSplits: 1)
            if parts.count == 2, parts[0].elementsEqual(name.utf8) { return String(decoding: parts[1], as: UTF8.self) }
        }
        return nil
    }

    /// The same header, of which no other cookies than these are read.
    func narrowed(to names: Set<String>) -> Cookies {
        var cookies = self
        cookies.names = names
        return cookies
    }
}

extension HTTPResponse {
    /// Sets a cookie until the browser is closed. No script reads it, and no other site's form brings it.
    ///
    /// - Parameters:
    ///   - name: begins with `__Host-`: browsers take such a cookie by TLS alone, from this host alone.
    ///   - value: of base64url's signs, or other letters.
    public mutating func setCookie(_ name: String, _ value: String) {
        headers.append(("set-cookie", "\(name)=\(value); Path=/; Secure; HttpOnly; SameSite=Lax"))
    }

    /// Has the browser forget a cookie.
    public mutating func removeCookie(_ name: String) {
        headers.append(("set-cookie", "\(name)=; Path=/; Secure; HttpOnly; Max-Age=0"))
    }
}
