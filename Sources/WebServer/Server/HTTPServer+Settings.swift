// What a server is told, and what it tells.
extension HTTPServer {
    /// What a route gives back.
    public enum Outcome: Sendable {
        /// An answer that is there.
        case response(HTTPResponse)
        /// Bytes without an end.
        case stream(ByteStream)
        /// What waits for another machine: `answer` is computed on a thread for that while the connection sleeps, `refusal`
        /// at once where too many wait.
        case work(answer: @Sendable () -> HTTPResponse, refusal: @Sendable () -> HTTPResponse)
    }

    /// Why a server did not start, in English.
    public struct Failure: Error, Equatable {
        /// One sentence.
        public let message: String

        /// A failure that is told so.
        public init(message: String) { self.message = message }
    }

    /// How a server runs.
    public struct Settings: Sendable {
        /// IPv4.
        public var address: String
        /// 0 for any.
        public var port: UInt16
        /// Each may wait for the disk, and for nothing else.
        public var threads: Int
        /// Of its connections.
        public var limits = Connections.Limits()
        /// Whose word counts about who asks.
        public var proxies = TrustedProxies.none
        /// What the routes read.
        public var reads = RequestFields()
        /// The most bytes that a body of theirs has.
        public var maximumBody = 65_536
        /// What every answer has.
        public var headers: [(name: String, value: String)] = []

        /// Settings with these, and else those that are given above.
        public init(address: String = "127.0.0.1", port: UInt16 = 0, threads: Int = 16) {
            self.address = address
            self.port = port
            self.threads = threads
        }
    }
}
