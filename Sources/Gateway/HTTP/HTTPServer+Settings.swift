// What a server is told, and what it tells.
extension HTTPServer {
    /// What a route gives back.
    enum Outcome: Sendable {
        case response(HTTPResponse)
        /// Bytes without an end.
        case stream(ByteStream)
        /// What waits for another machine: `answer` is computed on a thread for that while the connection sleeps, `refusal`
        /// at once where too many wait.
        case work(answer: @Sendable () -> HTTPResponse, refusal: @Sendable () -> HTTPResponse)
    }

    struct Failure: Error, Equatable {
        let message: String
    }

    /// How a server runs.
    struct Settings: Sendable {
        /// IPv4.
        var address = "127.0.0.1"
        /// 0 for any.
        var port: UInt16 = 0
        /// Each may wait for the disk, and for nothing else.
        var threads = 16
        var limits = Connections.Limits()
        var proxies = TrustedProxies.none
        /// What the routes read, and the most bytes that a body of theirs has.
        var reads = RequestFields()
        var maximumBody = 65_536
        /// What every answer has.
        var headers: [(name: String, value: String)] = []
    }
}
