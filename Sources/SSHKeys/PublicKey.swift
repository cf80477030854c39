import SecureMemory
public import Wire

/// Bytes of what comes from a client about keys.
public enum KeyLimits {
    /// A public key or certificate as a blob.
    public static let blob = 65_536
    /// A number of an RSA key: 16,384 bits.
    public static let number = 2049
    /// The fewest of an RSA key's modulus: 1024 bits, as OpenSSH has it.
    public static let leastModulus = 128
    /// A signature blob.
    public static let signature = 4096
    /// A comment.
    public static let comment = 65_536
    /// A PKCS#11 library's path, as `PATH_MAX`.
    public static let path = 4096
    /// A token's PIN.
    public static let pin = 4096
    /// What a FIDO key is for, `ssh:` or a site's name.
    public static let application = 1024
    /// By what a FIDO token finds a key, or the wrapped key itself; tokens have up to 1023 bytes.
    public static let keyHandle = 4096
}

/// A public key, plain or with its certificate (OpenSSH `PROTOCOL.certkeys`).
public struct PublicKey: Equatable, Sendable {
    /// The numbers of a key.
    enum Numbers: Equatable, Sendable {
        /// 32 bytes.
        case ed25519([UInt8])
        /// The point, uncompressed.
        case ecdsa([UInt8])
        /// Modulus and exponent, big-endian.
        case rsa(n: [UInt8], e: [UInt8])
        /// On a FIDO token: the point, uncompressed, and what the key is for.
        case ecdsaSK([UInt8], application: String)
        /// On a FIDO token: 32 bytes, and what the key is for.
        case ed25519SK([UInt8], application: String)
    }

    /// Kind of key; for a certificate, of the certified key.
    public let algorithm: KeyAlgorithm
    /// The whole blob as it is on the wire: the key's name everywhere.
    public let blob: [UInt8]
    /// What the certificate says; nil for a plain key.
    public let certificate: Certificate?
    let numbers: Numbers

    /// Reads a blob.
    ///
    /// - Throws: `.malformed` for a kind of key that is not known, or for one that breaks its form.
    public init(blob: [UInt8]) throws(WireError) {
        self = try WireReader.read(blob) { (reader) throws(WireError) in
            guard let kind = KeyAlgorithm.named(try reader.text(limit: 64)) else { throw .malformed }
            let nonce = kind.isCertificate ? try reader.bytes(limit: 1024) : []
            _ = nonce
            let numbers = try Self.numbers(of: kind.algorithm, &reader)
            let certificate = kind.isCertificate ? try Certificate(decoding: &reader, blob: blob) : nil
            return PublicKey(algorithm: kind.algorithm, blob: blob, certificate: certificate, numbers: numbers)
        }
    }

    private init(algorithm: KeyAlgorithm, blob: [UInt8], certificate: Certificate?, numbers: Numbers) {
        self.algorithm = algorithm
        self.blob = blob
        self.certificate = certificate
        self.numbers = numbers
    }

    /// The key of these numbers, without a certificate.
    init(_ algorithm: KeyAlgorithm, _ numbers: Numbers) {
        var writer = ByteWriter()
        writer.put(algorithm.rawValue)
        switch numbers {
        case .ed25519(let key): writer.put(key)
        case .ecdsa(let point):
            writer.put(algorithm.curve)
            writer.put(point)
        case .rsa(let n, let e):
            writer.put(Self.multiplePrecision(e))
            writer.put(Self.multiplePrecision(n))
        case .ecdsaSK(let point, let application):
            writer.put(algorithm.curve)
            writer.put(point)
            writer.put(application)
        case .ed25519SK(let key, let application):
            writer.put(key)
            writer.put(application)
        }
        self.init(algorithm: algorithm, blob: writer.bytes, certificate: nil, numbers: numbers)
    }

    /// The key without its certificate.
    public var plain: PublicKey { certificate == nil ? self : PublicKey(algorithm, numbers) }

    /// What a key on a FIDO token is for, `ssh:` or a site's name; nil for other keys.
    public var application: String? {
        switch numbers {
        case .ecdsaSK(_, let application), .ed25519SK(_, let application): application
        case .ed25519, .ecdsa, .rsa: nil
        }
    }

    /// The name of the kind on the wire, `ssh-ed25519-cert-v01@openssh.com`.
    public var typeName: String {
        (try? WireReader.read(blob) { (reader) throws(WireError) in
            let name = try reader.text(limit: 64)
            _ = try reader.rest(limit: KeyLimits.blob)
            return name
        }) ?? algorithm.rawValue
    }

