public import ASN1

// How digests and schemes are named in ASN.1.

extension MessageDigest.Algorithm {
    /// Its identifier (RFC 5754 section 2).
    public var identifier: OID {
        switch self {
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        }
    }

    /// The digest of an identifier; nil for one that is not taken.
    public init?(identifier: OID) {
        guard let algorithm = Self.allCases.first(where: { $0.identifier == identifier }) else { return nil }
        self = algorithm
    }
}

extension SignatureScheme {
    /// Its identifier; one by PSS tells its digest in its parameters (RFC 5754 section 3, RFC 4056, RFC 8419 section 2.1).
    public var identifier: OID {
        switch self {
        case .rs256: .rsaWithSHA256
        case .rs384: .rsaWithSHA384
        case .rs512: .rsaWithSHA512
        case .ps256, .ps384, .ps512: .rsaPSS
        case .es256: .ecdsaWithSHA256
        case .es384: .ecdsaWithSHA384
        case .es512: .ecdsaWithSHA512
        case .edDSA: .ed25519
        }
    }
}
