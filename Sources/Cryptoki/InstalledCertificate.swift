import CP11Kit

/// A certificate with its private key on a token.
public struct InstalledCertificate: Sendable {
    /// Issuers of one certificate that are told.
    public static let maximumIssuers = 16

    /// An RFC 7512 URI of at most 1024 bytes, enough to find it again: token, manufacturer, serial, id, object, type; where
    /// another has the same, as ``exactURI``.
    public let uri: String
    /// The same with the certificate's digest: what fits no other, now or later.
    public let exactURI: String
    /// Its `CKA_LABEL`, in a browser the nickname; may be empty.
    public let label: String
    /// The certificate in DER.
    public let der: [UInt8]
    /// Certificates on the same token whose subject is its issuer, or theirs in turn, in DER. Nothing is verified.
    public let issuers: [[UInt8]]
    public let token: Token
    /// Where it is, for people: "Firefox (default-release)", "Chromium", or the token's label.
    public let place: String
}

/// Why an installed certificate did not sign.
public enum InstalledFailure: Error, Equatable {
    /// No token that is present holds a certificate that the URI fits.
    case notFound
    /// The certificate is there, and its private key is not.
    case noKey
    /// The URI fits several that can serve, with different keys.
    case several
    /// The token that the URI names is not present, or was taken out.
    case tokenGone
    /// The person gave no PIN.
    case cancelled
    /// All tries that are given were wrong.
    case wrongPIN
    /// The token takes no PIN any more, or its last try would be needed.
    case lockedPIN
    /// The token or key can't sign by the scheme.
    case noSuchMechanism
    /// Anything else; English, one line.
    case failed(String)

    init(_ error: CryptokiError) {
        switch error.value {
        case CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT,
            CKR_KEY_FUNCTION_NOT_PERMITTED:
            self = .noSuchMechanism
        // On the reader.
        case CKR_CANCEL, CKR_FUNCTION_CANCELED: self = .cancelled
        default:
            switch error.kind {
            // The login ends when a token is taken out, even if it is there again.
            case .gone, .notLoggedIn: self = .tokenGone
            case .wrongPIN: self = .wrongPIN
            case .lockedPIN: self = .lockedPIN
            case .other: self = .failed(error.description)
            }
        }
    }

    /// What the library does, its failure in these terms.
    static func asking<Value>(_ body: () throws(CryptokiError) -> Value) throws(InstalledFailure) -> Value {
        do throws(CryptokiError) { return try body() } catch { throw InstalledFailure(error) }
    }
}
