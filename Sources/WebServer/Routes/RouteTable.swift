/// One row of a table of routes: which requests it is for, what it reads of them, and who answers.
public struct Route<Handler: Sendable>: Sendable {
    /// In capital letters.
    public let method: String
    /// Of the path.
    public let pattern: PathPattern
    /// What is read of a request beside path and body.
    public let reads: RequestFields
    /// The most bytes that a body has.
    public let maximumBody: Int
    /// Whether the answer may have to wait for another machine.
    public let mayWait: Bool
    /// Who answers.
    public let handler: Handler

    /// A row of these.
    public init(
        _ method: String, _ pattern: PathPattern, reads: RequestFields = RequestFields(),
        maximumBody: Int = FormParser.maximumBody, mayWait: Bool = false, _ handler: Handler
    ) {
        self.method = method
        self.pattern = pattern
        self.reads = reads
        self.maximumBody = maximumBody
        self.mayWait = mayWait
        self.handler = handler
    }
}

/// Routes, of which the first that fits a request is its own.
public struct RouteTable<Handler: Sendable>: Sendable {
    /// In their order.
    public let all: [Route<Handler>]
    /// The places of the routes with so many parts in their patterns.
    private let byCount: [Int: [Int]]

    /// A table of these.
    public init(_ routes: [Route<Handler>]) {
        all = routes
        byCount = Dictionary(grouping: routes.indices) { routes[$0].pattern.count }
    }

    /// A request's route, and what its path holds; nil if there is none.
    public func match(_ request: HTTPRequest) -> (route: Route<Handler>, parameters: PathParameters)? {
        match(request.method, path: request.path)
    }

    /// The route of a method, in capital letters, and a path, decoded, and what the path holds; nil if there is none.
    public func match(_ method: String, path: String) -> (route: Route<Handler>, parameters: PathParameters)? {
        guard let parts = HTTPRequest.plainParts(of: path) else { return nil }
        for place in byCount[parts.count] ?? [] where all[place].method == method {
            if let parameters = all[place].pattern.match(parts) { return (all[place], parameters) }
        }
        return nil
    }

    /// What all routes together read.
    public var reads: RequestFields { all.reduce(RequestFields()) { $0.union($1.reads) } }

    /// The most bytes that a body has for any of them.
    public var maximumBody: Int { all.map(\.maximumBody).max() ?? 0 }
}
