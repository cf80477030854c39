import COpenSSL

/// When the signer says that they signed (RFC 5652 section 11.3).
extension CMSSigner {
    /// Seconds since 1970, 0 for what is before that, and what is wrong with the time; both nil if the signer says nothing.
    ///
    /// No certificate that is taken here was valid before 1970.
    var signingTime: (seconds: UInt64?, problem: SignatureReport.Problem?) {
        guard has(NID_pkcs9_signingTime) else { return (nil, nil) }
        for type in [V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME] {
            guard let time = unsafe self[NID_pkcs9_signingTime, type], let seconds = unsafe Self.seconds(time) else {
                continue
            }
            return seconds < 0 ? (0, .signedOutsideValidity) : (UInt64(seconds), nil)
        }
        return (nil, .malformed("signing time"))
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>) -> Int64? {
        var (days, seconds): (Int32, Int32) = (0, 0)
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_STRING_free(epoch) }
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
        return Int64(days) * 86_400 + Int64(seconds)
    }
}
