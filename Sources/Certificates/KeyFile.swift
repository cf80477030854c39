import COpenSSL
public import SecureMemory

/// A file with a person's private keys and certificates: PKCS#12 (RFC 7292), PEM (RFC 7468), PKCS#8 (RFC 5958) or, for
/// certificates, PKCS#7 (RFC 2315); also as text in base64 or UTF-16.
///
/// It comes from anywhere: read it in a process of its own.
public struct KeyFile {
    /// Bytes of a file.
    public static let maximumLength = 524_288
    /// Keys of one file, and certificates: a key may stand among all the authorities that a Java program trusts.
    static let maximumKeys = 64
    static let maximumCertificates = 512

    /// Why a file gives no key with a certificate.
    public enum Failure: Error, Equatable, Sendable {
        /// It is longer than ``maximumLength``, or holds more than 64 keys or 512 certificates.
        case tooLarge
        /// It is nothing that is known here.
        case unknownFormat
        /// It is protected, and no password was given.
        case needsPassword
        /// The password does not open it.
        case wrongPassword
        /// It has the form of a key file, but is broken.
        case damaged
        /// Its password would take too long to try (``PasswordWork``).
        case tooMuchWork
        /// It is encrypted in a way that OpenSSL does not have here.
        case unsupportedCipher
        /// Its authenticity code is PBMAC1 (RFC 9579), which is not read here.
        case unsupportedCode
        /// It is a key store of Java's own form.
        case javaKeyStore
        /// There is a certificate in it, and no private key.
        case noKey
        /// There is a private key in it, and no certificate.
        case noCertificate
        /// No certificate in it is of a key in it.
        case noMatch
    }

    /// A key with its certificate.
    public struct Entry {
        /// The friendly name; may be empty.
        public let label: String
        public let key: ImportedKey
        public let certificate: HolderCertificate
        /// In DER: the certificate, and those of its issuers as far as the file has them.
        public let chain: [[UInt8]]
    }

    var keys: [(key: ImportedKey, label: String)] = []
    var certificates: [(der: [UInt8], label: String)] = []
    private let work: PasswordWork

    private init(_ work: PasswordWork) { self.work = work }

    /// Reads the keys with their certificates.
    ///
    /// - Parameters:
    ///   - others: a second file, for a key and a certificate that are kept apart; empty for none.
    ///   - password: for both; empty for none.
    ///   - opened: hears once a second how many keys and certificates were opened, where it takes longer.
    /// - Returns: one or more.
    public static func read(
        _ file: borrowing SecretBytes, _ others: borrowing SecretBytes, password: borrowing SecretBytes,
        opened: @escaping (Int) -> Void = { _ in }
    ) throws(Failure) -> [Entry] {
        _ = LegacyCiphers.isLoaded
        var found = KeyFile(PasswordWork(opened))
        try found.add(file, password)
        if others.count > 0 { try found.add(others, password) }
        return try found.entries()
    }

    private mutating func add(_ file: borrowing SecretBytes, _ password: borrowing SecretBytes) throws(Failure) {
        guard file.count <= Self.maximumLength else { throw .tooLarge }
        ERR_clear_error()
        guard !KeyFileText.isJavaKeyStore(file) else { throw .javaKeyStore }
        if let plain = KeyFileText.withoutMarks(file) {
            if try addForms(plain, password) { return }
        } else if try addForms(file, password) {
            return
        } else if let decoded = KeyFileText.decodedBase64(file), try addForms(decoded, password) {
            return
        }
        throw .unknownFormat
    }

    /// Reads what has one of the forms; false if it has none.
    private mutating func addForms(
        _ file: borrowing SecretBytes, _ password: borrowing SecretBytes
    ) throws(Failure) -> Bool {
        if try addPKCS12(file, password) { return true }
        if try addPEM(file, password) { return true }
        return try addDER(file, password)
    }

    /// Takes the iterations that come into account before they are done.
    func account(for iterations: Int64) throws(Failure) {
        try work.account(for: iterations, opened: keys.count + certificates.count)
    }

    /// Takes a key, once.
    mutating func add(_ key: ImportedKey, label: String) throws(Failure) {
        guard !keys.contains(where: { $0.key.isSame(as: key) }) else { return }
        guard keys.count < Self.maximumKeys else { throw .tooLarge }
        keys.append((key, label))
    }

    /// Takes a certificate, once.
    mutating func add(certificate der: [UInt8], label: String) throws(Failure) {
        guard !certificates.contains(where: { $0.der == der }) else { return }
        guard certificates.count < Self.maximumCertificates, der.count <= HolderCertificate.maximumLength else {
            throw .tooLarge
        }
        certificates.append((der, label))
    }

    // MARK: What belongs together

    private func entries() throws(Failure) -> [Entry] {
        guard !keys.isEmpty else { throw certificates.isEmpty ? .unknownFormat : .noKey }
        guard !certificates.isEmpty else { throw .noCertificate }
        let entries = keys.flatMap(entries)
        guard !entries.isEmpty else { throw .noMatch }
        return entries
    }

    /// A key may have several: one that ran out, and its successor.
    private func entries(_ key: ImportedKey, _ label: String) -> [Entry] {
        certificates.compactMap { der, name in
            guard Self.matches(key, der), let certificate = HolderCertificate(der: der) else { return nil }
            return Entry(label: name.isEmpty ? label : name, key: key, certificate: certificate, chain: chain(of: der))
        }
    }

    private static func matches(_ key: ImportedKey, _ der: [UInt8]) -> Bool {
        guard let certificate = DecodedCertificate(der: der) else { return false }
        return unsafe X509_check_private_key(certificate.pointer, key.key) == 1
    }

    private func chain(of der: [UInt8]) -> [[UInt8]] {
        CertificateChain.chain(of: der, from: certificates.map(\.der))
    }
}

extension ImportedKey {
    /// Whether two are one key.
    fileprivate func isSame(as other: ImportedKey) -> Bool { unsafe EVP_PKEY_eq(key, other.key) == 1 }
}
