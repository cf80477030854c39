import WebServer

/// A file that pages load, the same for everybody. Its bytes are those of `Sources/GatewayWeb/Assets`, in the program since
/// it was built.
struct Asset: Sendable {
    /// Of its address.
    let path: String
    let type: String
    var status: UInt32 = 200
    let bytes: [UInt8]

    static let style = Asset(
        path: "/assets/style.css", type: "text/css; charset=utf-8", bytes: PackageResources.style_css)
    /// Asks for the state of what a page waits for, and moves on when it is over; counts the time down.
    static let waitScript = Asset(
        path: "/assets/wait.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.wait_js)
    /// Both sides of a video call.
    static let callScript = Asset(
        path: "/assets/call.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.call_js)
    /// There is none, and browsers ask for it all the same.
    static let icon = Asset(path: "/favicon.ico", type: "image/x-icon", status: 204, bytes: [])

    static let all = [style, waitScript, callScript, icon]

    var response: HTTPResponse { HTTPResponse(status: status, type: type, bytes) }
}
