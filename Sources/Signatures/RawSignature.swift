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
    public enum Purpose: Equatable, Sendable {
        /// The content as it is.
        case opaque
        case message(namespace: String)
        case challenge(relyingParty: String, purpose: String)

        /// Compares bytes: two texts that look alike may be for different parties.
        public static func == (one: Purpose, other: Purpose) -> Bool {
            switch (one, other) {
            case (.opaque, .opaque): true
            case (.message(let one), .message(let other)): one.utf8.elementsEqual(other.utf8)
            case (.challenge(let party, let purpose), .challenge(let otherParty, let otherPurpose)):
                party.utf8.elementsEqual(otherParty.utf8) && purpose.utf8.elementsEqual(otherPurpose.utf8)
            default: false
            }
        }

        /// In a line.
        public var text: String {
            switch self {
            case .opaque: "opaque"
            case .message(let namespace): namespace
            case .challenge(let party, let purpose): "\(party): \(purpose)"
            }
        }
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
        if case .opaque = purpose, let other = otherPurpose(of: content) {
            signer.problems.append(.otherNamespace(other.text))
        }
        if expected.key.algorithm == .ed25519 {
            signer.scheme = SignatureScheme.edDSA.rawValue
            let isAsked = scheme == nil || scheme == .edDSA
            if !isAsked
                || !forms(of: content, purpose).contains(where: { isEdwards(signature, of: $0, by: expected.key) })
            {
                signer.problems.append(.wrongSignature)
            }
        } else if case .opaque = purpose,
            let found = Self.scheme(of: signature, content, scheme, by: expected.key, signer.certificate)
        {
            signer.scheme = found.rawValue
            signer.digest = content.digests[found.digest]
        } else {
            signer.problems.append(.wrongSignature)
        }
        return signer
    }

    /// The purpose of a content that is itself the form of a message or a challenge; nil for other contents. Otherwise a
    /// signature for that purpose could be passed off as one over arbitrary bytes.
    static func otherPurpose(of content: ContentDigests.Result) -> Purpose? {
        switch content.short.map(SigningPurpose.init(of:)) {
        case .message(let namespace): .message(namespace: namespace)
        case .challenge(let challenge):
            .challenge(relyingParty: challenge.relyingParty, purpose: challenge.purpose)
        default: nil
        }
    }

    /// How a key of RSA or ECDSA has signed.
    ///
    /// - Parameters:
    ///   - asked: the only scheme that counts; nil for any.
    ///   - certificate: the key's. It may limit how the key signs, which the key's numbers do not tell.
    private static func scheme(
        of signature: [UInt8], _ content: ContentDigests.Result, _ asked: SignatureScheme?, by key: PublicKey,
        _ certificate: HolderCertificate?
    ) -> SignatureScheme? {
        SignatureScheme.allCases.first { scheme in
            (asked == nil || asked == scheme) && certificate?.key.schemes.contains(scheme) != false
                && isValid(signature, content, scheme, by: key)
        }
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

    /// What an identity's own key may have signed for a content, by each digest that its forms have.
    static func forms(of content: ContentDigests.Result, _ purpose: Purpose) -> [[UInt8]] {
        let digests = [MessageDigest.Algorithm.sha512, .sha256].compactMap { content.digests[$0] }
        switch purpose {
        case .opaque: return content.whole.map { [$0] } ?? []
        case .message(let namespace):
            return digests.compactMap { SSHSignature(namespace: namespace, digest: $0)?.signedBytes }
        case .challenge(let party, let purpose):
            return digests.compactMap {
                ClaveChallenge(relyingParty: party, purpose: purpose, digest: $0)?.signedBytes
            }
        }
    }
}
