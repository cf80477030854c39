public import Certificates
public import SSHKeys
public import SignedForms

/// What is known of a signature once it has been verified: who, when, over what, by which chain, and what speaks against it.
///
/// Nobody was asked about revocation.
public struct SignatureReport: Sendable {
    /// How the signature is written.
    public enum Format: String, Sendable { case cms, cades, jws, sshsig, json, raw }

    /// A signer, and all that speaks against their signature.
    public struct Signer: Sendable {
        /// Whose it is; nil where only a key is known, or nothing.
        public internal(set) var certificate: HolderCertificate?
        /// The key that signed; nil if it is of no kind that is known here.
        public internal(set) var key: PublicKey?
        /// `RS256`, `EdDSA`, of an SSH signature `rsa-sha2-512`; empty if it is not known.
        public internal(set) var scheme = ""
        /// The digest that is signed; nil where the content itself is.
        public internal(set) var digest: MessageDigest?
        /// Seconds since 1970, by the signer's clock: nobody else vouches for it. Nil if they don't say.
        public internal(set) var signedAt: UInt64?
        /// Whether the signer has signed which certificate is theirs (RFC 5035).
        public internal(set) var namesCertificate = false
        /// From the signer's certificate to one that is trusted; as far as it was found.
        public internal(set) var chain: [HolderCertificate] = []
        /// What an SSH signature is for.
        public internal(set) var namespace: String?
        /// What a signature by an identity's own key is for, where the form says so.
        public internal(set) var purpose: RawSignature.Purpose?
        /// Whether there is something beside the signature that nobody has looked at: a time stamp, a countersignature.
        public internal(set) var hasUnsignedAttributes = false
        /// Empty for a good one.
        public internal(set) var problems: [Problem] = []
    }

    /// What speaks against a signature.
    public enum Problem: Equatable, Sendable {
        /// The content is another one than was signed.
        case otherContent
        /// The content in the signature is not the one that was given beside it.
        case otherEnclosedContent
        /// The key has not signed this.
        case wrongSignature
        /// By a digest that does not bind any more, or that is not known here: its name.
        case weakDigest(String)
        /// RSA of less than 2,048 bits, or a key of a kind that is not taken here.
        case weakKey
        /// The signature contradicts itself, or lacks what ties it to its content; what it is.
        case malformed(String)
        /// The signer's certificate is not in it.
        case certificateMissing
        /// The signer has signed that their certificate is another one.
        case otherCertificate
        /// The certificate is not for signatures: its usage says so.
        case notForSignatures
        /// The certificate is an authority's.
        case authority
        /// No chain to a trusted authority; OpenSSL's reason, in English.
        case untrusted(String)
        /// The certificate runs out at this time, and this has passed.
        case expired(UInt64)
        /// The certificate is valid from this time on, which is yet to come.
        case notYetValid(UInt64)
        /// The signing time is outside the certificate's validity.
        case signedOutsideValidity
        /// The signing time is yet to come.
        case signedInFuture
        /// The certificate of the authority of this name is not valid now.
        case authorityNotValid(String)
        /// The key has signed it, but nothing says whose the key is.
        case unknownSigner
        /// It is not the key that was expected.
        case otherKey
        /// It is for another purpose: this namespace, or ``RawSignature/Purpose/text``.
        case otherNamespace(String)
    }

    /// The form that was found.
    public let format: Format
    /// Whether the content is in the signature.
    public let isAttached: Bool
    /// One for each, in their order; never empty.
    public let signers: [Signer]

    /// Whether every signature is right, and by somebody for whom a trusted authority vouches or a given key stands.
    public var isGood: Bool { !signers.isEmpty && signers.allSatisfy { $0.problems.isEmpty } }
}
