import SecureMemory
import WebServer
import Wire

extension HTTPResponse {
    /// It is done, and there is nothing to see.
    static var nothing: HTTPResponse { empty(204) }
    /// A script asked for what is not possible as things stand.
    static var conflict: HTTPResponse { empty(409) }
    /// A script has not shown that it is its page's.
    static var forbidden: HTTPResponse { empty(403) }

    private static func empty(_ status: UInt32) -> HTTPResponse {
        HTTPResponse(status: status, type: "text/plain; charset=utf-8", [])
    }

    /// What a script has asked for.
    static func json(_ json: consuming JSONWriter) -> HTTPResponse {
        let bytes = json.finish().withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        var response = HTTPResponse(type: "application/json", bytes)
        response.headers += Page.safety
        return response
    }
}
