import COpenSSL
import SecureMemory

/// What secure messaging encrypts and authenticates with (ICAO Doc 9303-11 section 9.8): CBC and an 8-byte code.
public enum MessagingCipher: UInt8, CaseIterable, Sendable {
    /// Two-key 3DES with the retail MAC (ISO/IEC 9797-1, algorithm 3), as basic access control uses it.
    case tripleDES = 1
    /// AES with CMAC (NIST SP 800-38B).
    case aes128, aes192, aes256

    /// Bytes of either key.
    public var keyLength: Int {
        switch self {
        case .tripleDES, .aes128: 16
        case .aes192: 24
        case .aes256: 32
        }
    }

    /// Bytes of a block, and of the counter.
    public var blockLength: Int { self == .tripleDES ? 8 : 16 }

    /// Bytes of an authentication code.
    static let codeLength = 8

    private func unsafeFunction() -> OpaquePointer? {
        switch self {
        case .tripleDES: unsafe EVP_des_ede_cbc()
        case .aes128: unsafe EVP_aes_128_cbc()
        case .aes192: unsafe EVP_aes_192_cbc()
        case .aes256: unsafe EVP_aes_256_cbc()
        }
    }

    // MARK: CBC

    /// Whole blocks in CBC without padding into memory of the same length; false if OpenSSL fails.
    func crypt(
        _ input: RawSpan, key: RawSpan, iv: [UInt8], encrypts: Bool, into output: inout MutableRawSpan
    ) -> Bool {
        precondition(
            key.byteCount == keyLength && iv.count == blockLength && input.byteCount % blockLength == 0
                && output.byteCount == input.byteCount)
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return false }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let isReady = unsafe key.withUnsafeBytes { key in
            unsafe EVP_CipherInit_ex(
                context, unsafeFunction(), nil, key.baseAddress!.assumingMemoryBound(to: UInt8.self), iv,
                encrypts ? 1 : 0) == 1 && EVP_CIPHER_CTX_set_padding(context, 0) == 1
        }
        guard isReady else { return false }
        var written: Int32 = 0
        return unsafe input.withUnsafeBytes { input in
            unsafe output.withUnsafeMutableBytes { output in
                guard let source = input.baseAddress, let target = output.baseAddress else { return true }
                return unsafe EVP_CipherUpdate(
                    context, target.assumingMemoryBound(to: UInt8.self), &written,
                    source.assumingMemoryBound(to: UInt8.self), Int32(input.count)) == 1
            }
        } && Int(written) == input.byteCount
    }

    /// The same into a new array, for what is no secret of long life; from zeros without an IV.
    func crypt(_ input: RawSpan, key: borrowing SecretBytes, iv: [UInt8]? = nil, encrypts: Bool) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: input.byteCount)
        let iv = iv ?? [UInt8](repeating: 0, count: blockLength)
        var span = output.mutableSpan
        var bytes = unsafe span.mutableBytes
        let isDone = key.withBytes { key in crypt(input, key: key, iv: iv, encrypts: encrypts, into: &bytes) }
        return isDone ? output : nil
    }

    // MARK: Padding

    /// Padding method 2 of ISO/IEC 9797-1: a byte 80, then zeros to a whole block.
    func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [0x80] + [UInt8](repeating: 0, count: blockLength - 1 - bytes.count % blockLength)
    }

    /// The same in guarded memory.
    func padded(_ bytes: RawSpan) -> SecretBytes {
        let padded = SecretBytes(zeros: (bytes.byteCount / blockLength + 1) * blockLength)
        padded.withMutableBytes { padded in
            unsafe padded.withUnsafeMutableBytes { padded in
                unsafe bytes.withUnsafeBytes { unsafe padded.copyMemory(from: $0) }
            }
            padded.storeBytes(of: 0x80, toByteOffset: bytes.byteCount, as: UInt8.self)
        }
        return padded
    }

    /// What was padded; nil for what is not.
    func withoutPadding(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.lastIndex(where: { $0 != 0 }), bytes[end] == 0x80, bytes.count - end <= blockLength
        else { return nil }
        return Array(bytes[..<end])
    }

    // MARK: Codes

    /// The 8-byte code over whole blocks, at least one; nil if OpenSSL fails.
    func code(over message: [UInt8], key: borrowing SecretBytes) -> [UInt8]? {
        precondition(key.count == keyLength)
        return self == .tripleDES ? retailCode(over: message, key: key) : cmac(over: message, key: key)
    }

    private func cmac(over message: [UInt8], key: borrowing SecretBytes) -> [UInt8]? {
        guard let context = unsafe CMAC_CTX_new() else { return nil }
        defer { unsafe CMAC_CTX_free(context) }
        var code = [UInt8](repeating: 0, count: blockLength)
        let isDone = key.withBytes { key in
            unsafe key.withUnsafeBytes { key in
                unsafe CMAC_Init(context, key.baseAddress, key.count, unsafeFunction(), nil) == 1
                    && CMAC_Update(context, message, message.count) == 1 && CMAC_Final(context, &code, nil) == 1
            }
        }
        return isDone ? Array(code[..<Self.codeLength]) : nil
    }

    /// Single DES under the key's first half up to the last block, 3DES there. 3DES whose halves are equal is single DES,
    /// which OpenSSL no longer offers by itself.
    private func retailCode(over message: [UInt8], key: borrowing SecretBytes) -> [UInt8]? {
        precondition(!message.isEmpty && message.count % blockLength == 0)
        let single = SecretBytes(zeros: keyLength)
        key.withBytes { key in
            single.withMutableBytes { single in
                for place in 0..<keyLength {
                    let byte = unsafe key.unsafeLoad(fromByteOffset: place % (keyLength / 2), as: UInt8.self)
                    single.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
                }
            }
        }
        let (first, last) = (Array(message.dropLast(blockLength)), Array(message.suffix(blockLength)))
        guard let chained = unsafe crypt(first.span.bytes, key: single, encrypts: true) else { return nil }
        let iv = chained.isEmpty ? nil : Array(chained.suffix(blockLength))
        return unsafe crypt(last.span.bytes, key: key, iv: iv, encrypts: true)
    }
}
