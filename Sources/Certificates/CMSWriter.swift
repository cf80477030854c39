public import SignedForms

/// Puts together a CMS signature (RFC 5652 section 5) whose attributes were signed elsewhere: in the agent, on a card.
///
/// By hand: OpenSSL's `CMS_sign` makes the attributes itself and wants the private key; here the agent has written the
/// first, and nobody outside of it, or of the card, has the second.
public enum CMSWriter {
    /// Bytes of a content that a signature can carry: all of it is in memory, some times over, for who signs and for who
    /// verifies.
    public static let longestContent = 64 << 20

    /// A detached `SignedData` by one signer, in a `ContentInfo`, in DER.
    ///
    /// - Parameters:
    ///   - attributes: what was signed.
    ///   - signature: over their ``SignedAttributes/signedBytes``; for ECDSA `r ‖ s`.
    ///   - certificates: in DER, the signer's first, then those of its issuers.
    /// - Returns: nil if the first is no certificate.
    public static func detached(
        _ attributes: SignedAttributes, signature: [UInt8], _ scheme: SignatureScheme, certificates: [[UInt8]]
    ) -> [UInt8]? {
        made(attributes, signature, scheme, certificates, content: nil)
    }

    /// The same with its content inside (section 5.2).
    ///
    /// - Parameter content: whose digest the attributes have.
    /// - Returns: nil also for a content longer than ``longestContent``.
    public static func attached(
        _ attributes: SignedAttributes, signature: [UInt8], _ scheme: SignatureScheme, certificates: [[UInt8]],
        content: [UInt8]
    ) -> [UInt8]? {
        content.count <= longestContent ? made(attributes, signature, scheme, certificates, content: content) : nil
    }

    private static func made(
        _ attributes: SignedAttributes, _ signature: [UInt8], _ scheme: SignatureScheme, _ certificates: [[UInt8]],
        content: [UInt8]?
    ) -> [UInt8]? {
        guard let signer = certificates.first.flatMap({ DecodedCertificate(der: $0)?.issuerAndSerialNumber }) else {
            return nil
        }
        let digest = algorithm(attributes.digest.algorithm)
        let information = DER.sequence(
            DER.integer([1]), signer, digest, attributes.carriedBytes, algorithm(scheme),
            DER.octets(scheme.kind == .ecdsa ? ECDSASignature.der(fromFixed: signature) : signature))
        // Of other content than data it has another version (section 5.1).
        let version: UInt8 = attributes.contentType == SignedAttributes.dataType ? 1 : 3
        let enclosed = content.map { DER.tagged(0xA0, DER.octets($0)) } ?? []
        let signed = DER.sequence(
            DER.integer([version]), DER.set([digest]),
            DER.sequence(DER.identifier(encoded: attributes.contentType), enclosed),
            [0xA0] + DER.set(certificates).dropFirst(), DER.set([information]))
        return DER.sequence(DER.identifier(Identifiers.signedData), DER.tagged(0xA0, signed))
    }

    private enum Identifiers {
        static let signedData: [UInt] = [1, 2, 840, 113549, 1, 7, 2]
        static let rsa: [UInt] = [1, 2, 840, 113549, 1, 1]
        static let mgf1: [UInt] = rsa + [8]
        static let pss: [UInt] = rsa + [10]
        static let sha2: [UInt] = [2, 16, 840, 1, 101, 3, 4, 2]
        static let ecdsa: [UInt] = [1, 2, 840, 10045, 4, 3]
        static let ed25519: [UInt] = [1, 3, 101, 112]
    }

    // MARK: Algorithms

    private static func digestIdentifier(_ digest: MessageDigest.Algorithm) -> [UInt] {
        switch digest {
        case .sha256: Identifiers.sha2 + [1]
        case .sha384: Identifiers.sha2 + [2]
        case .sha512: Identifiers.sha2 + [3]
        }
    }

    /// RFC 5754 section 2: without parameters.
    private static func algorithm(_ digest: MessageDigest.Algorithm) -> [UInt8] {
        DER.sequence(DER.identifier(digestIdentifier(digest)))
    }

    /// RFC 5754 section 3, RFC 4056 section 3, RFC 8419 section 2.1.
    private static func algorithm(_ scheme: SignatureScheme) -> [UInt8] {
        switch scheme {
        case .rs256: DER.sequence(DER.identifier(Identifiers.rsa + [11]), DER.null)
        case .rs384: DER.sequence(DER.identifier(Identifiers.rsa + [12]), DER.null)
        case .rs512: DER.sequence(DER.identifier(Identifiers.rsa + [13]), DER.null)
        case .es256: DER.sequence(DER.identifier(Identifiers.ecdsa + [2]))
        case .es384: DER.sequence(DER.identifier(Identifiers.ecdsa + [3]))
        case .es512: DER.sequence(DER.identifier(Identifiers.ecdsa + [4]))
        case .edDSA: DER.sequence(DER.identifier(Identifiers.ed25519))
        case .ps256, .ps384, .ps512: pss(scheme.digest)
        }
    }

    private static func pss(_ digest: MessageDigest.Algorithm) -> [UInt8] {
        let hash = DER.sequence(DER.identifier(digestIdentifier(digest)), DER.null)
        let parameters = DER.sequence(
            DER.tagged(0xA0, hash), DER.tagged(0xA1, DER.sequence(DER.identifier(Identifiers.mgf1), hash)),
            DER.tagged(0xA2, DER.integer([UInt8(digest.length)])))
        return DER.sequence(DER.identifier(Identifiers.pss), parameters)
    }
}
