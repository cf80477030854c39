import CP11Kit
import Glibc

/// A `pkcs11:` URI (RFC 7512) that names a certificate on a token.
@safe
final class TokenURI {
    /// Bytes of a URI.
    static let maximumLength = 1024

    private let uri: OpaquePointer

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
        guard let uri = unsafe p11_kit_uri_new() else { throw .failed("no memory for a URI") }
        unsafe self.uri = uri
        let result = unsafe p11_kit_uri_parse(text, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, uri)
        guard result == P11_KIT_URI_OK.rawValue, unsafe p11_kit_uri_any_unrecognized(uri) == 0, !namesMore else {
            throw .failed("the URI is none of a certificate on a token, or names more")
        }
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
        unsafe Self.withAttributes(identifier: certificate.identifier, label: certificate.label) { attributes in
            unsafe p11_kit_uri_match_attributes(uri, attributes.baseAddress, UInt(attributes.count))
        } == 1
    }

    // MARK: Writing

    /// The URI of a certificate: token, manufacturer, serial, type, id and object; without object if it would be too
    /// long, and nil if it still is.
    static func text(_ token: CK_TOKEN_INFO, _ certificate: PersonalCertificate) -> String? {
        text(token, identifier: certificate.identifier, label: certificate.label)
            ?? text(token, identifier: certificate.identifier, label: [])
    }

    private static func text(_ token: CK_TOKEN_INFO, identifier: [UInt8], label: [UInt8]) -> String? {
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
        return written.utf8.count <= maximumLength ? written : nil
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
