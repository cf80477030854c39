import CCurl
import COpenSSL

/// Brings a question to an OCSP responder over plain HTTP (RFC 6960 appendix A) and its answer back.
///
/// No redirect is followed, no proxy used, nothing but HTTP spoken; it takes a few seconds at most.
public struct OCSPTransport: Sendable {
    /// Bytes of an address.
    private static let maximumAddress = 1024

    /// Milliseconds for the whole of one question.
    private let timeLimit: Int

    /// - Parameter timeLimit: milliseconds for the whole of one question.
    public init(timeLimit: Int = 5000) { self.timeLimit = timeLimit }

    /// libcurl wants to be told once that it begins.
    private static let begun: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    /// Whether it is an address that is asked: `http://`, printable, without a user's name.
    public static func isValid(_ address: String) -> Bool {
        address.hasPrefix("http://") && (8...maximumAddress).contains(address.utf8.count)
            && address.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "@") }
    }

    /// The response's bytes; nil if there is none, whatever the reason.
    func post(_ request: [UInt8], to address: String) -> [UInt8]? {
        _ = Self.begun
        guard !request.isEmpty, Self.isValid(address), let handle = unsafe curl_easy_init() else { return nil }
        let headers = unsafe curl_slist_append(
            curl_slist_append(nil, "content-type: application/ocsp-request"), "expect:")
        defer {
            unsafe curl_easy_cleanup(handle)
            unsafe curl_slist_free_all(headers)
        }
        unsafe setSafety(handle)
        unsafe _ = clave_curl_set_string(handle, CURLOPT_URL, address)
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        unsafe _ = clave_curl_set_long(handle, CURLOPT_POST, 1)
        unsafe _ = clave_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, request.count)
        unsafe request.withUnsafeBytes {
            unsafe _ = clave_curl_set_pointer(
                handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
        }
        return unsafe Self.perform(handle)
    }

    private func setSafety(_ handle: UnsafeMutableRawPointer) {
        unsafe _ = clave_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http")
        unsafe _ = clave_curl_set_string(handle, CURLOPT_PROXY, "")
        unsafe _ = clave_curl_set_string(handle, CURLOPT_USERAGENT, "clave-gateway")
        unsafe _ = clave_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        unsafe _ = clave_curl_set_long(handle, CURLOPT_NETRC, 0)
        unsafe _ = clave_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        unsafe _ = clave_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        unsafe _ = clave_curl_set_long(handle, CURLOPT_TIMEOUT_MS, timeLimit)
    }

    private static func perform(_ handle: UnsafeMutableRawPointer) -> [UInt8]? {
        final class Body { var bytes: [UInt8] = [] }
        let body = Body()
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(body).toOpaque())
        unsafe _ = clave_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            let body = unsafe Unmanaged<Body>.fromOpaque(context!).takeUnretainedValue()
            // Less than was given makes libcurl end the transfer.
            guard body.bytes.count + size * count <= OCSPQuery.maximumResponse else { return 0 }
            unsafe body.bytes += UnsafeRawBufferPointer(start: data, count: size * count)
            return size * count
        }
        let code = unsafe curl_easy_perform(handle)
        var status = 0
        unsafe _ = clave_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return withExtendedLifetime(body) { code == CURLE_OK && status == 200 ? body.bytes : nil }
    }
}
