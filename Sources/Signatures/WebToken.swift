import Certificates
import SSHKeys
import SecureMemory
import SignedForms

/// A JSON Web Signature in its compact form (RFC 7515 section 7.1), as it came.
struct WebToken: Sendable {
    /// Bytes of a header: a chain of certificates in base64, twice.
    private static let longestHeader = 262_144

    /// In base64url, as it is signed.
    let header: String
    let scheme: SignatureScheme
    /// In DER, the signer's first (section 4.1.6); may be empty.
    let certificates: [[UInt8]]
    /// Whether the header names members that whoever takes the signature has to know (section 4.1.11): none is known here.
    let hasCritical: Bool
    /// Nil if it was left out (appendix F).
    let content: [UInt8]?
    let signature: [UInt8]

    /// Whether bytes are likely to be one: a JSON object in base64url begins so, and a dot follows.
    static func resembles(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: Array("ey".utf8)) && bytes.prefix(longestHeader).contains(WebSignature.dot)
    }

    /// Nil for what breaks the form, and for a scheme that is not taken here: `none` is one of those.
    init?(_ bytes: [UInt8]) {
        var text = bytes[...]
        while let last = text.last, last == 0x0A || last == 0x0D { text.removeLast() }
        let parts = text.split(separator: WebSignature.dot, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count <= Self.longestHeader, let head = Self.decoded(parts[0]),
            let members = JSONHeader(head)?.members, let payload = Self.decoded(parts[1]),
            let signature = Self.decoded(parts[2]), case .text(let name)? = members["alg"],
            let scheme = SignatureScheme(rawValue: name), let certificates = Self.certificates(members["x5c"])
        else { return nil }
        header = String(decoding: parts[0], as: UTF8.self)
        self.scheme = scheme
        self.certificates = certificates
        hasCritical = members["crit"] != nil
        content = parts[1].isEmpty ? nil : payload
        self.signature = signature
    }

    private static func decoded(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        guard part.allSatisfy(WebSignature.isBase64URL) else { return nil }
        return SecureMemory.bytes(base64URL: String(decoding: part, as: UTF8.self), limit: part.count)
    }

    private static func certificates(_ value: JSONHeader.Value?) -> [[UInt8]]? {
        guard let value else { return [] }
        guard case .texts(let texts) = value, (1...CMSMessage.maximumCertificates).contains(texts.count) else {
            return nil
        }
        var certificates: [[UInt8]] = []
        for text in texts {
            guard let der = SecureMemory.bytes(base64: text, limit: HolderCertificate.maximumLength) else { return nil }
            certificates.append(der)
        }
        return certificates
    }

    /// Judges the signature; nothing is said of the certificate's issuer.
    ///
    /// - Parameter expected: the key that somebody has given, for a signature without a certificate.
    func report(_ content: ContentDigests.Result, expected: ExpectedKey?) -> SignatureReport.Signer {
        var signer = SignatureReport.Signer()
        signer.scheme = scheme.rawValue
        let certificate = certificates.first ?? expected?.certificate
        if let certificate {
            signer.certificate = HolderCertificate(der: certificate)
            signer.key = PublicKey.certified(byX509: certificate)
        } else {
            signer.key = expected?.key
        }
        if hasCritical { signer.problems.append(.malformed("crit")) }
        guard let key = signer.key else {
            signer.problems.append(certificate == nil ? .certificateMissing : .weakKey)
            return signer
        }
        // A certificate may limit how its key signs (RFC 4055 section 1.2), which the key's numbers do not tell.
        let isAllowed = signer.certificate?.key.schemes.contains(scheme) != false
        if !isAllowed || !isValid(content, by: key) { signer.problems.append(.wrongSignature) }
        return signer
    }

    private func isValid(_ content: ContentDigests.Result, by key: PublicKey) -> Bool {
        if scheme.signsMessage {
            guard key.algorithm == .ed25519, signature.count == RawSignature.edwardsLength, let whole = content.whole
            else { return false }
            return key.isValid(SSHEd25519.signatureBlob(signature), of: Array("\(header).\(base64URL(whole))".utf8))
        }
        // ES256 is with P-256, ES384 with P-384, ES512 with P-521 (RFC 7518 section 3.4).
        let fits = scheme.kind != .ecdsa || signature.count == 2 * scheme.numberLength
        guard fits, let digest = content.digests[scheme.digest] else { return false }
        return key.isValid(signature, ofDigest: digest.bytes, scheme)
    }
}
