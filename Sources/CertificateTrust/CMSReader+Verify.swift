import COpenSSL
import Certificates
import SignedForms

/// What makes a signature the signer's: the certificate that the signed attributes name, and its key's word.
extension CMSReader {
    /// Bits of an RSA key; a longer one only costs time.
    private static let rsaBits: ClosedRange<Int32> = 2048...8192

    /// The certificate of who signed exactly this content; nil if the signature is not right, or its key too weak.
    ///
    /// Nothing of the certificate is verified: neither who issued it nor until when it is valid.
    func signer(of content: [UInt8]) -> DecodedCertificate? {
        defer { ERR_clear_error() }
        guard MessageDigest(digest, of: content)?.bytes == attributes.messageDigest,
            let der = certificates.first(where: {
                MessageDigest(attributes.certificateDigestKind, of: $0)?.bytes == attributes.certificateDigest
            }),
            let certificate = DecodedCertificate(der: der), names(certificate), isSigned(by: certificate)
        else { return nil }
        return certificate
    }

    /// Whether all that names the signer means this certificate.
    private func names(_ certificate: borrowing DecodedCertificate) -> Bool {
        let issuer = Identifier.issuer(certificate.issuer, serial: certificate.serial)
        if let told = attributes.certificateIssuer, told != issuer { return false }
        return switch identifier {
        case .issuer: identifier == issuer
        case .keyIdentifier(let name): certificate.keyIdentifier == name
        }
    }

    private func isSigned(by certificate: borrowing DecodedCertificate) -> Bool {
        guard let key = unsafe X509_get0_pubkey(certificate.pointer), unsafe isStrong(key),
            let context = unsafe EVP_MD_CTX_new()
        else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        var options: OpaquePointer?
        let method = scheme.kind == .edwards ? nil : unsafe clave_openssl_sha2(digest.length)
        guard unsafe EVP_DigestVerifyInit(context, &options, method, nil, key) == 1 else { return false }
        if scheme.kind == .pss {
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_mgf1_md(options, method) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(options, Int32(scheme.saltLength)) == 1
            else { return false }
        }
        return unsafe EVP_DigestVerify(
            context, signature, signature.count, signedAttributes, signedAttributes.count) == 1
    }

    /// Whether a key is of the kind that the scheme is for, and long enough.
    private func isStrong(_ key: OpaquePointer) -> Bool {
        let kind = unsafe EVP_PKEY_get_base_id(key)
        switch scheme.kind {
        case .pkcs1: return unsafe kind == EVP_PKEY_RSA && Self.rsaBits.contains(EVP_PKEY_get_bits(key))
        case .pss:
            return unsafe (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS)
                && Self.rsaBits.contains(EVP_PKEY_get_bits(key))
        case .edwards: return kind == EVP_PKEY_ED25519
        case .ecdsa:
            guard kind == EVP_PKEY_EC, let curve = unsafe EVP_PKEY_get0_EC_KEY(key),
                let group = unsafe EC_KEY_get0_group(curve)
            else { return false }
            // A curve by its numbers may be anything that only looks like one of these.
            return unsafe EC_GROUP_get_asn1_flag(group) == OPENSSL_EC_NAMED_CURVE
                && [NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1].contains(EC_GROUP_get_curve_name(group))
        }
    }
}
