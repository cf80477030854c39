import COpenSSL
import SecureMemory
import SecureMessaging

/// An RSA private key of the card.
///
/// Not guarded as the agent guards keys: the people of the simulator are made up.
@safe public final class CardKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes ownership of a key of OpenSSL's.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// A fresh key with the exponent 65537 and a modulus of exactly this many bits; nil if there is no memory.
    static func make(bits: Int) -> CardKey? {
        guard let pointer = unsafe clave_openssl_make_rsa_key(UInt32(bits)) else { return nil }
        return unsafe CardKey(owning: pointer)
    }

    /// Reads a key in PEM; nil for anything but an RSA key of 1,024 to 4,096 bits.
    public init?(pem: [UInt8]) {
        guard !pem.isEmpty, let bio = unsafe clave_openssl_source(pem, pem.count) else { return nil }
        defer { unsafe BIO_free(bio) }
        guard let pointer = unsafe PEM_read_bio_PrivateKey(bio, nil, nil, nil) else { return nil }
        guard unsafe EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA,
            unsafe (1024...4096).contains(EVP_PKEY_get_bits(pointer))
        else {
            unsafe EVP_PKEY_free(pointer)
            return nil
        }
        unsafe self.pointer = pointer
    }

    /// The key in PEM (PKCS#8).
    func pem() -> [UInt8]? {
        unsafe memoryBytes { unsafe PEM_write_bio_PrivateKey($0, pointer, nil, nil, 0, nil, nil) }
    }

    /// Its public half in PEM (RFC 5280 section 4.1, SubjectPublicKeyInfo).
    func publicPEM() -> [UInt8]? {
        unsafe memoryBytes { unsafe PEM_write_bio_PUBKEY($0, pointer) }
    }

    /// The key as the secure channel's handshake wants a chip's; nil unless it has 1,024 bits and the exponent 65537.
    func component() -> CWAPrivateKey? {
        guard let rsa = unsafe EVP_PKEY_get0_RSA(pointer),
            unsafe Self.bytes(RSA_get0_e(rsa)) == [1, 0, 1],
            let publicKey = unsafe CWAPublicKey(modulus: Self.bytes(RSA_get0_n(rsa)))
        else { return nil }
        let exponent = unsafe Self.bytes(RSA_get0_d(rsa))
        return unsafe CWAPrivateKey(publicKey, exponent: SecretBytes(copying: exponent.span.bytes))
    }

    private static func bytes(_ number: OpaquePointer?) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
        _ = unsafe BN_bn2bin(number, &bytes)
        return bytes
    }

    /// A signature by RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2), the DigestInfo given; nil if it doesn't fit.
    public func sign(_ digestInformation: [UInt8]) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new(pointer, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_sign_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
        else { return nil }
        var count = unsafe Int(EVP_PKEY_get_size(pointer))
        var signature = [UInt8](repeating: 0, count: count)
        let input = digestInformation
        guard unsafe EVP_PKEY_sign(context, &signature, &count, input, input.count) == 1 else { return nil }
        return Array(signature.prefix(count))
    }
}

/// What a function of OpenSSL's writes to memory; nil if it fails.
func memoryBytes(_ write: (OpaquePointer) -> Int32) -> [UInt8]? {
    guard let bio = unsafe BIO_new(BIO_s_mem()) else { return nil }
    defer { unsafe BIO_free(bio) }
    guard unsafe write(bio) == 1 else { return nil }
    var data: UnsafeMutablePointer<CChar>?
    let count = unsafe clave_openssl_bio_memory(bio, &data)
    return unsafe Array(UnsafeRawBufferPointer(start: data, count: count))
}
