import Certificates
import SSHKeys
import SecureMemory
public import SignedForms

/// The digests of a content that a signature asks for, made in one reading, whatever its size.
public struct ContentDigests: ~Copyable {
    /// What was read.
    public struct Result: Sendable {
        /// Of the content, or of what stands for it where the form encodes it.
        let digests: [MessageDigest.Algorithm: MessageDigest]
        /// The content itself, up to ``CMSWriter/longestContent``; nil where the form asks for digests only.
        let whole: [UInt8]?
        /// SHA-256 of the content, by which people compare it.
        public let digest: MessageDigest
        /// The content itself if it is as short as what an identity's own key signs for a purpose; else nil.
        let short: [UInt8]?
    }

    /// Bytes: more than any form with a digest in it has.
    private static let longestShort = 8192

    private var hashes: [MessageDigest.Algorithm: HashBox] = [:]
    private var shown = ContentHash(.sha256)
    private var whole: [UInt8]?
    private var short: [UInt8]? = []
    /// Nil where the form takes the content as it is.
    private var encoded: Base64URLParts?

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
        whole = file.signsWhole ? [] : nil
        let beginning = file.webBeginning
        encoded = beginning.map { _ in Base64URLParts() }
        for algorithm in file.algorithms {
            let hash = HashBox(algorithm)
            hash.update(Array((beginning ?? "").utf8))
            hashes[algorithm] = hash
        }
    }

    /// Takes more of the content.
    public mutating func update(_ part: [UInt8]) {
        shown?.update(part)
        Self.keep(part, in: &short, upTo: Self.longestShort)
        Self.keep(part, in: &whole, upTo: CMSWriter.longestContent)
        put(encoded?.encode(part) ?? part)
    }

    /// Adds to what is kept of a content; nothing is kept of one that is longer.
    private static func keep(_ part: [UInt8], in kept: inout [UInt8]?, upTo limit: Int) {
        guard let count = kept?.count else { return }
        if count + part.count <= limit { kept?.append(contentsOf: part) } else { kept = nil }
    }

    private func put(_ bytes: [UInt8]) {
        for hash in hashes.values { hash.update(bytes) }
    }

    /// The digests; nil if OpenSSL fails.
    public consuming func finish() -> Result? {
        if let encoded { put(encoded.finish()) }
        guard let shown = shown.take() else { return nil }
        var digests: [MessageDigest.Algorithm: MessageDigest] = [:]
        for (algorithm, hash) in hashes { digests[algorithm] = hash.finish() }
        return Result(digests: digests, whole: whole, digest: shown.finish(), short: short)
    }
}
