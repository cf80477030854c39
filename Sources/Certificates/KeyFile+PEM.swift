import COpenSSL
import SecureMemory

/// PEM (RFC 7468) and plain DER.
extension KeyFile {
    /// One block of a PEM file; OpenSSL's memory, wiped with it.
    @safe
    private struct Block: ~Copyable {
        let name: String
        let header: UnsafeMutablePointer<CChar>
        let bytes: UnsafeMutablePointer<UInt8>
        var count: Int
        private let size: Int

        /// The next block; nil if there is none.
        init?(_ source: OpaquePointer) {
            var name: UnsafeMutablePointer<CChar>?
            var header: UnsafeMutablePointer<CChar>?
            var bytes: UnsafeMutablePointer<UInt8>?
            var count = 0
            guard unsafe PEM_read_bio(source, &name, &header, &bytes, &count) == 1, let name = unsafe name,
                let header = unsafe header, let bytes = unsafe bytes
            else { return nil }
            self.name = unsafe String(cString: name)
            unsafe CRYPTO_free(name, "", 0)
            unsafe self.header = header
            unsafe self.bytes = bytes
            self.count = count
            size = count
        }

        deinit {
            unsafe CRYPTO_free(header, "", 0)
            unsafe CRYPTO_clear_free(bytes, size, "", 0)
        }
    }

