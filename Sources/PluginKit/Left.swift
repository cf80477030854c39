public import ClavePluginABI
public import SecureMemory

/// What an activation leaves behind for the agent to keep.
public enum Left {
    /// Puts a reference to a key that stays where it is.
    public static func put(
        reference: String, certificates: [UInt8], in result: UnsafeMutablePointer<clave_result>
    ) throws(Status) {
        let bytes = SecretBytes(copying: unsafe Array(reference.utf8).span.bytes)
        unsafe try put(bytes, UInt32(CLAVE_RESULT_REFERENCE), certificates: certificates, in: result)
    }

    /// Puts a key, or a reference, with the key's certificate and those of its issuers, in DER one behind the other.
    public static func put(
        _ value: borrowing SecretBytes, _ kind: UInt32, certificates: [UInt8],
        in result: UnsafeMutablePointer<clave_result>
    ) throws(Status) {
        let count = value.count
        let isPut = unsafe withUnsafeMutableBytes(of: &result.pointee.bytes) { target in
            guard count <= target.count else { return false }
            value.withBytes { source in
                unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
            }
            return true
        }
        if !isPut {
            guard kind == UInt32(CLAVE_RESULT_KEY), count <= CLAVE_KEY_MAX else { throw .failed }
            unsafe put(long: value, in: result)
        }
        unsafe result.pointee.kind = kind
        unsafe result.pointee.count = isPut ? count : 0
        unsafe result.pointee.certificates = unsafe forever(certificates)
        unsafe result.pointee.certificates_count = certificates.count
    }

    /// Lends a key that is longer than the result's own place; the host wipes it.
    private static func put(long value: borrowing SecretBytes, in result: UnsafeMutablePointer<clave_result>) {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: value.count)
        value.withBytes { source in
            unsafe source.withUnsafeBytes {
                unsafe UnsafeMutableRawPointer(memory).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
        }
        unsafe result.pointee.key = memory
        unsafe result.pointee.key_count = value.count
    }

    /// Puts a reference to a second key, whose signatures bind.
    public static func put(
        signatureReference: String, certificates: [UInt8], in result: UnsafeMutablePointer<clave_result>
    ) {
        unsafe result.pointee.signature_reference = unsafe CText.forever(signatureReference)
        unsafe result.pointee.signature_certificates = unsafe forever(certificates)
        unsafe result.pointee.signature_certificates_count = certificates.count
    }

    /// Puts what a registration goes on from another day; the call then ends with `CLAVE_PENDING`.
    ///
    /// - Parameters:
    ///   - page: path at the gateway; empty for none.
    ///   - due: seconds since 1970; 0 for any time.
    public static func put(
        pending reference: String, page: String, due: Int64, in result: UnsafeMutablePointer<clave_result>
    ) throws(Status) {
        let bytes = SecretBytes(copying: unsafe Array(reference.utf8).span.bytes)
        unsafe try put(bytes, UInt32(CLAVE_RESULT_PENDING), certificates: [], in: result)
        unsafe result.pointee.page = page.isEmpty ? nil : unsafe CText.forever(page)
        unsafe result.pointee.due = due
    }

    /// A copy that is the host's to read until the process ends.
    private static func forever(_ bytes: [UInt8]) -> UnsafePointer<UInt8> {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
        unsafe memory.initialize(from: bytes, count: bytes.count)
        return unsafe UnsafePointer(memory)
    }
}
