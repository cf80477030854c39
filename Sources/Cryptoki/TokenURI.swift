import CP11Kit
import Certificates
import Glibc
import SignedForms

/// A `pkcs11:` URI (RFC 7512) that names a certificate on a token.
@safe
final class TokenURI {
    /// Bytes of a URI.
    static let maximumLength = 1024

    /// An attribute of our own (RFC 7512 section 2.3 leaves room for them), which tells certificates apart that have
    /// identifier and label in common: the SHA-256 of the certificate, in hexadecimal digits.
    private static let exactName = "clave-sha256="

    private let uri: OpaquePointer
    /// The certificate's digest; nil if the URI does not name it.
    private let digest: [UInt8]?

    /// Reads a URI.
    ///
    /// A person may have written it, and less than what ``text(_:_:)`` gives: what it does not name fits everything.
    /// One with a query is refused: that could name a library to load, or a PIN (section 2.4). So is one with attributes
    /// of libraries and slots, or unknown ones.
    init(_ text: String) throws(InstalledFailure) {
        guard text.utf8.count <= Self.maximumLength, !text.utf8.contains(0) else {
            throw .failed("the URI is too long, or none")
        }
        guard !text.utf8.contains(UInt8(ascii: "?")) else { throw .failed("the URI has a query, which is refused") }
        let (plain, digest) = try Self.split(text)
        guard let uri = unsafe p11_kit_uri_new() else { throw .failed("no memory for a URI") }
        unsafe self.uri = uri
        self.digest = digest
        let result = unsafe p11_kit_uri_parse(plain, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, uri)
        guard result == P11_KIT_URI_OK.rawValue, unsafe p11_kit_uri_any_unrecognized(uri) == 0, !namesMore else {
            throw .failed("the URI is none of a certificate on a token, or names more")
        }
    }

    /// The URI without the attribute that p11-kit does not know, and the digest in it.
    private static func split(_ text: String) throws(InstalledFailure) -> (plain: String, digest: [UInt8]?) {
        // By bytes: to a comparison of characters, the Greek question mark is a semicolon, and a mark that combines with a
        // semicolon makes another character of it.
        let parts = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        let own = parts.filter { isExact($0) || $0.starts(with: "pkcs11:\(exactName)".utf8) }
        guard let part = own.first else { return (text, nil) }
        guard own.count == 1, isExact(part), let digest = bytes(hexadecimal: part.dropFirst(exactName.utf8.count))
        else { throw .failed("the URI's \(exactName.dropLast()) is none") }
        let others = parts.filter { !isExact($0) }.map { String(Substring($0)) }
        return (others.joined(separator: ";"), digest)
    }

    private static func isExact(_ part: Substring.UTF8View) -> Bool { part.starts(with: exactName.utf8) }

    private static func bytes(hexadecimal text: Substring.UTF8View) -> [UInt8]? {
        let digits = text.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == text.count, digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// Whether it names a PIN or a library all the same: in old forms, not only a query did.
    private var namesMore: Bool {
        unsafe p11_kit_uri_get_pin_source(uri) != nil || p11_kit_uri_get_pin_value(uri) != nil
            || p11_kit_uri_get_module_name(uri) != nil || p11_kit_uri_get_module_path(uri) != nil
    }

    deinit { unsafe p11_kit_uri_free(uri) }

    /// Whether it may name something on this token.
    func fits(_ token: CK_TOKEN_INFO) -> Bool {
        unsafe withUnsafePointer(to: token) { unsafe p11_kit_uri_match_token_info(uri, $0) } == 1
    }

    /// Whether it names this certificate, or any other like it.
    func fits(_ certificate: PersonalCertificate) -> Bool {
        guard digest == nil || digest == MessageDigest(.sha256, of: certificate.der)?.bytes else { return false }
        return unsafe Self.withAttributes(identifier: certificate.identifier, label: certificate.label) { attributes in
            unsafe p11_kit_uri_match_attributes(uri, attributes.baseAddress, UInt(attributes.count))
        } == 1
    }

    // MARK: Writing

    /// The URI of a certificate: token, manufacturer, serial, type, id and object; without object if it would be too
    /// long, and nil if it still is.
    ///
    /// - Parameter isExact: whether it fits no other certificate, whatever its identifier and label.
    static func text(
        _ token: CK_TOKEN_INFO, _ certificate: PersonalCertificate, isExact: Bool = false
    ) -> String? {
        var suffix = ""
        if isExact {
            guard let digest = MessageDigest(.sha256, of: certificate.der) else { return nil }
            let digits = digest.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            suffix = ";\(exactName)\(digits.joined())"
        }
        let limit = maximumLength - suffix.utf8.count
        let text =
            text(token, identifier: certificate.identifier, label: certificate.label, limit)
            ?? text(token, identifier: certificate.identifier, label: [], limit)
        return text.map { $0 + suffix }
    }

    private static func text(
        _ token: CK_TOKEN_INFO, identifier: [UInt8], label: [UInt8], _ limit: Int
    ) -> String? {
        guard let uri = unsafe p11_kit_uri_new(), let info = unsafe p11_kit_uri_get_token_info(uri) else { return nil }
        defer { unsafe p11_kit_uri_free(uri) }
        // Zeros are not told. Which model it is, a newer version of a library may call otherwise.
        unsafe info.pointee = CK_TOKEN_INFO()
        unsafe info.pointee.label = token.label
        unsafe info.pointee.manufacturerID = token.manufacturerID
        unsafe info.pointee.serialNumber = token.serialNumber
        let isSet = unsafe withAttributes(identifier: identifier, label: label) { attributes in
            // An empty label would be one that fits no other.
            unsafe p11_kit_uri_set_attributes(uri, attributes.baseAddress, label.isEmpty ? 2 : 3)
        }
        var text: UnsafeMutablePointer<CChar>?
        guard isSet == P11_KIT_URI_OK.rawValue,
            unsafe p11_kit_uri_format(uri, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, &text) == P11_KIT_URI_OK.rawValue,
            let text = unsafe text
        else { return nil }
        defer { unsafe free(text) }
        let written = unsafe String(cString: text)
        return written.utf8.count <= limit ? written : nil
    }

    /// Lends class, identifier and label of a certificate.
    private static func withAttributes(
        identifier: [UInt8], label: [UInt8], _ body: (UnsafeMutableBufferPointer<CK_ATTRIBUTE>) -> Int32
    ) -> Int32 {
        var (kind, identifier, label) = (UInt(CKO_CERTIFICATE), identifier, label)
        return unsafe withUnsafeMutableBytes(of: &kind) { kind in
            unsafe identifier.withUnsafeMutableBytes { identifier in
                unsafe label.withUnsafeMutableBytes { label in
                    var attributes = unsafe [
                        attribute(UInt(CKA_CLASS), kind), attribute(UInt(CKA_ID), identifier),
                        attribute(UInt(CKA_LABEL), label),
                    ]
                    return unsafe attributes.withUnsafeMutableBufferPointer { unsafe body($0) }
                }
            }
        }
    }

    private static func attribute(_ type: UInt, _ value: UnsafeMutableRawBufferPointer) -> CK_ATTRIBUTE {
        unsafe CK_ATTRIBUTE(type: type, pValue: value.baseAddress, ulValueLen: UInt(value.count))
    }
}
