import COpenSSL
import Certificates

/// Which certificate the signer has signed to be theirs: without that, anybody can put another certificate of the same key
/// in its place.
extension CMSSigner {
    /// What the signed attributes say of the certificate: nil for nothing, else what is wrong with it.
    ///
    /// Both attributes count. The older one (RFC 2634 section 5.4) binds by SHA-1: where it stands alone, it is weak even
    /// if it fits.
    func namedCertificate(
        _ certificate: borrowing DecodedCertificate, _ certificates: [[UInt8]]
    ) -> SignatureReport.Problem?? {
        let (first, second) = (NID_id_smime_aa_signingCertificate, NID_id_smime_aa_signingCertificateV2)
        if has(first) {
            guard let value = unsafe self[first, V_ASN1_SEQUENCE],
                let named = FirstSigningCertificate(der: unsafe CMSMessage.bytes(value))
            else { return .some(.malformed("signing-certificate")) }
            guard named.names(certificate, among: certificates) else { return .some(.otherCertificate) }
        }
        guard has(second) else { return has(first) ? .some(.weakDigest(Self.name(NID_sha1))) : .none }
        guard let value = unsafe self[second, V_ASN1_SEQUENCE],
            let named = SigningCertificate(der: unsafe CMSMessage.bytes(value))
        else { return .some(.malformed("signing-certificate-v2")) }
        if let weak = named.weakDigest { return .some(.weakDigest(weak)) }
        return .some(named.names(certificate, among: certificates) ? nil : .otherCertificate)
    }
}
