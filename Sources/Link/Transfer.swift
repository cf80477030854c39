import AgentProtocol
import CCurl

/// One HTTP request under way, with all that libcurl must not do turned off.
@safe
final class Transfer {
    /// Bytes of a reply's body.
    static let maximumBody = 65_536 + 1024
    /// Bytes of all headers of a reply.
    private static let maximumHeaders = 65_536

    let number: UInt32
    let opensStream: Bool
    /// libcurl's handle; it belongs to this transfer.
    let handle: UnsafeMutableRawPointer
    private(set) var body: [UInt8] = []
    /// When something came last, in milliseconds of the loop's clock.
    private(set) var lastHeard: UInt64
    private(set) var openedAt: UInt64?
    private(set) var isMalformed = false
    private var headerBytes = 0
    private var parser = EventStreamParser()
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let clock: () -> UInt64
    private let onItems: (Transfer, [EventStreamParser.Item]) -> Void
    private let onOpen: (Transfer) -> Void

    /// Prepares a request; nil if libcurl has no memory.
    init?(
        _ request: LinkRequest, limits: LinkLimits, clock: @escaping () -> UInt64,
        onOpen: @escaping (Transfer) -> Void, onItems: @escaping (Transfer, [EventStreamParser.Item]) -> Void
    ) {
        guard let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        number = request.number
        opensStream = request.opensStream
        self.clock = clock
        self.onOpen = onOpen
        self.onItems = onItems
        lastHeard = clock()
        setSafety(request.trust, limits)
        setRequest(request)
        setCallbacks()
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
    }

    /// The reply's HTTP status; 0 before there is one.
    var status: UInt32 {
        var code = 0
        unsafe _ = clave_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &code)
        return UInt32(clamping: code)
    }

    // MARK: Options

    private func setSafety(_ trust: GatewayTrust, _ limits: LinkLimits) {
        string(CURLOPT_PROTOCOLS_STR, "https")
        string(CURLOPT_PROXY, "")
        long(CURLOPT_FOLLOWLOCATION, 0)
        long(CURLOPT_NETRC, 0)
        long(CURLOPT_NOSIGNAL, 1)
        long(CURLOPT_SSL_VERIFYPEER, 1)
        long(CURLOPT_SSL_VERIFYHOST, 2)
        long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        long(CURLOPT_CONNECTTIMEOUT_MS, Int(limits.connect))
        if !opensStream { long(CURLOPT_TIMEOUT_MS, Int(limits.request)) }
        if !trust.certificates.isEmpty {
            // The given certificates alone: not the system's beside them.
            unsafe _ = clave_curl_set_pointer(handle, CURLOPT_CAINFO, nil)
            unsafe _ = clave_curl_set_pointer(handle, CURLOPT_CAPATH, nil)
            unsafe _ = clave_curl_set_blob(
                handle, CURLOPT_CAINFO_BLOB, trust.certificates, trust.certificates.count)
        }
        if !trust.pin.isEmpty { string(CURLOPT_PINNEDPUBLICKEY, trust.pin) }
    }

    private func setRequest(_ request: LinkRequest) {
        string(CURLOPT_URL, request.trust.origin + request.target)
        string(CURLOPT_USERAGENT, "clave-agent")
        for field in request.headers { append("\(field.name): \(field.value)") }
        append("expect:")
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        if request.method == "POST" {
            long(CURLOPT_POST, 1)
            long(CURLOPT_POSTFIELDSIZE, request.body.count)
            unsafe request.body.withUnsafeBytes {
                unsafe _ = clave_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
        }
    }

    private func setCallbacks() {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_PRIVATE, context)
        unsafe _ = clave_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
            return unsafe Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue().take(Array(bytes))
        }
        unsafe _ = clave_curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { _, size, count, context in
            unsafe Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue().takeHeader(size * count)
        }
    }

    private func long(_ option: CURLoption, _ value: Int) {
        unsafe _ = clave_curl_set_long(handle, option, value)
    }

    private func string(_ option: CURLoption, _ value: String) {
        unsafe _ = clave_curl_set_string(handle, option, value)
    }

    private func append(_ line: String) {
        unsafe headers = curl_slist_append(headers, line)
    }

    // MARK: What comes; returning less than was given makes libcurl end the transfer

    private func takeHeader(_ count: Int) -> Int {
        headerBytes += count
        return headerBytes <= Self.maximumHeaders ? count : 0
    }

    private func take(_ bytes: [UInt8]) -> Int {
        lastHeard = clock()
        guard opensStream, status == 200 else {
            guard body.count + bytes.count <= Self.maximumBody else {
                isMalformed = true
                return 0
            }
            body += bytes
            return bytes.count
        }
        if openedAt == nil { open() }
        do throws(EventStreamParser.Malformed) {
            let items = try parser.take(bytes)
            if !items.isEmpty { onItems(self, items) }
        } catch {
            isMalformed = true
            return 0
        }
        return bytes.count
    }

    private func open() {
        openedAt = clock()
        onOpen(self)
    }
}
