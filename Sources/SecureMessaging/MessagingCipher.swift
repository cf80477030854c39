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

    /// The same into a new array, for what is no secret of long life.
    func crypt(_ input: [UInt8], key: borrowing SecretBytes, iv: [UInt8]? = nil, encrypts: Bool) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: input.count)
        let iv = iv ?? [UInt8](repeating: 0, count: blockLength)
        var span = output.mutableSpan
        var bytes = unsafe span.mutableBytes
        let isDone = key.withBytes { key in
            unsafe crypt(input.span.bytes, key: key, iv: iv, encrypts: encrypts, into: &bytes)
        }
        return isDone ? output : nil
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
        let last = Array(message.suffix(blockLength))
        guard let chained = crypt(Array(message.dropLast(blockLength)), key: single, encrypts: true) else { return nil }
        return crypt(last, key: key, iv: chained.isEmpty ? nil : Array(chained.suffix(blockLength)), encrypts: true)
    }
}
