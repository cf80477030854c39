import CMicrohttpd
import Glibc
import Posix

/// libmicrohttpd with TLS: turns connections into requests, and responses into bytes.
@safe
public final class HTTPServer: @unchecked Sendable {
    /// One request while it comes in.
    fileprivate final class Incoming {
        let target: RequestTarget
        /// nil until the headers are there.
        var head: RequestHead?
        var body: [UInt8] = []
        var parked: Parked?

        init(_ target: RequestTarget) { self.target = target }
    }

    private var daemon: OpaquePointer?
    private let handler: @Sendable (HTTPRequest) -> Outcome
    private let settings: Settings
    private let reads: RequestFields
    private let key: UnsafeMutablePointer<CChar>
    private let certificates: UnsafeMutablePointer<CChar>
    private let connections: Connections
    private let parked = ParkedRequests()
    private let work: WaitingWork

    /// Listens on an IPv4 address.
    ///
    /// - Parameters:
    ///   - settings: where, for how many, and what is read of requests.
    ///   - tls: the certificate and its key.
    ///   - handler: called on the server's threads; it waits for nothing but the disk.
    /// - Throws: if nothing can listen there.
    public init(
        _ settings: Settings, tls: TLSMaterial, handler: @escaping @Sendable (HTTPRequest) -> Outcome
    ) throws(Failure) {
        self.settings = settings
        reads = settings.reads.union(.server)
        self.handler = handler
        var limits = settings.limits
        limits.total = DescriptorLimit.connections(limits.total)
        limits.perShared = min(limits.perShared, max(1, limits.total / 2))
        limits.perAddress = min(limits.perAddress, limits.mostPerAddress)
        connections = Connections(limits: limits, proxies: settings.proxies)
        do throws(SystemError) { work = try WaitingWork() } catch { throw Failure(message: "\(error)") }
        unsafe key = strdup(tls.key)
        unsafe certificates = strdup(tls.certificates)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = settings.port.bigEndian
        guard unsafe inet_pton(AF_INET, settings.address, &place.sin_addr) == 1 else {
            throw Failure(message: "\(settings.address) is not an IPv4 address")
        }
        unsafe withUnsafePointer(to: &place) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe start($0, limits) }
        }
        guard unsafe daemon != nil else {
            throw Failure(
                message: "nothing can listen at \(settings.address), port \(settings.port): is it in use?")
        }
        do throws(SystemError) { try watchDeadlines() } catch { throw Failure(message: "\(error)") }
    }

    private func start(_ place: UnsafePointer<sockaddr>, _ limits: Connections.Limits) {
        let own = unsafe clave_mhd_settings(
            threads: UInt32(settings.threads), connections: UInt32(limits.total), timeout: UInt32(limits.idle),
            key: key, certificates: certificates)
        let calls = unsafe clave_mhd_callbacks(
            accepts: Self.accepts, connection: Self.connection, line: Self.line, handler: Self.access,
            completed: Self.completed, context: Unmanaged.passUnretained(self).toOpaque())
        unsafe daemon = clave_mhd_start(place, own, calls)
    }

    private func watchDeadlines() throws(SystemError) {
        try DetachedThread.start { [weak connections] in
            while true {
                sleep(1)
                guard let connections else { return }
                connections.endLate()
            }
        }
    }

    deinit {
        unsafe free(key)
        unsafe free(certificates)
    }

    /// The port that it listens on.
    public var port: UInt16 {
        unsafe clave_mhd_port(daemon)
    }

    /// Connections that are open, and requests that wait for another machine.
    public var load: (connections: Int, waiting: Int) { (connections.count, parked.count) }

    /// Takes no more connections, and ends those that there are. Streams must have been ended before.
    public func stop() {
        work.stop()
        parked.stop(Self.stopped)
        unsafe MHD_stop_daemon(daemon)
        unsafe daemon = nil
    }

    private static let stopped = HTTPResponse(status: 503, type: "text/plain", Array("the gateway stops\n".utf8))

    // MARK: Connections

    private static func server(_ context: UnsafeMutableRawPointer?) -> HTTPServer {
        unsafe Unmanaged<HTTPServer>.fromOpaque(context!).takeUnretainedValue()
    }

    /// The number of an IPv4 address, in the network's order of bytes.
    private static func number(_ address: UnsafePointer<sockaddr>?) -> UInt32 {
        guard let address = unsafe address else { return 0 }
        return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { unsafe $0.pointee.sin_addr.s_addr }
    }

    private static let accepts: MHD_AcceptPolicyCallback = { context, address, _ in
        unsafe server(context).connections.admits(number(address)) ? clave_mhd_yes : clave_mhd_no
    }

    private static let connection: MHD_NotifyConnectionCallback = { context, connection, _, event in
        let server = unsafe server(context)
        let name = UInt(bitPattern: connection)
        guard event == clave_mhd_started else { return server.connections.end(name) }
        unsafe server.connections.begin(
            name, socket: clave_mhd_socket(connection), address: number(clave_mhd_peer(connection)))
    }

    // MARK: Requests

    private static let line:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?
        ) -> UnsafeMutableRawPointer? = { context, target, connection in
            unsafe server(context).connections.expect(.headers, of: UInt(bitPattern: connection))
            return unsafe Unmanaged.passRetained(Incoming(RequestTarget(target))).toOpaque()
        }

    private static let access: MHD_AccessHandlerCallback = {
        context, connection, url, method, version, data, size, slot in
        let server = unsafe server(context)
        guard let state = unsafe slot!.pointee else { return clave_mhd_no }
        let incoming = unsafe Unmanaged<Incoming>.fromOpaque(state).takeUnretainedValue()
        guard let head = incoming.head else { return unsafe server.begin(incoming, connection!, method!, version!) }
        if unsafe size!.pointee > 0 {
            let piece = unsafe UnsafeBufferPointer(start: data, count: size!.pointee)
            guard unsafe incoming.take(piece, server.settings.maximumBody) else { return clave_mhd_no }
            unsafe size!.pointee = 0
            return clave_mhd_yes
        }
        if let parked = incoming.parked { return unsafe server.queue(parked.response ?? stopped, connection!) }
        return unsafe server.finish(incoming, head, connection!, String(cString: url!), String(cString: method!))
    }

    /// Lets go of a request's body, whether it was answered or cut off.
    private static let completed: MHD_RequestCompletedCallback = { context, connection, slot, _ in
        unsafe server(context).connections.expect(.idle, of: UInt(bitPattern: connection))
        guard let state = unsafe slot!.pointee else { return }
        unsafe slot!.pointee = nil
        unsafe Unmanaged<Incoming>.fromOpaque(state).release()
    }

    /// Looks at a request's head: what is refused is answered before its body comes, and its connection ends.
    private func begin(
        _ incoming: Incoming, _ connection: OpaquePointer, _ method: UnsafePointer<CChar>,
        _ version: UnsafePointer<CChar>
    ) -> MHD_Result {
        let head = unsafe RequestHead(
            connection, incoming.target, method: method, version: version, reads: reads,
            maximumBody: settings.maximumBody)
        incoming.head = head
        guard let status = head.refusal else {
            connections.expect(.body, of: UInt(bitPattern: connection))
            return clave_mhd_yes
        }
        var response = HTTPResponse.refusal(status)
        response.headers.append(("connection", "close"))
        return unsafe queue(response, connection)
    }

    private func finish(
        _ incoming: Incoming, _ head: RequestHead, _ connection: OpaquePointer, _ path: String, _ method: String
    ) -> MHD_Result {
        connections.expect(.answer, of: UInt(bitPattern: connection))
        let peer = unsafe Self.address(connection)
        let request = unsafe HTTPRequest(
            method: method, path: path,
            address: settings.proxies.client(peer: peer, forwarded: head.headers["x-forwarded-for"]),
            headers: head.headers, query: Self.values(reads.arguments, clave_mhd_argument, connection),
            body: incoming.body)
        switch handler(request) {
        case .response(let response): return unsafe queue(response, connection)
        case .stream(let stream): return unsafe stream.queue(on: connection)
        case .work(let answer, let refusal):
            guard let parked = unsafe parked.park(connection) else { return unsafe queue(Self.stopped, connection) }
            incoming.parked = parked
            let isTaken = work.add { [weak self] in self?.parked.finish(parked, answer()) }
            if !isTaken { self.parked.finish(parked, refusal()) }
            return clave_mhd_yes
        }
    }

    private func queue(_ response: HTTPResponse, _ connection: OpaquePointer) -> MHD_Result {
        guard let made = unsafe clave_mhd_response(response.body, response.body.count) else {
            return clave_mhd_no
        }
        defer { unsafe MHD_destroy_response(made) }
        for (name, value) in response.headers + settings.headers { unsafe MHD_add_response_header(made, name, value) }
        return unsafe MHD_queue_response(connection, response.status, made)
    }

    private static func values(
        _ names: Set<String>, _ kind: MHD_ValueKind, _ connection: OpaquePointer
    ) -> [String: String] {
        var found: [String: String] = [:]
        for name in names {
            guard let value = unsafe MHD_lookup_connection_value(connection, kind, name) else { continue }
            found[name] = unsafe String(cString: value)
        }
        return found
    }

    private static func address(_ connection: OpaquePointer) -> String {
        guard let address = unsafe clave_mhd_peer(connection) else { return "" }
        var text = [CChar](repeating: 0, count: 64)
        guard unsafe getnameinfo(address, 16, &text, 64, nil, 0, NI_NUMERICHOST) == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension HTTPServer.Incoming {
    /// Takes a piece of the body; false for more than was announced.
    fileprivate func take(_ bytes: UnsafeBufferPointer<CChar>, _ maximum: Int) -> Bool {
        guard body.count + bytes.count <= maximum else { return false }
        unsafe body.append(contentsOf: bytes.map { UInt8(bitPattern: $0) })
        return true
    }
}