    static func numbers(of algorithm: KeyAlgorithm, _ reader: inout WireReader) throws(WireError) -> Numbers {
        switch algorithm {
        case .ed25519: return .ed25519(try reader.bytes(count: SigningKey.publicKeyLength))
        case .rsa:
            let e = try number(&reader)
            return .rsa(n: try modulus(&reader), e: e)
        case .ecdsaP256, .ecdsaP384, .ecdsaP521:
            guard try reader.text(limit: 16) == algorithm.curve else { throw .malformed }
            return .ecdsa(try point(algorithm, &reader))
        case .ecdsaSK:
            guard try reader.text(limit: 16) == algorithm.curve else { throw .malformed }
            let point = try point(algorithm, &reader)
            return .ecdsaSK(point, application: try reader.text(limit: KeyLimits.application))
        case .ed25519SK:
            let key = try reader.bytes(count: SigningKey.publicKeyLength)
            return .ed25519SK(key, application: try reader.text(limit: KeyLimits.application))
        }
    }

    /// A point on a curve; uncompressed only, as OpenSSH has it: so a key has one blob.
    private static func point(
        _ algorithm: KeyAlgorithm, _ reader: inout WireReader
    ) throws(WireError) -> [UInt8] {
        let point = try reader.bytes(count: algorithm.pointLength)
        guard point.first == 4 else { throw .malformed }
        return point
    }

    /// The modulus of an RSA key.
    static func modulus(_ reader: inout WireReader) throws(WireError) -> [UInt8] {
        let modulus = try number(&reader)
        guard modulus.count >= KeyLimits.leastModulus else { throw .malformed }
        return modulus
    }

    /// A positive `mpint` (RFC 4251 section 5) as big-endian bytes.
    static func number(_ reader: inout WireReader) throws(WireError) -> [UInt8] {
        let bytes = try reader.bytes(limit: KeyLimits.number)
        guard let first = bytes.first, first < 0x80 else { throw .malformed }
        return Array(bytes.drop { $0 == 0 })
    }

    /// The bytes of a positive `mpint`.
    static func multiplePrecision(_ number: [UInt8]) -> [UInt8] {
        let shortest = number.drop { $0 == 0 }
        return (shortest.first ?? 0) >= 0x80 ? [0] + shortest : Array(shortest)
    }
}

/// What a certificate says beside the key (OpenSSH `PROTOCOL.certkeys`).
public struct Certificate: Equatable, Sendable {
    /// Whom it is for.
    public enum Kind: UInt32, Sendable { case user = 1, host = 2 }
    public let kind: Kind
    public let principals: [String]
    /// Seconds since 1970.
    public let validAfter: UInt64
    public let validBefore: UInt64
    /// The certificate authority's key, as a blob.
    public let authority: [UInt8]
    let criticalOptions: [UInt8]
    let signature: [UInt8]
    /// What the authority signed: the blob without the signature.
    let signed: [UInt8]

    init(decoding reader: inout WireReader, blob: [UInt8]) throws(WireError) {
        _ = try reader.uint64()  // serial
        guard let kind = Kind(rawValue: try reader.uint32()) else { throw .malformed }
        self.kind = kind
        _ = try reader.bytes(limit: KeyLimits.blob)  // key id
        let names = try reader.bytes(limit: KeyLimits.blob)
        principals = try WireReader.read(names) { (reader) throws(WireError) in
            var principals: [String] = []
            while reader.remaining > 0 { principals.append(try reader.text(limit: 1024)) }
            return principals
        }
        validAfter = try reader.uint64()
        validBefore = try reader.uint64()
        criticalOptions = try reader.bytes(limit: KeyLimits.blob)
        _ = try reader.bytes(limit: KeyLimits.blob)  // extensions
        _ = try reader.bytes(limit: KeyLimits.blob)  // reserved
        authority = try reader.bytes(limit: KeyLimits.blob)
        signed = Array(blob.prefix(blob.count - reader.remaining))
        signature = try reader.bytes(limit: KeyLimits.signature)
    }

    /// Whether it makes the key that of the host `name` now, by the word of `authority`.
    public func vouches(forHost name: String, by authority: PublicKey, now: UInt64) -> Bool {
        kind == .host && self.authority == authority.blob && criticalOptions.isEmpty
            && validAfter <= now && now < validBefore && names(name) && authority.isValid(signature, of: signed)
    }

    /// Whether a host's name is among the principals, which may be patterns; without any, it is for every host.
    private func names(_ name: String) -> Bool {
        principals.isEmpty || principals.contains { Pattern.matches(name.lowercased(), $0.lowercased()) }
    }
}