    /// Reads a PEM file; false if there is no block in it.
    mutating func addPEM(_ file: borrowing SecretBytes, _ password: borrowing SecretBytes) throws(Failure) -> Bool {
        let count = file.count
        var outcome: Result<(KeyFile, Int), Failure> = .failure(.damaged)
        let start = self
        file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                let source = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(count))
                defer { unsafe BIO_free(source) }
                guard let source = unsafe source else { return }
                outcome = Result { () throws(Failure) in try unsafe start.reading(source, password) }
            }
        }
        let (found, blocks) = try outcome.get()
        self = found
        return blocks > 0
    }

    private func reading(
        _ source: OpaquePointer, _ password: borrowing SecretBytes
    ) throws(Failure) -> (KeyFile, Int) {
        var found = self
        var blocks = 0
        while var block = unsafe Block(source) {
            blocks += 1
            guard blocks <= Self.maximumKeys + Self.maximumCertificates else { throw .tooLarge }
            try found.add(&block, password)
        }
        ERR_clear_error()
        return (found, blocks)
    }

    private mutating func add(_ block: inout Block, _ password: borrowing SecretBytes) throws(Failure) {
        var position: UnsafePointer<UInt8>? = unsafe UnsafePointer(block.bytes)
        switch block.name {
        case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
            guard let certificate = unsafe d2i_X509(nil, &position, block.count) else { throw .damaged }
            try add(certificate: unsafe DecodedCertificate(owning: certificate).der, label: "")
        case "PRIVATE KEY":
            guard let information = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &position, block.count) else {
                throw .damaged
            }
            defer { unsafe PKCS8_PRIV_KEY_INFO_free(information) }
            unsafe try add(information: information, label: "")
        case "ENCRYPTED PRIVATE KEY":
            guard let sealed = unsafe d2i_X509_SIG(nil, &position, block.count) else { throw .damaged }
            unsafe try add(sealed: sealed, password)
        case "RSA PRIVATE KEY", "EC PRIVATE KEY":
            let wasSealed = try Self.open(&block, password)
            guard let key = unsafe d2i_AutoPrivateKey(nil, &position, block.count) else {
                // A wrong password may leave what only looks decrypted.
                throw wasSealed ? .wrongPassword : .damaged
            }
            try add(unsafe ImportedKey(owning: key), label: "")
        case "PKCS7", "PKCS #7 SIGNED DATA", "CMS":
            guard let list = unsafe d2i_PKCS7(nil, &position, block.count) else { throw .damaged }
            unsafe try add(certificatesOf: list)
        // As certtool writes it.
        case "PKCS12":
            let file = unsafe SecretBytes(
                copying: RawSpan(_unsafeStart: UnsafeRawPointer(block.bytes), byteCount: block.count))
            guard try addPKCS12(file, password) else { throw .damaged }
        default: return
        }
    }

    /// Takes over a PKCS#7 structure, of which only the certificates are looked at (RFC 2315 section 9.1).
    private mutating func add(certificatesOf list: UnsafeMutablePointer<PKCS7>) throws(Failure) {
        defer { unsafe PKCS7_free(list) }
        for place in 0..<(unsafe clave_openssl_pkcs7_certificate_count(list)) {
            guard let certificate = unsafe clave_openssl_pkcs7_certificate(list, place) else { continue }
            unsafe X509_up_ref(certificate)
            try add(certificate: unsafe DecodedCertificate(owning: certificate).der, label: "")
        }
    }

    /// Decrypts a block in OpenSSL's older way (`DEK-Info`); false if it is not encrypted.
    private static func open(_ block: inout Block, _ password: borrowing SecretBytes) throws(Failure) -> Bool {
        var cipher = unsafe EVP_CIPHER_INFO()
        guard unsafe PEM_get_EVP_CIPHER_INFO(block.header, &cipher) == 1 else { throw .unsupportedCipher }
        guard unsafe cipher.cipher != nil else { return false }
        guard password.count > 0 else { throw .needsPassword }
        let isOpen = password.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe withUnsafePointer(to: bytes) { bytes in
                    unsafe PEM_do_header(
                        &cipher, block.bytes, &block.count,
                        { target, capacity, _, context in
                            let typed = unsafe context!.assumingMemoryBound(to: UnsafeRawBufferPointer.self).pointee
                            guard let target = unsafe target, typed.count <= Int(capacity) else { return -1 }
                            unsafe UnsafeMutableRawPointer(target).copyMemory(
                                from: typed.baseAddress!, byteCount: typed.count)
                            return Int32(typed.count)
                        }, UnsafeMutableRawPointer(mutating: bytes))
                }
            }
        }
        guard isOpen == 1 else { throw decryptionFailure(false) }
        return true
    }

    // MARK: DER

    /// Reads a certificate, several in PKCS#7, or a key in PKCS#8, by itself; false if it is none of these.
    mutating func addDER(_ file: borrowing SecretBytes, _ password: borrowing SecretBytes) throws(Failure) -> Bool {
        var outcome: Result<KeyFile?, Failure> = .success(nil)
        let start = self
        file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { bytes in
                outcome = Result { () throws(Failure) in try unsafe start.reading(der: bytes, password) }
            }
        }
        guard let found = try outcome.get() else { return false }
        self = found
        return true
    }

    private func reading(
        der bytes: UnsafeRawBufferPointer, _ password: borrowing SecretBytes
    ) throws(Failure) -> KeyFile? {
        var found = self
        let start = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress
        var position = unsafe start
        if let certificate = unsafe d2i_X509(nil, &position, bytes.count) {
            try found.add(certificate: unsafe DecodedCertificate(owning: certificate).der, label: "")
            return found
        }
        unsafe position = start
        if let list = unsafe d2i_PKCS7(nil, &position, bytes.count) {
            unsafe try found.add(certificatesOf: list)
            return found
        }
        unsafe position = start
        if let sealed = unsafe d2i_X509_SIG(nil, &position, bytes.count) {
            unsafe try found.add(sealed: sealed, password)
            return found
        }
        unsafe position = start
        guard let key = unsafe d2i_AutoPrivateKey(nil, &position, bytes.count) else { return nil }
        try found.add(unsafe ImportedKey(owning: key), label: "")
        return found
    }

    /// Takes over an encrypted PKCS#8.
    private mutating func add(sealed: OpaquePointer, _ password: borrowing SecretBytes) throws(Failure) {
        defer { unsafe X509_SIG_free(sealed) }
        var algorithm: UnsafePointer<X509_ALGOR>?
        unsafe X509_SIG_get0(sealed, &algorithm, nil)
        unsafe try account(for: algorithm)
        // An empty one is a password too.
        let information = unsafe Self.withText(password) { text in
            unsafe PKCS8_decrypt(sealed, text.start, text.count)
        }
        guard let information = unsafe information else { throw Self.decryptionFailure(password.count == 0) }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(information) }
        unsafe try add(information: information, label: "")
    }
}
