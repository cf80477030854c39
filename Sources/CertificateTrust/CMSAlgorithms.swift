import GatewayAPI

/// Object identifiers of CMS, as DER writes their values.
enum CMSIdentifier {
    private static let pkcs: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01]
    /// What an activation's challenge is: its content has a type of its own.
    static let challenge = CertificateChallenge.contentType
    static let signedData = pkcs + [7, 2]
    static let contentType = pkcs + [9, 3]
    static let messageDigest = pkcs + [9, 4]
    /// signing-certificate-v2 (RFC 5035).
    static let signingCertificate = pkcs + [9, 16, 2, 47]
    static let rsa = pkcs + [1, 1]
    static let maskGeneration = pkcs + [1, 8]
    static let rsaPSS = pkcs + [1, 10]
    static func rsa(with digest: CMSDigest) -> [UInt8] { pkcs + [1, 10 + digest.rawValue] }
    static func ecdsa(with digest: CMSDigest) -> [UInt8] {
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 1 + digest.rawValue]
    }
    static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]
    static func digest(_ digest: CMSDigest) -> [UInt8] { [0x60, 0x86, 0x48, 1, 101, 3, 4, 2, digest.rawValue] }
}

/// The digests that are taken, by the last number of their object identifiers.
enum CMSDigest: UInt8, CaseIterable, Sendable {
    case sha256 = 1
    case sha384 = 2
    case sha512 = 3

    /// Reads an AlgorithmIdentifier, whose parameters are absent or NULL (RFC 5754 section 2).
    init(_ reader: inout DERReader) throws(MalformedCMS) {
        let identifier = try reader.algorithmWithoutParameters("digest")
        guard let digest = Self.allCases.first(where: { CMSIdentifier.digest($0) == identifier }) else {
            throw MalformedCMS(what: "digest")
        }
        self = digest
    }
}

/// How a signature is made, as its AlgorithmIdentifier says.
enum CMSScheme: Equatable, Sendable {
    /// RSASSA-PKCS1-v1_5.
    case rsa
    /// RSASSA-PSS with the signature's own digest in both places, and a salt of so many bytes.
    case rsaPSS(saltLength: Int)
    case ecdsa
    /// Ed25519 (RFC 8419): the signed attributes themselves are signed.
    case ed25519

    /// Bytes of a salt: as long as half a digest, and no longer than the longest key allows.
    private static let saltLengths = 16...1024

    /// Reads the AlgorithmIdentifier of a signature over this digest.
    init(_ reader: inout DERReader, digest: CMSDigest) throws(MalformedCMS) {
        var inside = reader
        var algorithm = try inside.inside(DERReader.Tag.sequence, "signature's algorithm")
        let identifier = Array(try algorithm.element(DERReader.Tag.identifier, "signature's algorithm").content)
        if identifier == CMSIdentifier.rsaPSS {
            reader = inside
            self = .rsaPSS(saltLength: try Self.saltLength(&algorithm, digest))
            try algorithm.end("PSS's parameters")
            return
        }
        switch try reader.algorithmWithoutParameters("signature's algorithm") {
        case CMSIdentifier.rsa, CMSIdentifier.rsa(with: digest): self = .rsa
        case CMSIdentifier.ecdsa(with: digest): self = .ecdsa
        // With signed attributes the digest is SHA-512 (RFC 8419 section 2.3).
        case CMSIdentifier.ed25519 where digest == .sha512: self = .ed25519
        default: throw MalformedCMS(what: "signature's algorithm")
        }
    }

    /// RSASSA-PSS-params (RFC 4055 section 3.1); what is left out there means SHA-1, which is not taken.
    private static func saltLength(_ algorithm: inout DERReader, _ digest: CMSDigest) throws(MalformedCMS) -> Int {
        var parameters = try algorithm.inside(DERReader.Tag.sequence, "PSS's parameters")
        var hash = try parameters.inside(DERReader.Tag.context(0), "PSS's digest")
        let hashDigest = try CMSDigest(&hash)
        try hash.end("PSS's digest")
        var mask = try parameters.inside(DERReader.Tag.context(1), "PSS's mask")
        var generation = try mask.inside(DERReader.Tag.sequence, "PSS's mask")
        try mask.end("PSS's mask")
        try generation.expect(CMSIdentifier.maskGeneration, "PSS's mask")
        let maskDigest = try CMSDigest(&generation)
        try generation.end("the mask's digest")
        var salt = try parameters.inside(DERReader.Tag.context(2), "PSS's salt")
        let length = try salt.smallInteger("PSS's salt")
        try salt.end("PSS's salt")
        try parameters.end("PSS's salt")
        guard hashDigest == digest, maskDigest == digest, saltLengths.contains(length) else {
            throw MalformedCMS(what: "PSS's parameters")
        }
        return length
    }
}

extension DERReader {
    /// Reads an object identifier, which must be this one.
    mutating func expect(_ identifier: [UInt8], _ what: String) throws(MalformedCMS) {
        guard try element(Tag.identifier, what).content.elementsEqual(identifier) else {
            throw MalformedCMS(what: what)
        }
    }

    /// Reads a number from 0 to 32,767.
    mutating func smallInteger(_ what: String) throws(MalformedCMS) -> Int {
        let bytes = try element(Tag.integer, what).content
        guard let first = bytes.first, bytes.count <= 2, first < 0x80 else { throw MalformedCMS(what: what) }
        // A zero in front is there only where the next byte would mean less than zero.
        guard bytes.count == 1 || first != 0 || bytes.last! >= 0x80 else { throw MalformedCMS(what: what) }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// Reads an AlgorithmIdentifier whose parameters are absent or NULL: its object identifier.
    mutating func algorithmWithoutParameters(_ what: String) throws(MalformedCMS) -> [UInt8] {
        var algorithm = try inside(Tag.sequence, what)
        let identifier = Array(try algorithm.element(Tag.identifier, what).content)
        if !algorithm.isAtEnd {
            guard try algorithm.element(Tag.null, what).content.isEmpty else { throw MalformedCMS(what: what) }
        }
        try algorithm.end(what)
        return identifier
    }
}
