import COpenSSL
import Glibc
import Posix
import SecureMemory

/// A server's certificates: a small authority of its own, and a certificate for its names that the authority signed.
///
/// Agents and browsers are given `ca.crt`. The keys stay when a certificate is renewed, so pins stay right.
public struct TLSMaterial: Sendable {
    /// Why there is no material.
    public struct Failure: Error, Equatable {
        /// In English.
        public let message: String
    }

    /// Seconds before its end at which a certificate is renewed.
    private static let renewal = 30 * 86_400

    /// The certificate and the authority's, in PEM.
    public let certificates: String
    /// The private key in PEM.
    let key: String
    /// The key's pin: `sha256//` and the base64 of the SHA-256 of its SubjectPublicKeyInfo.
    public let pin: String

    /// Reads the material of a state folder, making what is missing or about to end.
    ///
    /// - Parameters:
    ///   - folder: made where it is not there.
    ///   - names: DNS names and IP addresses, in the first place the one that is shown to people.
    ///   - authority: the authority's name, where it is made.
    /// - Throws: if a file is not what it should be, or can't be written.
    public init(folder: String, names: [String], authority name: String) throws(Failure) {
        let lock = try Self.lock(folder)
        defer { flock(lock.number, LOCK_UN) }
        let authorityKey = unsafe try Self.key("\(folder)/ca.key")
        let ownKey = unsafe try Self.key("\(folder)/tls.key")
        defer {
            unsafe EVP_PKEY_free(authorityKey)
            unsafe EVP_PKEY_free(ownKey)
        }
        let authority = unsafe try Self.certificate("\(folder)/ca.crt", key: authorityKey, issuerKey: authorityKey) {
            () throws(Failure) in
            unsafe try Self.sign(
                subject: name, authorityKey, issuer: nil, authorityKey,
                [
                    (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                    (NID_key_usage, "critical,keyCertSign,cRLSign"),
                    (NID_subject_key_identifier, "hash"),
                ])
        }
        defer { unsafe X509_free(authority) }
        let alternatives = names.map { Self.isAddress($0) ? "IP:\($0)" : "DNS:\($0)" }.joined(separator: ",")
        let own = unsafe try Self.certificate("\(folder)/tls.crt", key: ownKey, issuerKey: authorityKey, names: names) {
            () throws(Failure) in
            unsafe try Self.sign(
                subject: names[0], ownKey, issuer: authority, authorityKey,
                [
                    (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
                    (NID_ext_key_usage, "serverAuth"), (NID_subject_alt_name, alternatives),
                    (NID_authority_key_identifier, "keyid"),
                ])
        }
        defer { unsafe X509_free(own) }
        certificates =
            unsafe try Self.pem { unsafe PEM_write_bio_X509($0, own) }
            + Self.pem { unsafe PEM_write_bio_X509($0, authority) }
        key = unsafe try Self.pem { unsafe PEM_write_bio_PrivateKey($0, ownKey, nil, nil, 0, nil, nil) }
        pin = unsafe Self.pin(own)
    }

    // MARK: Files

    private static func lock(_ folder: String) throws(Failure) -> Descriptor {
        do throws(SystemError) {
            try Files.makeFolder(folder)
            return try FolderLock.take(folder)
        } catch { throw Failure(message: "\(error)") }
    }

    private static func key(_ path: String) throws(Failure) -> OpaquePointer {
        if let bytes = try? Files.read(path, limit: 65536), let bio = unsafe clave_openssl_source(bytes, bytes.count) {
            defer { unsafe BIO_free(bio) }
            if let key = unsafe PEM_read_bio_PrivateKey(bio, nil, nil, nil) { return unsafe key }
            throw Failure(message: "\(path) is not a private key")
        }
        guard let key = unsafe clave_openssl_make_ec_key("P-256") else {
            throw Failure(message: "no key could be made")
        }
        let text = unsafe try pem { unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        try write(text, to: path, mode: 0o600)
        return unsafe key
    }

    /// The certificate of a file, if it is for this key and these names, from this authority, and lasts; else a new one.
    private static func certificate(
        _ path: String, key: OpaquePointer, issuerKey: OpaquePointer, names: [String] = [],
        make: () throws(Failure) -> OpaquePointer
    ) throws(Failure) -> OpaquePointer {
        if let bytes = try? Files.read(path, limit: 65536), let bio = unsafe clave_openssl_source(bytes, bytes.count) {
            defer { unsafe BIO_free(bio) }
            if let found = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                var soon = time(nil) + renewal
                let lasts = unsafe X509_cmp_time(X509_get0_notAfter(found), &soon) > 0
                if lasts, unsafe X509_check_private_key(found, key) == 1, unsafe X509_verify(found, issuerKey) == 1,
                    names.allSatisfy({ unsafe holds(found, $0) })
                {
                    return unsafe found
                }
                unsafe X509_free(found)
            }
        }
        let made = unsafe try make()
        try write(unsafe try pem { unsafe PEM_write_bio_X509($0, made) }, to: path, mode: 0o644)
        return unsafe made
    }

    private static func holds(_ certificate: OpaquePointer, _ name: String) -> Bool {
        unsafe isAddress(name)
            ? X509_check_ip_asc(certificate, name, 0) == 1 : X509_check_host(certificate, name, 0, 0, nil) == 1
    }

    private static func write(_ text: String, to path: String, mode: UInt32) throws(Failure) {
        do throws(SystemError) {
            try Files.replace(path, with: Array(text.utf8), mode: mode)
        } catch {
            throw Failure(message: "\(error)")
        }
    }

    private static func pem(_ write: (OpaquePointer) -> Int32) throws(Failure) -> String {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw Failure(message: "no memory") }
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else { throw Failure(message: "OpenSSL could not write PEM") }
        var data: UnsafeMutablePointer<CChar>?
        let count = unsafe clave_openssl_bio_memory(bio, &data)
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: count)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Making

    private static func sign(
        subject: String, _ key: OpaquePointer, issuer: OpaquePointer?, _ issuerKey: OpaquePointer,
        _ extensions: [(Int32, String)]
    ) throws(Failure) -> OpaquePointer {
        guard let certificate = unsafe X509_new() else { throw Failure(message: "no memory") }
        unsafe X509_set_version(certificate, 2)
        let serial = [0x40 | randomBytes(1)[0] & 0x3F] + randomBytes(15)
        let number = unsafe BN_bin2bn(serial, Int32(serial.count), nil)
        unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
        unsafe BN_free(number)
        unsafe X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
        unsafe X509_gmtime_adj(X509_getm_notAfter(certificate), issuer == nil ? 3650 * 86_400 : 390 * 86_400)
        unsafe X509_set_pubkey(certificate, key)
        let name = unsafe X509_get_subject_name(certificate)
        // 0x1000 is MBSTRING_UTF8.
        unsafe X509_NAME_add_entry_by_txt(
            name, "CN", 0x1000, Array(subject.utf8), Int32(subject.utf8.count), -1, 0)
        unsafe X509_set_issuer_name(certificate, issuer.map { unsafe X509_get_subject_name($0) } ?? name)
        for (nid, value) in extensions {
            guard unsafe clave_openssl_add_extension(certificate, issuer ?? certificate, nid, value) == 1 else {
                throw Failure(message: "a certificate for \(subject) can't be made: \(value)")
            }
        }
        guard unsafe X509_sign(certificate, issuerKey, EVP_sha256()) > 0 else {
            throw Failure(message: "a certificate could not be signed")
        }
        return unsafe certificate
    }

    private static func pin(_ certificate: OpaquePointer) -> String {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded)
        defer { unsafe CRYPTO_free(encoded, "", 0) }
        let bytes = unsafe Array(UnsafeBufferPointer(start: encoded, count: Int(count)))
        return "sha256//" + base64(sha256(unsafe bytes.span.bytes))
    }

    private static func isAddress(_ name: String) -> Bool {
        name.contains(":") || name.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    }
}
