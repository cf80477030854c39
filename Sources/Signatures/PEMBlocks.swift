import COpenSSL

/// The blocks of a text in PEM (RFC 7468), whatever stands between them.
struct PEMBlocks {
    /// Blocks of one text.
    static let maximumCount = 4096

    /// The labels, and what is in the blocks.
    let all: [(label: String, der: [UInt8])]

    /// Nil if a block is broken or encrypted, or there are too many.
    init?(_ text: [UInt8]) {
        guard !text.isEmpty, let source = unsafe clave_openssl_source(text, text.count) else { return nil }
        defer {
            unsafe BIO_free(source)
            ERR_clear_error()
        }
        ERR_clear_error()
        var blocks: [(String, [UInt8])] = []
        var (label, header): (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?)
        var (data, count): (UnsafeMutablePointer<UInt8>?, Int)
        unsafe (label, header, data, count) = (nil, nil, nil, 0)
        while unsafe PEM_read_bio(source, &label, &header, &data, &count) == 1 {
            defer {
                unsafe CRYPTO_free(label, "", 0)
                unsafe CRYPTO_free(header, "", 0)
                unsafe CRYPTO_free(data, "", 0)
            }
            guard blocks.count < Self.maximumCount, let label = unsafe label, let data = unsafe data else { return nil }
            let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
            blocks.append((unsafe String(cString: label), bytes))
        }
        // The end is an error to OpenSSL, of a kind of its own.
        guard ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE else { return nil }
        all = blocks
    }
}
