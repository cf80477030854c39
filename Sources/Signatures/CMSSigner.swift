import COpenSSL
import Certificates
import SSHKeys
import SignedForms

/// One signer of a CMS message (RFC 5652 section 5.3); borrowed from the message.
///
/// The content is digested by the caller, once for all signers and whatever its size, and each signer is judged alone:
/// OpenSSL's `CMS_verify` ends at the first that fails and does not say which. It does not compare the content type
/// either (section 11.1).
@safe
struct CMSSigner {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    /// The digest; nil for one that is not taken here.
    var algorithm: MessageDigest.Algorithm? {
        switch digestNumber {
        case NID_sha256: .sha256
        case NID_sha384: .sha384
        case NID_sha512: .sha512
        default: nil
        }
    }

    /// Judges the signature; nothing is said of the certificate's issuer.
    func report(
        _ message: borrowing CMSMessage, _ certificates: [[UInt8]], _ content: ContentDigests.Result
    ) -> SignatureReport.Signer {
        var signer = SignatureReport.Signer()
        let time = signingTime
        signer.signedAt = time.seconds
        if let problem = time.problem { signer.problems.append(problem) }
        signer.hasUnsignedAttributes = unsafe CMS_unsigned_get_attr_count(pointer) > 0
        guard let algorithm else {
            signer.problems.append(.weakDigest(Self.name(digestNumber)))
            return signer
        }
        if let value = unsafe self[NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING] {
            signer.digest = MessageDigest(algorithm, unsafe CMSMessage.bytes(value))
        }
        guard unsafe CMS_signed_get_attr_count(pointer) > 0, let digest = signer.digest else {
            signer.problems.append(.malformed("signed attributes"))
            return signer
        }
        if digest != content.digests[algorithm] { signer.problems.append(.otherContent) }
        if !hasContentType(of: message) { signer.problems.append(.malformed("content type")) }
        guard let der = certificates.first(where: isOf), let decoded = DecodedCertificate(der: der) else {
            signer.problems.append(.certificateMissing)
            return signer
        }
        signer.certificate = HolderCertificate(der: der)
        signer.key = PublicKey.certified(byX509: der)
        signer.scheme = scheme(decoded, algorithm)
        judge(&signer, by: decoded, certificates)
        ERR_clear_error()
        return signer
    }

    /// Holds the signature against the certificate's key, and the certificate against what is signed of it.
    private func judge(
        _ signer: inout SignatureReport.Signer, by certificate: borrowing DecodedCertificate, _ certificates: [[UInt8]]
    ) {
        if !isValid(certificate, signer.key) { signer.problems.append(.wrongSignature) }
        if let other = contradictingDigest { signer.problems.append(.weakDigest(other)) }
        switch namedCertificate(certificate, certificates) {
        case .none: break
        case .some(nil): signer.namesCertificate = true
        case .some(let problem?): signer.problems.append(problem)
        }
    }

    // MARK: Attributes

    /// Whether there is a signed attribute of this kind, readable or not.
    func has(_ kind: Int32) -> Bool { unsafe CMS_signed_get_attr_by_NID(pointer, kind, -1) >= 0 }

    /// The one value of a signed attribute; nil if there is none, or several.
    subscript(kind: Int32, type: Int32) -> UnsafePointer<ASN1_STRING>? {
        unsafe UnsafePointer(
            CMS_signed_get0_data_by_OBJ(pointer, OBJ_nid2obj(kind), -3, type)?.assumingMemoryBound(to: ASN1_STRING.self)
        )
    }

    private func hasContentType(of message: borrowing CMSMessage) -> Bool {
        guard
            let signed = unsafe CMS_signed_get0_data_by_OBJ(
                pointer, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT)
        else { return false }
        return unsafe OBJ_cmp(OpaquePointer(signed), CMS_get0_eContentType(message.pointer)) == 0
    }

    // MARK: Algorithms

    private var digestNumber: Int32 {
        var digest: UnsafeMutablePointer<X509_ALGOR>?
        unsafe CMS_SignerInfo_get0_algs(pointer, nil, nil, &digest, nil)
        return unsafe digest.map { unsafe OBJ_obj2nid($0.pointee.algorithm) } ?? NID_undef
    }

    var signatureNumber: Int32 {
        var signature: UnsafeMutablePointer<X509_ALGOR>?
        unsafe CMS_SignerInfo_get0_algs(pointer, nil, nil, nil, &signature)
        return unsafe signature.map { unsafe OBJ_obj2nid($0.pointee.algorithm) } ?? NID_undef
    }

    /// The digest that the signature's own algorithm names, if it is another one; nil if it is the same, or none.
    private var contradictingDigest: String? {
        var (digest, key): (Int32, Int32) = (NID_undef, NID_undef)
        guard unsafe OBJ_find_sigid_algs(signatureNumber, &digest, &key) == 1, digest != NID_undef,
            digest != digestNumber
        else { return nil }
        return Self.name(digest)
    }

    private func scheme(_ certificate: borrowing DecodedCertificate, _ algorithm: MessageDigest.Algorithm) -> String {
        let bits = "\(algorithm.length * 8)"
        switch unsafe X509_get0_pubkey(certificate.pointer).map({ unsafe EVP_PKEY_get_base_id($0) }) {
        case EVP_PKEY_EC: return "ES\(bits)"
        case EVP_PKEY_ED25519: return SignatureScheme.edDSA.rawValue
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: return signatureNumber == NID_rsassaPss ? "PS\(bits)" : "RS\(bits)"
        default: return ""
        }
    }

    private func isOf(_ der: [UInt8]) -> Bool {
        guard let certificate = DecodedCertificate(der: der) else { return false }
        return unsafe CMS_SignerInfo_cert_cmp(pointer, certificate.pointer) == 0
    }

    /// A digest's name, for people.
    static func name(_ number: Int32) -> String {
        guard let name = unsafe OBJ_nid2sn(number) else { return "?" }
        return unsafe String(cString: name)
    }
}
