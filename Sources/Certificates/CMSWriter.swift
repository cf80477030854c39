import ASN1
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
        let enclosed = content.map { DER.tagged(DER.Tag.context(0), DER.octets($0)) } ?? []
        let signed = DER.sequence(
            DER.integer([version]), DER.set([digest]),
            DER.sequence(DER.identifier(OID(encoded: attributes.contentType)), enclosed),
            [DER.Tag.context(0)] + DER.set(certificates).dropFirst(), DER.set([information]))
        return DER.sequence(DER.identifier(.signedData), DER.tagged(DER.Tag.context(0), signed))
    }

    // MARK: Algorithms

    /// RFC 5754 section 2: without parameters.
    private static func algorithm(_ digest: MessageDigest.Algorithm) -> [UInt8] {
        DER.sequence(DER.identifier(digest.identifier))
    }

    /// RFC 5754 section 3, RFC 4056 section 3, RFC 8419 section 2.1.
    private static func algorithm(_ scheme: SignatureScheme) -> [UInt8] {
        switch scheme.kind {
        case .pkcs1: DER.sequence(DER.identifier(scheme.identifier), DER.null)
        case .ecdsa, .edwards: DER.sequence(DER.identifier(scheme.identifier))
        case .pss: DER.sequence(DER.identifier(scheme.identifier), pss(scheme.digest))
        }
    }

    /// RSASSA-PSS-params (RFC 4055 section 3.1): the digest, the mask's, and a salt as long as it.
    private static func pss(_ digest: MessageDigest.Algorithm) -> [UInt8] {
        let hash = DER.sequence(DER.identifier(digest.identifier), DER.null)
        return DER.sequence(
            DER.tagged(DER.Tag.context(0), hash),
            DER.tagged(DER.Tag.context(1), DER.sequence(DER.identifier(.maskGeneration), hash)),
            DER.tagged(DER.Tag.context(2), DER.integer([UInt8(digest.length)])))
    }
}
