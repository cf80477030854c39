import SSHKeys
import SecureMemory
public import SignedForms

/// The digests of a content that a signature asks for, made in one reading, whatever its size.
public struct ContentDigests: ~Copyable {
    /// Bytes of a content that a signature without a digest can be about.
    private static let longestWhole = 131_072

    /// What was read.
    public struct Result: Sendable {
        /// Of the content, or of what stands for it where the form encodes it.
        let digests: [MessageDigest.Algorithm: MessageDigest]
        /// The content itself, if it is short.
        let whole: [UInt8]?
        /// SHA-256 of the content, by which people compare it.
        public let digest: MessageDigest
    }

    private var hashes: [MessageDigest.Algorithm: HashBox] = [:]
    private var shown = ContentHash(.sha256)
    private var whole: [UInt8]? = []
    private let isEncoded: Bool
    /// Bytes that wait for others: three make four characters.
    private var left: [UInt8] = []

    /// A hash that can be kept in a dictionary.
    private final class HashBox {
        var hash: ContentHash?

        init(_ algorithm: MessageDigest.Algorithm) { hash = ContentHash(algorithm) }

        func update(_ bytes: [UInt8]) { hash?.update(bytes) }

        func finish() -> MessageDigest? {
            guard let hash = hash.take() else { return nil }
            return hash.finish()
        }
    }

    /// Of nothing yet.
    public init(for file: SignatureFile) {
        let beginning = file.webBeginning
        isEncoded = beginning != nil
        for algorithm in file.algorithms {
            let hash = HashBox(algorithm)
            hash.update(Array((beginning ?? "").utf8))
            hashes[algorithm] = hash
        }
    }

    /// Takes more of the content.
    public mutating func update(_ part: [UInt8]) {
        shown?.update(part)
        if let count = whole?.count {
            if count + part.count <= Self.longestWhole { whole?.append(contentsOf: part) } else { whole = nil }
        }
        guard isEncoded else { return put(part) }
        let all = left + part
        let end = all.count - all.count % 3
        put(Array(base64URL(Array(all[..<end])).utf8))
        left = Array(all[end...])
    }

    private func put(_ bytes: [UInt8]) {
        for hash in hashes.values { hash.update(bytes) }
    }

    /// The digests; nil if OpenSSL fails.
    public consuming func finish() -> Result? {
        if isEncoded { put(Array(base64URL(left).utf8)) }
        guard let shown = shown.take() else { return nil }
        var digests: [MessageDigest.Algorithm: MessageDigest] = [:]
        for (algorithm, hash) in hashes { digests[algorithm] = hash.finish() }
        return Result(digests: digests, whole: whole, digest: shown.finish())
    }
}
