import ASN1
import SignedForms

extension MessageDigest.Algorithm {
    /// Reads an AlgorithmIdentifier, whose parameters are absent or NULL (RFC 5754 section 2).
    init(_ reader: inout DERReader) throws(ASN1Error) {
        guard let digest = Self(identifier: try reader.algorithmWithoutParameters("digest")) else {
            throw ASN1Error(what: "digest")
        }
        self = digest
    }
}

/// How a signature is made, as its AlgorithmIdentifier says: the key's curve and the length of PSS's salt are free where a
/// ``SignatureScheme`` has one for each digest.
struct CMSScheme: Equatable, Sendable {
    let kind: SignatureScheme.Kind
    /// Bytes of PSS's salt; 0 for other kinds.
    let saltLength: Int

    /// Bytes of a salt: as long as half a digest, and no longer than the longest key allows.
    private static let saltLengths = 16...1024

    /// Reads the AlgorithmIdentifier of a signature over this digest; PSS has it in both places.
    init(_ reader: inout DERReader, digest: MessageDigest.Algorithm) throws(ASN1Error) {
        var inside = reader
        var algorithm = try inside.inside(DER.Tag.sequence, "signature's algorithm")
        if try algorithm.identifier("signature's algorithm") == .rsaPSS {
            reader = inside
            (kind, saltLength) = (.pss, try Self.saltLength(&algorithm, digest))
            try algorithm.end("PSS's parameters")
            return
        }
        let identifier = try reader.algorithmWithoutParameters("signature's algorithm")
        // `rsaEncryption` tells no digest. Of Ed25519 with signed attributes it is SHA-512 (RFC 8419 section 2.3).
        let scheme = SignatureScheme.allCases.first { $0.identifier == identifier && $0.digest == digest }
        guard let kind = identifier == .rsaEncryption ? .pkcs1 : scheme?.kind else {
            throw ASN1Error(what: "signature's algorithm")
        }
        (self.kind, saltLength) = (kind, 0)
    }

    /// RSASSA-PSS-params (RFC 4055 section 3.1); what is left out there means SHA-1, which is not taken.
    private static func saltLength(
        _ algorithm: inout DERReader, _ digest: MessageDigest.Algorithm
    ) throws(ASN1Error) -> Int {
        var parameters = try algorithm.inside(DER.Tag.sequence, "PSS's parameters")
        var hash = try parameters.inside(DER.Tag.context(0), "PSS's digest")
        let hashDigest = try MessageDigest.Algorithm(&hash)
        try hash.end("PSS's digest")
        var mask = try parameters.inside(DER.Tag.context(1), "PSS's mask")
        var generation = try mask.inside(DER.Tag.sequence, "PSS's mask")
        try mask.end("PSS's mask")
        try generation.expect(.maskGeneration, "PSS's mask")
        let maskDigest = try MessageDigest.Algorithm(&generation)
        try generation.end("the mask's digest")
        var salt = try parameters.inside(DER.Tag.context(2), "PSS's salt")
        let length = try salt.smallInteger("PSS's salt")
        try salt.end("PSS's salt")
        try parameters.end("PSS's salt")
        guard hashDigest == digest, maskDigest == digest, saltLengths.contains(length) else {
            throw ASN1Error(what: "PSS's parameters")
        }
        return length
    }
}
