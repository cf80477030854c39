import COpenSSL
import SecureMemory

/// The two-key Triple DES of the channel: CBC from zeros, and the code that is made with it.
enum CWACipher {
    static let blockLength = 8
    static let keyLength = 16

    /// Padded and encrypted; nil if OpenSSL fails.
    static func encrypt(_ bytes: RawSpan, key: borrowing SecretBytes) -> [UInt8]? {
        run(bytes, then: CWABytes.padding(after: bytes.byteCount), key: key, encrypting: true)
    }

    /// Decrypted and without its padding; nil if it is not whole blocks, or not padded.
    static func decrypt(_ bytes: [UInt8], key: borrowing SecretBytes) -> [UInt8]? {
        guard !bytes.isEmpty, bytes.count % blockLength == 0,
            let plain = unsafe run(bytes.span.bytes, then: [], key: key, encrypting: false),
            let end = plain.lastIndex(where: { $0 != 0 }), plain[end] == 0x80, plain.count - end <= blockLength
        else { return nil }
        return Array(plain[..<end])
    }

    /// The code of a counter and a message, 8 bytes (ISO/IEC 9797-1 algorithm 3): DES in CBC by the key's first half,
    /// the last block with the whole key.
    static func code(_ counter: UInt64, _ message: [UInt8], key: borrowing SecretBytes) -> [UInt8]? {
        let padded = message + CWABytes.padding(after: message.count)
        let head = (0..<8).map { UInt8(counter >> (56 - 8 * $0) & 0xFF) } + padded.dropLast(blockLength)
        // Triple DES with twice the same key is DES.
        let first = SecretBytes(zeros: keyLength)
        first.withMutableBytes { first in
            key.withBytes { key in
                let half = key.extracting(first: blockLength)
                CWABytes.put(half, into: &first, at: 0)
                CWABytes.put(half, into: &first, at: blockLength)
            }
        }
        guard let chain = unsafe run(head.span.bytes, then: [], key: first, encrypting: true) else { return nil }
        let last = zip(chain.suffix(blockLength), padded.suffix(blockLength)).map { $0 ^ $1 }
        return unsafe run(last.span.bytes, then: [], key: key, encrypting: true)
    }

    /// Both parts one after the other, in whole blocks.
    private static func run(
        _ bytes: RawSpan, then tail: [UInt8], key: borrowing SecretBytes, encrypting: Bool
    ) -> [UInt8]? {
        precondition(key.count == keyLength && (bytes.byteCount + tail.count) % blockLength == 0)
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        guard unsafe begin(context, key, encrypting), let body = unsafe update(context, bytes),
            let end = unsafe update(context, tail.span.bytes)
        else { return nil }
        return body + end
    }

    private static func begin(_ context: OpaquePointer, _ key: borrowing SecretBytes, _ encrypting: Bool) -> Bool {
        let start = [UInt8](repeating: 0, count: blockLength)
        return key.withBytes { key in
            unsafe key.withUnsafeBytes { key in
                let key = unsafe key.baseAddress!.assumingMemoryBound(to: UInt8.self)
                return unsafe EVP_CipherInit_ex(context, EVP_des_ede_cbc(), nil, key, start, encrypting ? 1 : 0) == 1
                    && EVP_CIPHER_CTX_set_padding(context, 0) == 1
            }
        }
    }

    private static func update(_ context: OpaquePointer, _ bytes: RawSpan) -> [UInt8]? {
        guard bytes.byteCount > 0 else { return [] }
        var output = [UInt8](repeating: 0, count: bytes.byteCount + blockLength)
        var count: Int32 = 0
        let done = unsafe bytes.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
            return unsafe EVP_CipherUpdate(context, &output, &count, start, Int32(bytes.count))
        }
        return done == 1 ? Array(output[..<Int(count)]) : nil
    }
}
