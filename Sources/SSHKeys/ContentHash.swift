import COpenSSL
public import SignedForms

/// The digest of content that comes in parts, of any of the three lengths.
@safe
public struct ContentHash: ~Copyable {
    private let context: OpaquePointer
    private let algorithm: MessageDigest.Algorithm

    /// Of nothing yet; nil if OpenSSL fails.
    public init?(_ algorithm: MessageDigest.Algorithm) {
        guard let context = unsafe EVP_MD_CTX_new() else { return nil }
        guard unsafe EVP_DigestInit_ex(context, Signer.function(algorithm), nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            return nil
        }
        unsafe self.context = context
        self.algorithm = algorithm
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Takes more bytes.
    public mutating func update(_ bytes: [UInt8]) {
        _ = unsafe EVP_DigestUpdate(context, bytes, bytes.count)
    }

    /// The digest.
    public consuming func finish() -> MessageDigest {
        var digest = [UInt8](repeating: 0, count: algorithm.length)
        _ = unsafe EVP_DigestFinal_ex(context, &digest, nil)
        return MessageDigest(algorithm, digest)!
    }
}
