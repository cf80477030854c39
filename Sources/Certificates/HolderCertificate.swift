import COpenSSL
public import ClaveDomain

/// A person's certificate (RFC 5280), as far as it tells who they are and whether it serves to identify them.
///
/// Nothing of it is verified here: neither its signature nor whether it was revoked.
public struct HolderCertificate: Sendable {
    /// Bytes of a certificate.
    public static let maximumLength = 65_536

    /// What keeps a certificate from serving, for people to mend.
    public enum Problem: String, CaseIterable, Sendable {
        /// No name of it holds a DNI or NIE.
        case noDocument
        /// Its names hold different ones.
        case contradictoryDocuments
        case notYetValid
        case expired
        /// It is not for signatures: its key usage has neither digital signature nor non-repudiation.
        case notForSignatures
        /// It is an authority's, not a person's.
        case authority
    }

    /// An entity for which the holder acts.
    public struct Entity: Equatable, Sendable {
        /// Its name; may be empty.
        public let name: String
        /// Its tax number.
        public let number: String
    }

    /// The certificate in DER.
    public let der: [UInt8]
    /// The holder's name, for people; may be empty.
    public let name: String
    /// Their DNI or NIE; nil for none, and for several.
    public let document: NationalDocument?
    /// For whom they act; nil for themselves.
    public let entity: Entity?
    /// Who issued it, for people.
    public let issuer: String
    /// Seconds since 1970.
    public let validAfter: UInt64
    public let validBefore: UInt64

    private let documentCount: Int
    private let signs: Bool
    private let isAuthority: Bool

    /// Reads a certificate.
    ///
    /// - Parameter der: exactly one certificate in DER.
    /// - Returns: nil for what is none.
    public init?(der: [UInt8]) {
        guard let decoded = DecodedCertificate(der: der) else { return nil }
        let certificate = unsafe decoded.pointer
        guard let after = unsafe Self.time(X509_get0_notBefore(certificate)),
            let before = unsafe Self.time(X509_get0_notAfter(certificate)),
            let subjectName = unsafe X509_get_subject_name(certificate),
            let issuerName = unsafe X509_get_issuer_name(certificate)
        else { return nil }
        self.der = der
        let subject = unsafe DirectoryName(subjectName)
        let issuing = unsafe DirectoryName(issuerName)
        let alternatives = unsafe Self.alternatives(certificate)
        let documents = HolderDocuments(subject: subject, alternatives: alternatives)
        documentCount = documents.people.count
        document = documentCount == 1 ? documents.people.first : nil
        entity = documents.entity.map { number in
            let name =
                subject[DirectoryName.Kind.organization]
                ?? alternatives.lazy.compactMap { $0[DirectoryName.Kind.fnmtEntityName] }.first
            return Entity(name: name ?? "", number: number)
        }
        name = Self.name(subject)
        issuer = issuing[DirectoryName.Kind.commonName] ?? issuing[DirectoryName.Kind.organization] ?? ""
        validAfter = after
        validBefore = before
        let usage = unsafe X509_get_key_usage(certificate)
        signs = usage & UInt32(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) != 0
        isAuthority = unsafe X509_get_extension_flags(certificate) & UInt32(EXFLAG_CA) != 0
    }

    /// Why it can't serve now; empty if it can.
    ///
    /// - Parameter now: seconds since 1970.
    public func problems(now: UInt64) -> [Problem] {
        var problems: [Problem] = []
        if isAuthority { problems.append(.authority) }
        if documentCount == 0 { problems.append(.noDocument) }
        if documentCount > 1 { problems.append(.contradictoryDocuments) }
        if now < validAfter { problems.append(.notYetValid) }
        if now > validBefore { problems.append(.expired) }
        if !signs { problems.append(.notForSignatures) }
        return problems
    }

    // MARK: Reading

    private static func alternatives(_ certificate: OpaquePointer) -> [DirectoryName] {
        guard let names = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        defer { unsafe clave_openssl_general_names_free(names) }
        return (0..<min(unsafe clave_openssl_general_name_count(names), 64)).compactMap { place in
            unsafe clave_openssl_directory_name(names, place).map { unsafe DirectoryName($0) }
        }
    }

    private static func time(_ time: UnsafePointer<ASN1_TIME>?) -> UInt64? {
        var days: Int32 = 0
        var seconds: Int32 = 0
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_STRING_free(epoch) }
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return UInt64(exactly: Int64(days) * 86_400 + Int64(seconds))
    }

    /// Given name and surname where they are told apart, else the common name without what issuers add to it.
    private static func name(_ subject: DirectoryName) -> String {
        if let given = subject[DirectoryName.Kind.givenName], let surname = subject[DirectoryName.Kind.surname] {
            return "\(given) \(surname)"
        }
        return subject[DirectoryName.Kind.commonName] ?? ""
    }
}
