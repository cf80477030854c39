import Certificates
import SSHKeys
import SecureMemory
import SignedForms

/// A signature that is nothing but one: by RSA, by ECDSA in DER, or by Ed25519.
public enum RawSignature {
    /// Bytes: RSA of 16,384 bits has as many.
    static let maximumLength = 2048
    /// Bytes of an Ed25519 signature.
    static let edwardsLength = 64

    /// In what form the content was signed by an identity's own key, which signs nothing else.
    public enum Purpose: Sendable {
        /// The content as it is.
        case opaque
        case message(namespace: String)
        case challenge(relyingParty: String, purpose: String)
    }

    /// Judges a signature by this key.
    ///
    /// - Parameter scheme: how it signs; nil to try each.
    static func report(
        _ signature: [UInt8], _ content: ContentDigests.Result, _ purpose: Purpose, _ scheme: SignatureScheme?,
        expected: ExpectedKey?
    ) -> SignatureReport.Signer {
        var signer = SignatureReport.Signer()
        if case .message(let namespace) = purpose { signer.namespace = namespace }
        guard let expected else {
            signer.problems.append(.unknownSigner)
            return signer
        }
        signer.key = expected.key
        signer.certificate = expected.certificate.flatMap { HolderCertificate(der: $0) }
        if expected.key.algorithm == .ed25519 {
            signer.scheme = "Ed25519"
            let signed = signedBytes(content, purpose)
            let isAsked = scheme == nil || scheme == .edDSA
            if !isAsked || !signed.map({ isEdwards(signature, of: $0, by: expected.key) }, or: false) {
                signer.problems.append(.wrongSignature)
            }
            return signer
        }
        guard case .opaque = purpose,
            let found = SignatureScheme.allCases.first(where: {
                // A certificate may limit how its key signs, which the key's numbers do not tell.
                (scheme == nil || scheme == $0) && signer.certificate?.key.schemes.contains($0) != false
                    && isValid(signature, content, $0, by: expected.key)
            })
        else {
            signer.problems.append(.wrongSignature)
            return signer
        }
        signer.scheme = found.rawValue
        signer.digest = content.digests[found.digest]
        return signer
    }

    private static func isValid(
        _ signature: [UInt8], _ content: ContentDigests.Result, _ scheme: SignatureScheme, by key: PublicKey
    ) -> Bool {
        guard let digest = content.digests[scheme.digest] else { return false }
        if scheme.kind != .ecdsa { return key.isValid(signature, ofDigest: digest.bytes, scheme) }
        // One form only: a signature that can be written in two ways is not the one that was made.
        guard let fixed = ECDSASignature.fixed(fromDER: signature, scheme),
            ECDSASignature.der(fromFixed: fixed) == signature
        else { return false }
        return key.isValid(fixed, ofDigest: digest.bytes, scheme)
    }

    private static func isEdwards(_ signature: [UInt8], of signed: [UInt8], by key: PublicKey) -> Bool {
        guard signature.count == edwardsLength else { return false }
        return key.isValid(SSHEd25519.signatureBlob(signature), of: signed)
    }

    private static func signedBytes(_ content: ContentDigests.Result, _ purpose: Purpose) -> [UInt8]? {
        let digest = content.digests[.sha512]
        switch purpose {
        case .opaque: return content.whole
        case .message(let namespace):
            return digest.flatMap { SSHSignature(namespace: namespace, digest: $0) }?.signedBytes
        case .challenge(let party, let purpose):
            return digest.flatMap { ClaveChallenge(relyingParty: party, purpose: purpose, digest: $0) }?.signedBytes
        }
    }
}

extension Optional {
    fileprivate func map<Result>(_ body: (Wrapped) -> Result, or other: Result) -> Result { map(body) ?? other }
}
