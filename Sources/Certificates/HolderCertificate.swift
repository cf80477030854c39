package import COpenSSL
public import ClaveDomain
public import SignedForms

/// A person's certificate (RFC 5280), as far as it tells who they are and whether it serves to identify them.
///
/// Nothing of it is verified here: neither its signature nor whether it was revoked.
public struct HolderCertificate: Sendable {
    /// Bytes of a certificate.
    public static let maximumLength = 65_536
    /// Digits of a serial number that are told: RFC 5280 section 4.1.2.2 allows 20 bytes.
    private static let maximumSerial = 64

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
        /// Its key is RSA of less than 2,048 bits.
        case weakKey
        /// Its key is of none of the kinds of ``Key``.
        case unknownKey
    }

    /// The kinds of keys that sign here.
    public enum Key: Equatable, Sendable {
        case rsa(bits: Int)
        /// RSA for PSS alone (RFC 4055 section 1.2), by the schemes that its parameters allow.
        case rsaPSS(bits: Int, schemes: [SignatureScheme])
        case p256
        case p384
        case p521
        case ed25519
        case other

        /// The ways in which it signs, the usual one first.
        public var schemes: [SignatureScheme] {
            switch self {
            case .rsa: [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
            case .rsaPSS(_, let schemes): schemes
            case .p256: [.es256]
            case .p384: [.es384]
            case .p521: [.es512]
            case .ed25519: [.edDSA]
            case .other: []
            }
        }
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
    /// Their tax number if they have neither (NIF K, L and M), which serves no gateway; nil for none.
    public let taxNumber: String?
    /// For whom they act; nil for themselves.
    public let entity: Entity?
    /// Who issued it, for people.
    public let issuer: String
    /// Whether an authority of the DNIe has issued it, as the issuer's name says (`OU=DNIE`).
    public let isFromDNIe: Bool
    /// The certificate's serial number: hexadecimal digits.
    public let serial: String
    /// Seconds since 1970; 0 for any time before.
    public let validAfter: UInt64
    public let validBefore: UInt64

    /// What its key is.
    public let key: Key

    private let documentCount: Int
    /// Its key usage has digital signature, or says nothing.
    public let identifies: Bool
    /// Its key usage has non-repudiation, or says nothing.
    public let commits: Bool
    private let isAuthority: Bool

    /// Reads a certificate.
    ///
    /// - Parameter der: exactly one certificate in DER.
    /// - Returns: nil for what is none.
    public init?(der: [UInt8]) {
        guard let decoded = DecodedCertificate(der: der) else { return nil }
        let certificate = unsafe decoded.pointer
        guard let after = unsafe Self.seconds(X509_get0_notBefore(certificate)),
            let before = unsafe Self.seconds(X509_get0_notAfter(certificate)),
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
        taxNumber = documents.taxNumber
        entity = documents.entity.map { number in
            let name =
                subject[DirectoryName.Kind.organization]
                ?? alternatives.lazy.flatMap { name in
                    ([DirectoryName.Kind.fnmtEntityName] + DirectoryName.Kind.employeeEntityNames).map { name[$0] }
                }.compactMap(\.self).first
            return Entity(name: name ?? "", number: number)
        }
        name = Self.name(subject)
        issuer = issuing[DirectoryName.Kind.commonName] ?? issuing[DirectoryName.Kind.organization] ?? ""
        isFromDNIe = issuing[DirectoryName.Kind.organizationalUnit] == "DNIE"
        serial = unsafe Self.serial(certificate)
        validAfter = UInt64(clamping: after)
        validBefore = UInt64(clamping: before)
        let usage = unsafe X509_get_key_usage(certificate)
        identifies = usage & UInt32(KU_DIGITAL_SIGNATURE) != 0
        commits = usage & UInt32(KU_NON_REPUDIATION) != 0
        key = unsafe Self.key(X509_get0_pubkey(certificate))
        isAuthority = unsafe X509_get_extension_flags(certificate) & UInt32(EXFLAG_CA) != 0
    }

    /// The number that tells its holder from others of their name: DNI, NIE or tax number; nil for none.
    public var number: String? { document?.text ?? taxNumber }

    /// ``number`` with its first four characters starred.
    public var maskedNumber: String? { number.map { NationalDocument.masked($0) } }

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
        if !identifies, !commits { problems.append(.notForSignatures) }
        switch key {
        case .rsa(let bits) where bits < 2048, .rsaPSS(let bits, _) where bits < 2048: problems.append(.weakKey)
        default: break
        }
        if key.schemes.isEmpty { problems.append(.unknownKey) }
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

    /// A time in seconds since 1970; nil for none.
    package static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        // To OpenSSL, no time at all is now.
        guard let time = unsafe time, let epoch = unsafe ASN1_TIME_set(nil, 0) else { return nil }
        defer { unsafe ASN1_STRING_free(epoch) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    private static func serial(_ certificate: OpaquePointer) -> String {
        let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil)
        defer { unsafe BN_free(number) }
        guard let number = unsafe number, let digits = unsafe BN_bn2hex(number) else { return "" }
        defer { unsafe CRYPTO_free(digits, "", 0) }
        return unsafe String(String(cString: digits).prefix(Self.maximumSerial))
    }

    /// Given name and surname where they are told apart, else the common name without what issuers add to it.
    private static func name(_ subject: DirectoryName) -> String {
        if let given = subject[DirectoryName.Kind.givenName], let surname = subject[DirectoryName.Kind.surname] {
            return "\(given) \(surname)"
        }
        return subject[DirectoryName.Kind.commonName] ?? ""
    }
}
