import SecureMemory
public import Wire

/// A signature over a message or file, as `ssh-keygen -Y sign` makes it (OpenSSH `PROTOCOL.sshsig`).
public struct SSHSignature: Equatable, Sendable {
    /// The first bytes of what is signed, and of the signature itself.
    public static let magic = Array("SSHSIG".utf8)
    /// Bytes of a namespace.
    public static let longestNamespace = 1024

    private static let version: UInt32 = 1
    /// Characters of a line between the armor's lines.
    private static let lineLength = 70

    /// What signatures of this kind are for: `file`, `git`; never empty.
    public let namespace: String
    /// Of the message.
    public let digest: MessageDigest

    /// A signature to be made; nil for a namespace that is empty or too long, and for a digest that the form has not.
    public init?(namespace: String, digest: MessageDigest) {
        guard (1...Self.longestNamespace).contains(namespace.utf8.count), digest.algorithm != .sha384 else {
            return nil
        }
        self.namespace = namespace
        self.digest = digest
    }

    /// Reads the bytes that are signed.
    public init(signedBytes bytes: [UInt8]) throws(WireError) {
        guard bytes.starts(with: Self.magic) else { throw .malformed }
        self = try WireReader.read(Array(bytes.dropFirst(Self.magic.count))) { (reader) throws(WireError) in
            let namespace = try reader.text(limit: Self.longestNamespace)
            guard try reader.bytes(limit: Self.longestNamespace).isEmpty,
                let form = SSHSignature(namespace: namespace, digest: try MessageDigest(decoding: &reader))
            else { throw .malformed }
            return form
        }
    }

    /// The bytes that are signed.
    public var signedBytes: [UInt8] {
        var writer = ByteWriter()
        writer.put(namespace)
        writer.put("")
        digest.encode(into: &writer)
        return Self.magic + writer.bytes
    }

    /// The signature as a text file.
    ///
    /// - Parameters:
    ///   - publicKey: the signer's, as an SSH blob.
    ///   - signature: an SSH signature blob.
    public func armored(publicKey: [UInt8], signature: [UInt8]) -> String {
        var writer = ByteWriter()
        writer.put(Self.version)
        writer.put(publicKey)
        writer.put(namespace)
        writer.put("")
        writer.put(digest.algorithm.rawValue)
        writer.put(signature)
        var rest = base64(Self.magic + writer.bytes)[...]
        var lines = ["-----BEGIN SSH SIGNATURE-----"]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(Self.lineLength)))
            rest = rest.dropFirst(Self.lineLength)
        }
        return (lines + ["-----END SSH SIGNATURE-----"]).joined(separator: "\n")
    }
}

/// An Ed25519 key and its signatures as SSH writes them (RFC 8709).
public enum SSHEd25519 {
    private static let name = "ssh-ed25519"

    /// The public key as a blob.
    ///
    /// - Parameter publicKey: 32 bytes.
    public static func blob(_ publicKey: [UInt8]) -> [UInt8] { pair(publicKey) }

    /// The signature as a blob.
    ///
    /// - Parameter signature: 64 bytes.
    public static func signatureBlob(_ signature: [UInt8]) -> [UInt8] { pair(signature) }

    /// The public key as a line of an `authorized_keys` or `allowed_signers` file, without its comment.
    public static func line(_ publicKey: [UInt8]) -> String { "\(name) \(base64(blob(publicKey)))" }

    private static func pair(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(name)
        writer.put(bytes)
        return writer.bytes
    }
}
