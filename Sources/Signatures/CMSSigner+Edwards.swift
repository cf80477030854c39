import ASN1
import COpenSSL
import Certificates
import SSHKeys
import SignedForms

/// Ed25519 in CMS (RFC 8419), which OpenSSL before 3.2 neither makes nor verifies: the attributes themselves are signed, not a
/// digest of theirs.
extension CMSSigner {
    /// Whether the signed attributes were signed by the certificate's key.
    func isValid(_ certificate: borrowing DecodedCertificate, _ key: PublicKey?) -> Bool {
        guard key?.algorithm == .ed25519 else {
            unsafe CMS_SignerInfo_set1_signer_cert(pointer, certificate.pointer)
            return unsafe CMS_SignerInfo_verify(pointer) == 1
        }
        // The digest of the content is SHA-512 (section 3.1).
        guard let key, algorithm == .sha512, signatureNumber == NID_ED25519, let signed = signedAttributes,
            let value = unsafe CMS_SignerInfo_get0_signature(pointer)
        else { return false }
        let signature = unsafe CMSMessage.bytes(value)
        return signature.count == RawSignature.edwardsLength
            && key.isValid(SSHEd25519.signatureBlob(signature), of: signed)
    }

    /// The attributes as they are signed: as a SET, in the order in which they came (RFC 5652 section 5.4).
    private var signedAttributes: [UInt8]? {
        var content: [UInt8] = []
        for place in 0..<(unsafe CMS_signed_get_attr_count(pointer)) {
            var der: UnsafeMutablePointer<UInt8>?
            let count = unsafe i2d_X509_ATTRIBUTE(CMS_signed_get_attr(pointer, place), &der)
            defer { unsafe CRYPTO_free(der, "", 0) }
            guard count > 0, let bytes = unsafe der else { return nil }
            content += unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
        }
        return DER.tagged(DER.Tag.set, content)
    }
}
