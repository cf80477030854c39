import COpenSSL
import SmartCard

/// Who a card says it is, by certificates of the issuer's that have been verified; the handshake proves it.
public struct CWACardIdentity: Equatable, Sendable {
    /// SN.ICC, 8 bytes: a zero and the chip's serial number.
    public let serial: [UInt8]
    /// The key of the card's certificate.
    public let key: CWAPublicKey
    /// The set whose root the card's certificates are of.
    public let keySet: CWAKeySet
}

/// The card's own X.509 certificates, verified as OpenSC does it: by their signatures alone.
///
/// No dates: a card lives longer than its certificate's issuer does, and has no way to get another. Names say
/// no more than which root is tried. No purposes: none of the drivers looks at them, and nobody has published them.
enum CWAComponentCertificate {
    /// The card's key, if its certificate is signed by the intermediate's key and that one's by the root; else nil.
    static func verified(_ certificate: [UInt8], intermediate: [UInt8], root: CWAPublicKey) -> CWAPublicKey? {
        guard let issuer = verifiedKey(intermediate, by: root) else { return nil }
        return verifiedKey(certificate, by: issuer)
    }

    /// The key of a certificate that `issuer` has signed; nil for one of another's, or with another kind of key.
    static func verifiedKey(_ der: [UInt8], by issuer: CWAPublicKey) -> CWAPublicKey? {
        guard let certificate = unsafe decode(der) else { return nil }
        defer { unsafe X509_free(certificate) }
        defer { ERR_clear_error() }
        guard let key = unsafe openKey(issuer) else { return nil }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe X509_verify(certificate, key) == 1, let own = unsafe X509_get0_pubkey(certificate),
            unsafe EVP_PKEY_get_base_id(own) == EVP_PKEY_RSA, let rsa = unsafe EVP_PKEY_get0_RSA(own)
        else { return nil }
        return CWAPublicKey(modulus: unsafe number(RSA_get0_n(rsa)), exponent: unsafe number(RSA_get0_e(rsa)))
    }

    /// The organisational units in the name of a certificate's issuer.
    static func issuingUnits(of der: [UInt8]) -> [String] {
        guard let certificate = unsafe decode(der) else { return [] }
        defer { unsafe X509_free(certificate) }
        let name = unsafe X509_get_issuer_name(certificate)
        var (units, place) = ([String](), Int32(-1))
        while true {
            place = unsafe X509_NAME_get_index_by_NID(name, NID_organizationalUnitName, place)
            guard place >= 0 else { return units }
            guard let value = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place)),
                let text = unsafe ASN1_STRING_get0_data(value)
            else { continue }
            let bytes = unsafe UnsafeBufferPointer(start: text, count: Int(ASN1_STRING_length(value)))
            units.append(unsafe String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Exactly one certificate.
    private static func decode(_ der: [UInt8]) -> OpaquePointer? {
        guard der.count <= CWACommands.answerLimit else { return nil }
        return unsafe der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            guard let certificate = unsafe d2i_X509(nil, &position, bytes.count) else {
                ERR_clear_error()
                return nil
            }
            if unsafe position == bytes.baseAddress! + bytes.count { return unsafe certificate }
            unsafe X509_free(certificate)
            return nil
        }
    }

    private static func openKey(_ key: CWAPublicKey) -> OpaquePointer? {
        unsafe clave_openssl_rsa_key(
            key.modulus, key.modulus.count, key.exponent, key.exponent.count, nil, 0, nil, 0, nil, 0, nil, 0)
    }

    private static func number(_ number: OpaquePointer?) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(unsafe BN_num_bits(number) + 7) / 8)
        _ = unsafe BN_bn2bin(number, &bytes)
        return bytes
    }
}

extension CardChannel {
    /// A file of the master file's that holds one certificate in DER: as many bytes as its own length says.
    func cwaCertificate(_ file: [UInt8]) throws(CardError) -> [UInt8] {
        for command in [CWACommands.selectMaster, CWACommands.select(file)] {
            let answer = try cwaAnswer(to: command)
            guard answer.isSuccess else { throw .refused(answer.status) }
        }
        var bytes = try cwaRead(at: 0, CWACommands.chunk)
        // A SEQUENCE with a length in two bytes, as that of any certificate.
        guard bytes.count > 4, bytes[0] == 0x30, bytes[1] == 0x82 else { throw .malformed }
        let total = 4 + Int(bytes[2]) << 8 + Int(bytes[3])
        guard total <= CWACommands.answerLimit else { throw .malformed }
        while bytes.count < total {
            let next = try cwaRead(at: bytes.count, min(CWACommands.chunk, total - bytes.count))
            guard !next.isEmpty else { throw .malformed }
            bytes += next
        }
        return Array(bytes[..<total])
    }

    /// Bytes of the selected file; as many as there are, if the card says that there are fewer.
    private func cwaRead(at place: Int, _ count: Int) throws(CardError) -> [UInt8] {
        var answer = try cwaAnswer(to: CWACommands.read(at: place, count))
        if answer.status >> 8 == 0x6C, case let fewer = Int(answer.status & 0xFF), fewer > 0, fewer < count {
            answer = try cwaAnswer(to: CWACommands.read(at: place, fewer))
        }
        guard answer.isSuccess || answer.status == 0x6282 else { throw .refused(answer.status) }
        guard answer.data.count <= count else { throw .malformed }
        return answer.data
    }
}
