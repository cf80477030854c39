import COpenSSL
public import SignedForms

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
    /// Keys on FIDO tokens (OpenSSH `PROTOCOL.u2f`). Behind ``ecdsaP256``, which a curve alone stands for.
    case ecdsaSK = "sk-ecdsa-sha2-nistp256@openssh.com"
    case ed25519SK = "sk-ssh-ed25519@openssh.com"

    private static let domain = "@openssh.com"
    private static let certificateSuffix = "-cert-v01@openssh.com"

    /// Whether the private half is on a FIDO token.
    public var isSecurityKey: Bool { self == .ecdsaSK || self == .ed25519SK }

    /// The name of the certificates of such keys.
    var certificateName: String {
        (isSecurityKey ? String(rawValue.dropLast(Self.domain.count)) : rawValue) + Self.certificateSuffix
    }

    /// Reads a key type's name.
    ///
    /// - Returns: the algorithm, and whether the name is that of its certificates.
    static func named(_ name: String) -> (algorithm: KeyAlgorithm, isCertificate: Bool)? {
        if let plain = KeyAlgorithm(rawValue: name) { return (plain, false) }
        return allCases.first { $0.certificateName == name }.map { ($0, true) }
    }

    /// Why keys of a kind of that name are not held.
    static func reason(against name: String) -> String {
        // ssh-mldsa44-ed25519@openssh.com of OpenSSH 10.5: OpenSSL has the scheme from 3.5 on, and Debian 12 has 3.0.
        if name.hasPrefix("ssh-mldsa") { return "\(name): OpenSSL here has no ML-DSA signatures" }
        return "\(name): no such keys are supported"
    }

    /// The curve's name in key blobs (RFC 5656 section 6.1); empty for other kinds.
    var curve: String {
        switch self {
        case .ecdsaP256, .ecdsaSK: "nistp256"
        case .ecdsaP384: "nistp384"
        case .ecdsaP521: "nistp521"
        case .ed25519, .ed25519SK, .rsa: ""
        }
    }

    /// Bytes of an uncompressed point of the curve; 0 for other kinds.
    var pointLength: Int {
        switch self {
        case .ecdsaP256, .ecdsaSK: 65
        case .ecdsaP384: 97
        case .ecdsaP521: 133
        case .ed25519, .ed25519SK, .rsa: 0
        }
    }

    /// Bytes of a number on the curve; 0 for other kinds.
    var curveLength: Int { pointLength / 2 }

    /// OpenSSL's number of the curve; 0 for other kinds.
    var curveNumber: Int32 {
        switch self {
        case .ecdsaP256, .ecdsaSK: NID_X9_62_prime256v1
        case .ecdsaP384: NID_secp384r1
        case .ecdsaP521: NID_secp521r1
        case .ed25519, .ed25519SK, .rsa: 0
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
    case ecdsaSK = "sk-ecdsa-sha2-nistp256@openssh.com"
    case ed25519SK = "sk-ssh-ed25519@openssh.com"

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
            case .ecdsaSK: .ecdsaSK
            case .ed25519SK: .ed25519SK
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
        case .ed25519, .ed25519SK: nil
        case .rsaSHA1: unsafe EVP_sha1()
        case .ecdsaP256, .ecdsaSK, .rsaSHA256: unsafe EVP_sha256()
        case .ecdsaP384: unsafe EVP_sha384()
        case .ecdsaP521, .rsaSHA512: unsafe EVP_sha512()
        }
    }

    /// The same by the names of RFC 7518; nil for what no certificate's key does here.
    public var scheme: SignatureScheme? {
        switch self {
        case .rsaSHA256: .rs256
        case .rsaSHA512: .rs512
        case .ecdsaP256: .es256
        case .ecdsaP384: .es384
        case .ecdsaP521: .es512
        case .ed25519: .edDSA
        case .rsaSHA1, .ecdsaSK, .ed25519SK: nil
        }
    }
}
