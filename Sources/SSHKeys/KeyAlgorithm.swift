import COpenSSL

/// The kinds of keys that the agent holds, by their names in the SSH protocol.
public enum KeyAlgorithm: String, Sendable, CaseIterable {
    /// RFC 8709
    case ed25519 = "ssh-ed25519"
    /// RFC 5656
    case ecdsaP256 = "ecdsa-sha2-nistp256"
    case ecdsaP384 = "ecdsa-sha2-nistp384"
    case ecdsaP521 = "ecdsa-sha2-nistp521"
    /// RFC 4253, RFC 8332
    case rsa = "ssh-rsa"

    private static let certificateSuffix = "-cert-v01@openssh.com"

    /// Reads a key type's name.
    ///
    /// - Returns: the algorithm, and whether the name is that of its certificates.
    static func named(_ name: String) -> (algorithm: KeyAlgorithm, isCertificate: Bool)? {
        if let plain = KeyAlgorithm(rawValue: name) { return (plain, false) }
        guard name.hasSuffix(certificateSuffix),
            let certified = KeyAlgorithm(rawValue: String(name.dropLast(certificateSuffix.count)))
        else { return nil }
        return (certified, true)
    }

    /// The curve's name in key blobs (RFC 5656 section 6.1); empty for other kinds.
    var curve: String {
        switch self {
        case .ecdsaP256: "nistp256"
        case .ecdsaP384: "nistp384"
        case .ecdsaP521: "nistp521"
        case .ed25519, .rsa: ""
        }
    }

    /// Bytes of an uncompressed point of the curve; 0 for other kinds.
    var pointLength: Int {
        switch self {
        case .ecdsaP256: 65
        case .ecdsaP384: 97
        case .ecdsaP521: 133
        case .ed25519, .rsa: 0
        }
    }

    /// Bytes of a number on the curve; 0 for other kinds.
    var curveLength: Int { pointLength / 2 }

    /// OpenSSL's number of the curve; 0 for other kinds.
    var curveNumber: Int32 {
        switch self {
        case .ecdsaP256: NID_X9_62_prime256v1
        case .ecdsaP384: NID_secp384r1
        case .ecdsaP521: NID_secp521r1
        case .ed25519, .rsa: 0
        }
    }
}

/// The signature algorithms of the SSH protocol.
public enum SignatureAlgorithm: String, Sendable {
    case ed25519 = "ssh-ed25519"
    case ecdsaP256 = "ecdsa-sha2-nistp256"
    case ecdsaP384 = "ecdsa-sha2-nistp384"
    case ecdsaP521 = "ecdsa-sha2-nistp521"
    /// RSA with SHA-1: made only for clients that know no other, as the protocol asks; never accepted.
    case rsaSHA1 = "ssh-rsa"
    case rsaSHA256 = "rsa-sha2-256"
    case rsaSHA512 = "rsa-sha2-512"

    /// What a sign request's key and flags ask for (RFC 9987 section 5.6.1).
    public init(_ key: KeyAlgorithm, flags: UInt32) {
        self =
            switch key {
            case .ed25519: .ed25519
            case .ecdsaP256: .ecdsaP256
            case .ecdsaP384: .ecdsaP384
            case .ecdsaP521: .ecdsaP521
            case .rsa where flags & 2 != 0: .rsaSHA256
            case .rsa where flags & 4 != 0: .rsaSHA512
            case .rsa: .rsaSHA1
            }
    }

    /// Whether a key of this kind makes such signatures.
    func fits(_ key: KeyAlgorithm) -> Bool {
        switch self {
        case .rsaSHA1, .rsaSHA256, .rsaSHA512: key == .rsa
        default: rawValue == key.rawValue
        }
    }

    /// OpenSSL's digest; nil for Ed25519.
    var digest: OpaquePointer? {
        switch self {
        case .ed25519: nil
        case .rsaSHA1: unsafe EVP_sha1()
        case .ecdsaP256, .rsaSHA256: unsafe EVP_sha256()
        case .ecdsaP384: unsafe EVP_sha384()
        case .ecdsaP521, .rsaSHA512: unsafe EVP_sha512()
        }
    }
}
