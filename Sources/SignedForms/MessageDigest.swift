public import SecureMemory
public import Wire

/// The digest of what a signature is about: forms that sign a digest can cover content of any size.
public struct MessageDigest: Equatable, Sendable {
    /// The digests that the forms take (FIPS 180-4), by their names in SSH signatures.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512
        /// For CMS and JOSE only: SSH signatures, and challenges after their manner, have no such digest.
        case sha384

        /// Bytes of a digest.
        public var length: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    /// Which.
    public let algorithm: Algorithm
    /// As many as the algorithm's length.
    public let bytes: [UInt8]

    /// A digest made elsewhere; nil if its length is not the algorithm's.
    public init?(_ algorithm: Algorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.length else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// The SHA-512 digest of content.
    public init(of content: [UInt8]) {
        var hash = SHA512Hash()
        hash.update(unsafe content.span.bytes)
        self.init(hash)
    }

    /// The digest of what a hash has been given.
    public init(_ hash: consuming SHA512Hash) {
        algorithm = .sha512
        bytes = hash.finish()
    }

    /// Reads `string algorithm, string digest`.
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let algorithm = Algorithm(rawValue: try reader.text(limit: 16)),
            let digest = MessageDigest(algorithm, try reader.bytes(limit: 64))
        else { throw .malformed }
        self = digest
    }

    /// Writes `string algorithm, string digest`.
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(algorithm.rawValue)
        writer.put(bytes)
    }

    /// For people: `sha512:` and base64 without padding.
    public var text: String { "\(algorithm.rawValue):" + base64(bytes).prefix { $0 != "=" } }
}
