import COpenSSL
import SecureMemory

/// The digest by which people compare keys, as OpenSSH's tools name them (`-E`).
public enum FingerprintHash: String, Sendable, CaseIterable {
    case md5, sha1, sha256, sha384, sha512

    fileprivate var function: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        }
    }
}

extension PublicKey {
    /// As people compare keys: `SHA256:` and base64 without padding; of the plain key.
    public var fingerprint: String { fingerprint(.sha256) }

    /// The same by another digest; MD5 is written in hexadecimal with colons, as OpenSSH writes it.
    public func fingerprint(_ hash: FingerprintHash) -> String {
        let name = hash.rawValue.uppercased() + ":"
        guard let digest = Self.digest(plain.blob, hash) else { return name + "?" }
        if hash == .md5 { return name + digest.map(Self.hexadecimal).joined(separator: ":") }
        return name + base64(digest).prefix { $0 != "=" }
    }

    /// - Returns: nil if OpenSSL does not allow the digest.
    private static func digest(_ bytes: [UInt8], _ hash: FingerprintHash) -> [UInt8]? {
        if hash == .sha256 { return sha256(unsafe bytes.span.bytes) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe EVP_Digest(bytes, bytes.count, &digest, &count, hash.function, nil) == 1 else { return nil }
        return Array(digest.prefix(Int(count)))
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0" + text : text
    }
}
