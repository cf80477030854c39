import COpenSSL
public import SecureMemory

/// A file with a person's private keys and certificates: PKCS#12 (RFC 7292), PEM (RFC 7468) or PKCS#8 (RFC 5958).
///
/// It comes from anywhere: read it in a process of its own.
public struct KeyFile {
    /// Bytes of a file.
    public static let maximumLength = 262_144
    /// Keys, and certificates, of one file.
    static let maximumObjects = 64
    /// Iterations of a password's derivations, all together: some seconds on a slow machine.
    static let maximumIterations: Int64 = 5_000_000

    /// Why a file gives no key with a certificate.
    public enum Failure: Error, Equatable, Sendable {
        /// It is longer than ``maximumLength``, or holds more than 64 keys or certificates.
        case tooLarge
        /// It is nothing that is known here.
        case unknownFormat
        /// It is protected, and no password was given.
        case needsPassword
        /// The password does not open it.
        case wrongPassword
        /// It has the form of a key file, but is broken.
        case damaged
        /// Its password would take too long to try: the file asks for more than five million iterations.
        case tooMuchWork
        /// It is encrypted in a way that OpenSSL does not have here.
        case unsupportedCipher
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
    /// Iterations that were asked for so far.
    private var work: Int64 = 0

    /// Reads the keys with their certificates.
    ///
    /// - Parameters:
    ///   - others: a second file, for a key and a certificate that are kept apart; empty for none.
    ///   - password: for both; empty for none.
    /// - Returns: one or more.
    public static func read(
        _ file: borrowing SecretBytes, _ others: borrowing SecretBytes, password: borrowing SecretBytes
    ) throws(Failure) -> [Entry] {
        var found = KeyFile()
        try found.add(file, password)
        if others.count > 0 { try found.add(others, password) }
        return try found.entries()
    }

    private mutating func add(_ file: borrowing SecretBytes, _ password: borrowing SecretBytes) throws(Failure) {
        guard file.count <= Self.maximumLength else { throw .tooLarge }
        ERR_clear_error()
        if try addPKCS12(file, password) { return }
        if try addPEM(file, password) { return }
        guard try addDER(file, password) else { throw .unknownFormat }
    }

    /// Takes the iterations that come into account before they are done.
    mutating func account(for iterations: Int64) throws(Failure) {
        guard (0...Self.maximumIterations - work).contains(iterations) else { throw .tooMuchWork }
        work += iterations
    }

    mutating func add(_ key: ImportedKey, label: String) throws(Failure) {
        guard keys.count < Self.maximumObjects else { throw .tooLarge }
        keys.append((key, label))
    }

    mutating func add(certificate der: [UInt8], label: String) throws(Failure) {
        guard certificates.count < Self.maximumObjects, der.count <= HolderCertificate.maximumLength else {
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
            guard let certificate = HolderCertificate(der: der), Self.matches(key, der) else { return nil }
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
