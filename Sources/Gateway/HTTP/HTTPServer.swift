import CMicrohttpd
import Glibc
import Posix

/// libmicrohttpd with TLS: turns connections into requests, and responses into bytes.
@safe
final class HTTPServer: @unchecked Sendable {
    /// What a route gives back.
    enum Outcome: Sendable {
        case response(HTTPResponse)
        /// An open event stream.
        case stream(EventStream)
    }

    struct Failure: Error, Equatable {
        let message: String
    }

    /// Bytes of a request's body.
    static let maximumBody = 65_536 + 256
    private static let maximumConnections: UInt32 = 8192
    private static let headers = [
        "host", "cookie", "accept-language", "content-digest", "signature-input", "signature", "last-event-id",
        "content-type", "sec-fetch-site", "x-clave-form",
    ]
    private static let arguments = ["lang", "code", "page", "done", "turn", "after", "place"]

    /// One request while its body comes in.
    fileprivate final class Incoming {
        var body: [UInt8] = []
        var isTooLarge = false
    }

    private var daemon: OpaquePointer?
    private let handler: @Sendable (HTTPRequest) -> Outcome
    private let key: UnsafeMutablePointer<CChar>
    private let certificates: UnsafeMutablePointer<CChar>

    /// Listens on an IPv4 address.
    ///
    /// - Parameter handler: called on the server's threads; it may block.
    init(
        address: String, port: UInt16, tls: TLSMaterial, threads: Int,
        handler: @escaping @Sendable (HTTPRequest) -> Outcome
    ) throws(Failure) {
        self.handler = handler
        unsafe key = strdup(tls.key)
        unsafe certificates = strdup(tls.certificates)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, address, &place.sin_addr) == 1 else {
            throw Failure(message: "\(address) is not an IPv4 address")
        }
        unsafe withUnsafePointer(to: &place) { place in
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                unsafe daemon = clave_mhd_start(
                    place, UInt32(threads), Self.maximumConnections, 60, key, certificates, Self.access,
                    Self.completed, Unmanaged.passUnretained(self).toOpaque())
            }
        }
        guard unsafe daemon != nil else {
            throw Failure(message: "nothing can listen at \(address), port \(port): is it in use?")
        }
    }

    deinit {
        unsafe free(key)
        unsafe free(certificates)
    }

    /// The port that it listens on.
    var port: UInt16 {
        unsafe clave_mhd_port(daemon)
    }

    /// Takes no more connections, and ends those that there are. Streams must have been ended before.
    func stop() {
        unsafe MHD_stop_daemon(daemon)
        unsafe daemon = nil
    }

    // MARK: Requests

    private static let access: MHD_AccessHandlerCallback = {
        context, connection, url, method, _, data, size, slot in
        let server = unsafe Unmanaged<HTTPServer>.fromOpaque(context!).takeUnretainedValue()
        guard let state = unsafe slot!.pointee else {
            unsafe slot!.pointee = Unmanaged.passRetained(Incoming()).toOpaque()
            return clave_mhd_yes
        }
        let incoming = unsafe Unmanaged<Incoming>.fromOpaque(state).takeUnretainedValue()
        if unsafe size!.pointee > 0 {
            unsafe incoming.take(UnsafeBufferPointer(start: data, count: size!.pointee))
            unsafe size!.pointee = 0
            return clave_mhd_yes
        }
        return unsafe server.finish(incoming, connection!, String(cString: url!), String(cString: method!))
    }

    /// Lets go of a request's body, whether it was answered or cut off.
    private static let completed: MHD_RequestCompletedCallback = { _, _, slot, _ in
        guard let state = unsafe slot!.pointee else { return }
        unsafe slot!.pointee = nil
        unsafe Unmanaged<Incoming>.fromOpaque(state).release()
    }

    private func finish(
        _ incoming: Incoming, _ connection: OpaquePointer, _ path: String, _ method: String
    ) -> MHD_Result {
        guard !incoming.isTooLarge else {
            return unsafe queue(HTTPResponse(status: 413, type: "text/plain", Array("too large\n".utf8)), connection)
        }
        let request = unsafe HTTPRequest(
            method: method, path: path, address: Self.address(connection),
            headers: Self.values(Self.headers, clave_mhd_header, connection),
            query: Self.values(Self.arguments, clave_mhd_argument, connection), body: incoming.body)
        switch handler(request) {
        case .response(let response): return unsafe queue(response, connection)
        case .stream(let stream): return unsafe stream.queue(on: connection)
        }
    }

    private func queue(_ response: HTTPResponse, _ connection: OpaquePointer) -> MHD_Result {
        guard let made = unsafe clave_mhd_response(response.body, response.body.count) else {
            return clave_mhd_no
        }
        defer { unsafe MHD_destroy_response(made) }
        for (name, value) in response.headers { unsafe MHD_add_response_header(made, name, value) }
        return unsafe MHD_queue_response(connection, response.status, made)
    }

    private static func values(
        _ names: [String], _ kind: MHD_ValueKind, _ connection: OpaquePointer
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
    fileprivate func take(_ bytes: UnsafeBufferPointer<CChar>) {
        guard body.count + bytes.count <= HTTPServer.maximumBody else {
            isTooLarge = true
            return
        }
        unsafe body.append(contentsOf: bytes.map { UInt8(bitPattern: $0) })
    }
}
