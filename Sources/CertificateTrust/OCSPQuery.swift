import COpenSSL
import Certificates

/// One question to an OCSP responder (RFC 6960) about one certificate, and the judgement of what it answers.
@safe
struct OCSPQuery: ~Copyable {
    /// Bytes of a response.
    static let maximumResponse = 65_536
    /// Seconds by which the responder's clock may differ.
    private static let tolerance: Int64 = 300
    /// Seconds for which a response without an end is fresh.
    private static let freshness: Int64 = 3600

    private let request: OpaquePointer
    /// Of the certificate that is asked for.
    private let identifier: OpaquePointer

    /// A question with a fresh nonce; nil if memory is short.
    init?(certificate: OpaquePointer, issuer: OpaquePointer) {
        // SHA-1 only names the issuer here, and is the one that every responder knows (RFC 5019 section 2.1.1).
        guard let identifier = unsafe OCSP_cert_to_id(EVP_sha1(), certificate, issuer) else { return nil }
        guard let request = unsafe OCSP_REQUEST_new(), let copy = unsafe OCSP_CERTID_dup(identifier),
            unsafe OCSP_request_add0_id(request, copy) != nil, unsafe OCSP_request_add1_nonce(request, nil, -1) == 1
        else {
            unsafe OCSP_CERTID_free(identifier)
            return nil
        }
        unsafe self.identifier = identifier
        unsafe self.request = request
    }

    deinit {
        unsafe OCSP_REQUEST_free(request)
        unsafe OCSP_CERTID_free(identifier)
    }

    /// The request's bytes.
    var der: [UInt8] { unsafe derBytes { unsafe i2d_OCSP_REQUEST(request, $0) } }

    /// What a response says; unknown unless the certificate's issuer, or whom it has named for that, signed it, about
    /// this certificate, lately.
    ///
    /// - Parameters:
    ///   - authorities: the rest of the certificate's chain, its issuer first.
    ///   - anchors: the trust store's.
    func judge(
        _ response: [UInt8], authorities: borrowing CertificateList, anchors: borrowing OwnedAnchors, at now: Int64
    ) -> RevocationAnswer {
        verdict(response, authorities: authorities, anchors: anchors, at: now).revocation
    }

    /// The same, and when the responder will have another answer, in seconds since 1970; nil if it does not say.
    func verdict(
        _ response: [UInt8], authorities: borrowing CertificateList, anchors: borrowing OwnedAnchors, at now: Int64
    ) -> (revocation: RevocationAnswer, next: Int64?) {
        defer { ERR_clear_error() }
        guard response.count <= Self.maximumResponse, let basic = unsafe Self.decode(response) else {
            return (.unknown, nil)
        }
        defer { unsafe OCSP_BASICRESP_free(basic) }
        // 0: another nonce than ours. Responders that answer from a cache send none; then the times alone count.
        guard unsafe OCSP_check_nonce(request, basic) != 0, unsafe Self.isSignedStrongly(basic),
            unsafe OCSP_basic_verify(basic, authorities.pointer, anchors.pointer, UInt(OCSP_NOEXPLICIT)) == 1
        else { return (.unknown, nil) }
        var status: Int32 = 0
        var start: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var end: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        guard unsafe OCSP_resp_find_status(basic, identifier, &status, nil, nil, &start, &end) == 1 else {
            return (.unknown, nil)
        }
        let next = unsafe HolderCertificate.seconds(end)
        switch status {
        // However old: it is the authority's word.
        case V_OCSP_CERTSTATUS_REVOKED: return (.revoked, next)
        case V_OCSP_CERTSTATUS_GOOD: return unsafe Self.isFresh(start, end, now) ? (.good, next) : (.unknown, nil)
        default: return (.unknown, nil)
        }
    }

    // MARK: Steps

    private static func decode(_ bytes: [UInt8]) -> OpaquePointer? {
        var length = 0
        let response = unsafe bytes.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            let response = unsafe d2i_OCSP_RESPONSE(nil, &position, bytes.count)
            length = unsafe position.map { unsafe bytes.baseAddress!.distance(to: $0) } ?? 0
            return unsafe response
        }
        guard let response = unsafe response else { return nil }
        defer { unsafe OCSP_RESPONSE_free(response) }
        guard length == bytes.count, unsafe OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            return nil
        }
        return unsafe OCSP_response_get1_basic(response)
    }

    /// Whether the response's own signature is over a digest of today.
    private static func isSignedStrongly(_ basic: OpaquePointer) -> Bool {
        var object: OpaquePointer?
        unsafe X509_ALGOR_get0(&object, nil, nil, OCSP_resp_get0_tbs_sigalg(basic))
        var digest: Int32 = 0
        guard unsafe OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, nil) == 1 else { return false }
        return [NID_sha256, NID_sha384, NID_sha512].contains(digest)
    }

    private static func isFresh(
        _ start: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?, _ end: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?,
        _ now: Int64
    ) -> Bool {
        var latestStart = time_t(now + tolerance)
        // The function says -1 for a time at or before the other, 1 for one behind it, 0 for none.
        guard let start = unsafe start, unsafe X509_cmp_time(start, &latestStart) == -1 else { return false }
        guard let end = unsafe end else {
            var oldest = time_t(now - freshness)
            return unsafe X509_cmp_time(start, &oldest) == 1
        }
        var earliestEnd = time_t(now - tolerance)
        return unsafe X509_cmp_time(end, &earliestEnd) == 1
    }
}
