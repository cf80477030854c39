import COpenSSL
import SecureMemory

/// Ciphers of old files (RC2, single DES) are in OpenSSL's legacy provider, which is loaded with the default one.
enum LegacyCiphers {
    static let isLoaded: Bool = {
        let legacy = unsafe OSSL_PROVIDER_load(nil, "legacy")
        return unsafe OSSL_PROVIDER_load(nil, "default") != nil && legacy != nil
    }()
}

/// PKCS#12 (RFC 7292).
extension KeyFile {
    /// Bags in bags.
    private static let maximumDepth = 4
    /// Safes of a file, and bags of one.
    private static let maximumBags = Int32(maximumKeys + maximumCertificates)

    /// A password as OpenSSL takes it. PKCS#12 tells an empty one from none.
    @safe
    struct Password {
        let start: UnsafePointer<CChar>?
        let count: Int32
    }

    /// Reads a PKCS#12 file; false if it is none.
    mutating func addPKCS12(
        _ file: borrowing SecretBytes, _ password: borrowing SecretBytes
    ) throws(Failure) -> Bool {
        let decoded = unsafe file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                var position = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                return unsafe d2i_PKCS12(nil, &position, bytes.count)
            }
        }
        guard let pfx = unsafe decoded else { return false }
        defer { unsafe PKCS12_free(pfx) }
        let start = self
        func outcome(_ password: borrowing SecretBytes) -> Result<KeyFile, Failure> {
            Self.withText(password) { text in Result { () throws(Failure) in try unsafe start.reading(pfx, text) } }
        }
        var found = outcome(password)
        if case .failure(.wrongPassword) = found, let misread = Self.misread(password) { found = outcome(misread) }
        self = try found.get()
        return true
    }

    /// The password as OpenSSL before 1.1 took one in UTF-8: each byte for a letter of ISO 8859-1. Nil if that is the same.
    ///
    /// `openssl pkcs12` tries it too.
    private static func misread(_ password: borrowing SecretBytes) -> SecretBytes? {
        let count = password.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in unsafe bytes.count { $0 >= 0x80 } }
        }
        guard count > 0 else { return nil }
        let length = password.count
        let misread = SecretBytes(zeros: length + count)
        password.withBytes { source in
            misread.withMutableBytes { target in
                unsafe source.withUnsafeBytes { source in
                    unsafe target.withUnsafeMutableBytes { target in
                        var place = 0
                        for index in 0..<length {
                            let byte = unsafe source[index]
                            if byte >= 0x80 {
                                unsafe target[place] = 0xC0 | byte >> 6
                                place += 1
                            }
                            unsafe target[place] = byte >= 0x80 ? 0x80 | byte & 0x3F : byte
                            place += 1
                        }
                    }
                }
            }
        }
        return misread
    }

    /// Lends the password with a zero behind it.
    static func withText<Result>(_ password: borrowing SecretBytes, _ body: (Password) -> Result) -> Result {
        let copy = SecretBytes(zeros: password.count + 1)
        let count = Int32(password.count)
        password.withBytes { source in
            copy.withMutableBytes { target in
                unsafe target.withUnsafeMutableBytes { target in
                    unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
                }
            }
        }
        return copy.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe body(Password(start: bytes.assumingMemoryBound(to: CChar.self).baseAddress, count: count))
            }
        }
    }

    private func reading(_ pfx: OpaquePointer, _ typed: Password) throws(Failure) -> KeyFile {
        var found = self
        let password = unsafe try verified(pfx, typed)
        guard let safes = unsafe clave_openssl_safes(pfx) else { throw .damaged }
        defer { unsafe clave_openssl_safes_free(safes) }
        let count = unsafe clave_openssl_safe_count(safes)
        guard count <= Self.maximumBags else { throw .tooLarge }
        for place in 0..<count {
            guard let safe = unsafe clave_openssl_safe(safes, place) else { throw .damaged }
            unsafe try found.add(safe: safe, password)
        }
        return found
    }

    /// The password by which the file's authenticity code is right; a file without one is read with the one given.
    private func verified(_ pfx: OpaquePointer, _ typed: Password) throws(Failure) -> Password {
        guard unsafe PKCS12_mac_present(pfx) == 1 else { return typed }
        switch unsafe clave_openssl_mac_kind(pfx) {
        case Int32(CLAVE_OPENSSL_MAC_PLAIN): break
        case Int32(CLAVE_OPENSSL_MAC_PBMAC1): throw .unsupportedCode
        default: throw .unsupportedCipher
        }
        var iterations: UnsafePointer<ASN1_INTEGER>?
        unsafe PKCS12_get0_mac(nil, nil, nil, &iterations, pfx)
        var count: Int64 = 1
        if let iterations = unsafe iterations, unsafe ASN1_INTEGER_get_int64(&count, iterations) != 1 {
            throw .damaged
        }
        try account(for: count)
        if unsafe PKCS12_verify_mac(pfx, typed.start, typed.count) == 1 { return typed }
        guard typed.count == 0 else { throw .wrongPassword }
        try account(for: count)
        let none = unsafe Password(start: nil, count: 0)
        guard unsafe PKCS12_verify_mac(pfx, nil, 0) == 1 else { throw .needsPassword }
        return none
    }

    private mutating func add(safe: UnsafeMutablePointer<PKCS7>, _ password: Password) throws(Failure) {
        let bags: UnsafeMutableRawPointer?
        switch unsafe clave_openssl_safe_kind(safe) {
        case 0: unsafe bags = clave_openssl_plain_bags(safe)
        case 1:
            unsafe try account(for: clave_openssl_safe_algorithm(safe))
            unsafe bags = clave_openssl_encrypted_bags(safe, password.start, password.count)
        default: return
        }
        guard let bags = unsafe bags else { throw Self.decryptionFailure(password.count == 0) }
        defer { unsafe clave_openssl_bags_free(bags) }
        unsafe try add(bags: bags, password, depth: 0)
    }

    private mutating func add(bags: UnsafeRawPointer, _ password: Password, depth: Int) throws(Failure) {
        let count = unsafe clave_openssl_bag_count(bags)
        guard count <= Self.maximumBags, depth < Self.maximumDepth else { throw .tooLarge }
        for place in 0..<count {
            guard let bag = unsafe clave_openssl_bag(bags, place) else { throw .damaged }
            let label = unsafe Self.label(bag)
            switch unsafe PKCS12_SAFEBAG_get_nid(bag) {
            case NID_certBag:
                guard let certificate = unsafe PKCS12_SAFEBAG_get1_cert(bag) else { continue }
                let decoded = unsafe DecodedCertificate(owning: certificate)
                try add(certificate: decoded.der, label: label)
            case NID_keyBag:
                guard let information = unsafe PKCS12_SAFEBAG_get0_p8inf(bag) else { throw .damaged }
                unsafe try add(information: information, label: label)
            case NID_pkcs8ShroudedKeyBag: unsafe try add(shrouded: bag, password, label: label)
            case NID_safeContentsBag:
                guard let nested = unsafe clave_openssl_nested_bags(bag) else { throw .damaged }
                unsafe try add(bags: nested, password, depth: depth + 1)
            default: continue
            }
        }
    }

    private mutating func add(shrouded bag: OpaquePointer, _ password: Password, label: String) throws(Failure) {
        guard let sealed = unsafe PKCS12_SAFEBAG_get0_pkcs8(bag) else { throw .damaged }
        var algorithm: UnsafePointer<X509_ALGOR>?
        unsafe X509_SIG_get0(sealed, &algorithm, nil)
        unsafe try account(for: algorithm)
        guard let information = unsafe PKCS8_decrypt(sealed, password.start, password.count) else {
            throw Self.decryptionFailure(password.count == 0)
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(information) }
        unsafe try add(information: information, label: label)
    }

    private static func label(_ bag: OpaquePointer) -> String {
        guard let name = unsafe PKCS12_get_friendlyname(bag) else { return "" }
        defer { unsafe CRYPTO_free(name, "", 0) }
        return unsafe String(String(cString: name).prefix(200))
    }

    // MARK: Shared with PKCS#8

    /// A key of a kind that is not known here is left out.
    mutating func add(information: OpaquePointer, label: String) throws(Failure) {
        guard let key = unsafe EVP_PKCS82PKEY(information) else { return }
        try add(unsafe ImportedKey(owning: key), label: label)
    }

    mutating func account(for algorithm: UnsafePointer<X509_ALGOR>?) throws(Failure) {
        guard let algorithm = unsafe algorithm else { throw .damaged }
        try account(for: unsafe clave_openssl_iterations(algorithm))
    }

    /// What OpenSSL's failure means: a wrong password can't be told from broken bytes.
    static func decryptionFailure(_ isWithoutPassword: Bool) -> Failure {
        if clave_openssl_is_unsupported() == 1 { return .unsupportedCipher }
        return isWithoutPassword ? .needsPassword : .wrongPassword
    }
}
