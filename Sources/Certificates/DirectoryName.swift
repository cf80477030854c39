import COpenSSL

/// The attributes of a directory name (RFC 5280 section 4.1.2.4), as text, in their order.
struct DirectoryName: Equatable, Sendable {
    /// Attributes of one name, and bytes of one value, that are looked at.
    private static let maximumCount = 64
    private static let maximumLength = 1024

    /// Attribute types, by their object identifiers.
    enum Kind {
        static let commonName = "2.5.4.3"
        static let surname = "2.5.4.4"
        static let serialNumber = "2.5.4.5"
        static let organization = "2.5.4.10"
        static let organizationalUnit = "2.5.4.11"
        static let givenName = "2.5.4.42"
        static let qualifier = "2.5.4.46"
        /// ETSI EN 319 412-1 section 5.1.4: the identifier of an organisation.
        static let organizationIdentifier = "2.5.4.97"
        static let userID = "0.9.2342.19200300.100.1.1"
        /// FNMT-RCM's, in the subject alternative name.
        static let fnmtDocument = "1.3.6.1.4.1.5734.1.4"
        static let fnmtEntityName = "1.3.6.1.4.1.5734.1.6"
        static let fnmtEntityNumber = "1.3.6.1.4.1.5734.1.7"
        /// Consorci AOC's (CATCert) and others', in the subject: who answers for the key.
        static let catcertDocument = "1.3.6.1.4.1.18838.1.1"
        /// The state's, of a public employee, in the subject alternative name (2.16.724.1.3.5, "Perfiles de certificados
        /// electrónicos", section 10): 3 and 7 stand for older and newer certificates, 1 and 2 for the levels.
        static let employeeDocuments = employee("4")
        static let employeeEntityNames = employee("2")
        static let employeeEntityNumbers = employee("3")
        private static func employee(_ arc: String) -> [String] {
            ["7.1", "7.2", "3.1", "3.2"].map { "2.16.724.1.3.5.\($0).\(arc)" }
        }
        /// AC Camerfirma's, in the subject: the entity's tax number.
        static let camerfirmaEntityNumber = "1.3.6.1.4.1.17326.30.3"
    }

    private let attributes: [(kind: String, value: String)]

    static func == (one: DirectoryName, other: DirectoryName) -> Bool {
        one.attributes.elementsEqual(other.attributes, by: ==)
    }

    /// Reads OpenSSL's name; what is no text, or too long for one, is left out.
    init(_ name: OpaquePointer) {
        var attributes: [(String, String)] = []
        for place in 0..<min(unsafe X509_NAME_entry_count(name), Int32(Self.maximumCount)) {
            guard let entry = unsafe X509_NAME_get_entry(name, place),
                let kind = unsafe Self.identifier(X509_NAME_ENTRY_get_object(entry)),
                let value = unsafe Self.text(X509_NAME_ENTRY_get_data(entry))
            else { continue }
            attributes.append((kind, value))
        }
        self.attributes = attributes
    }

    /// The first value of a kind; nil if there is none.
    subscript(kind: String) -> String? { attributes.first { $0.kind == kind }?.value }

    private static func identifier(_ object: OpaquePointer?) -> String? {
        var buffer = [CChar](repeating: 0, count: 128)
        let count = unsafe OBJ_obj2txt(&buffer, Int32(buffer.count), object, 1)
        guard count > 0, count < buffer.count else { return nil }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func text(_ string: UnsafePointer<ASN1_STRING>?) -> String? {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = unsafe ASN1_STRING_to_UTF8(&bytes, string)
        guard count >= 0, let start = unsafe bytes else { return nil }
        defer { unsafe CRYPTO_free(start, "", 0) }
        guard count <= maximumLength else { return nil }
        let text = unsafe String(validating: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
        // A zero in a name has disguised another before.
        return text.flatMap { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? nil : $0 }
    }
}
