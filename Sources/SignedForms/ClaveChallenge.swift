public import Wire

/// What a Cl@ve identity signs to prove itself to a relying party: who asks, what for, and the digest of what they sent.
///
/// A form of this project's, after the manner of SSH signatures: it begins like no other thing that gets signed, so that
/// a signature over it can't pass for one over anything else.
///
///     byte[17] "CLAVE-CHALLENGE-1"
///     string   relying party
///     string   purpose
///     string   reserved, empty
///     string   digest's algorithm
///     string   digest of the content
public struct ClaveChallenge: Equatable, Sendable {
    /// Its first bytes.
    public static let magic = Array("CLAVE-CHALLENGE-1".utf8)
    /// Bytes of the relying party's name and of the purpose.
    public static let longestName = 512

    /// Whom it is for.
    public let relyingParty: String
    /// What it is for, in the relying party's words.
    public let purpose: String
    /// Of the relying party's bytes.
    public let digest: MessageDigest

    /// A challenge; nil if a name is empty or too long, and for a digest that the form has not.
    public init?(relyingParty: String, purpose: String, digest: MessageDigest) {
        let names = [relyingParty, purpose]
        guard names.allSatisfy({ (1...Self.longestName).contains($0.utf8.count) }), digest.algorithm != .sha384 else {
            return nil
        }
        self.relyingParty = relyingParty
        self.purpose = purpose
        self.digest = digest
    }

    /// Reads the bytes that are signed.
    public init(signedBytes bytes: [UInt8]) throws(WireError) {
        guard bytes.starts(with: Self.magic) else { throw .malformed }
        self = try WireReader.read(Array(bytes.dropFirst(Self.magic.count))) { (reader) throws(WireError) in
            let relyingParty = try reader.text(limit: Self.longestName)
            let purpose = try reader.text(limit: Self.longestName)
            guard try reader.bytes(limit: Self.longestName).isEmpty,
                let challenge = ClaveChallenge(
                    relyingParty: relyingParty, purpose: purpose, digest: try MessageDigest(decoding: &reader))
            else { throw .malformed }
            return challenge
        }
    }

    /// The bytes that are signed.
    public var signedBytes: [UInt8] {
        var writer = ByteWriter()
        writer.put(relyingParty)
        writer.put(purpose)
        writer.put("")
        digest.encode(into: &writer)
        return Self.magic + writer.bytes
    }
}
