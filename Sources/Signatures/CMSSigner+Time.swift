import COpenSSL
import Certificates

/// When the signer says that they signed (RFC 5652 section 11.3).
extension CMSSigner {
    /// Seconds since 1970, 0 for what is before that, and what is wrong with the time; both nil if the signer says nothing.
    ///
    /// A certificate's validity is told from 1970 on: a time before that is taken for one outside it.
    var signingTime: (seconds: UInt64?, problem: SignatureReport.Problem?) {
        guard has(NID_pkcs9_signingTime) else { return (nil, nil) }
        for type in [V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME] {
            guard let time = unsafe self[NID_pkcs9_signingTime, type],
                let seconds = unsafe HolderCertificate.seconds(time)
            else { continue }
            return seconds < 0 ? (0, .signedOutsideValidity) : (UInt64(seconds), nil)
        }
        return (nil, .malformed("signing time"))
    }
}
