import CCurl
import Glibc

/// One keep-alive connection to the gateway.
@safe
final class Client {
    private let handle: UnsafeMutableRawPointer
    private(set) var body: [UInt8] = []

    /// - Parameter address: from which it connects; nil for the usual one.
    init(_ gateway: Gateway, from address: String? = nil) {
        unsafe handle = curl_easy_init()!
        if let address { unsafe _ = clave_curl_set_string(handle, CURLOPT_INTERFACE, address) }
        unsafe _ = clave_curl_set_string(handle, CURLOPT_CAINFO, gateway.authorityFile)
        unsafe _ = clave_curl_set_string(handle, CURLOPT_COOKIEFILE, "")
        unsafe _ = clave_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        unsafe _ = clave_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
            unsafe Unmanaged<Client>.fromOpaque(context!).takeUnretainedValue().body += Array(bytes)
            return size * count
        }
    }

    deinit { unsafe curl_easy_cleanup(handle) }

    /// The handle, for a multi.
    var raw: UnsafeMutableRawPointer { unsafe handle }

    /// Prepares a request.
    func prepare(_ address: String, headers: [String] = [], post: [UInt8]? = nil) {
        body = []
        unsafe _ = clave_curl_set_string(handle, CURLOPT_URL, address)
        var list: UnsafeMutablePointer<curl_slist>?
        for header in headers { unsafe list = curl_slist_append(list, header) }
        unsafe _ = clave_curl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        if let post {
            unsafe _ = clave_curl_set_long(handle, CURLOPT_POST, 1)
            unsafe _ = clave_curl_set_long(handle, CURLOPT_POSTFIELDSIZE, post.count)
            unsafe post.withUnsafeBytes {
                unsafe _ = clave_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
        } else {
            unsafe _ = clave_curl_set_long(handle, CURLOPT_HTTPGET, 1)
        }
    }

    /// Sends it; the status.
    func send() -> Int {
        unsafe _ = curl_easy_perform(handle)
        var status = 0
        unsafe _ = clave_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return status
    }
}
