import COpenSSL

/// The blocks of a text in PEM (RFC 7468), whatever stands between them.
struct PEMBlocks {
    /// Blocks of one text.
    static let maximumCount = 4096

    /// The labels, and what is in the blocks.
    let all: [(label: String, der: [UInt8])]

    /// Nil if a block is broken, or there are too many. A block's headers are ignored, so an encrypted block yields its ciphertext.
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

    // MARK: A file that is one block

    /// The text without blanks around it; nil if no block begins it.
    static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8>? {
        var rest = text.drop(while: isBlank)
        guard rest.starts(with: "-----BEGIN ".utf8) else { return nil }
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    /// Whether a block of this label begins the text.
    static func begins(_ text: ArraySlice<UInt8>, _ label: String) -> Bool {
        text.starts(with: "-----BEGIN \(label)-----".utf8)
    }

    /// What is in a text that is one block of this label and nothing else; nil for any other text.
    ///
    /// OpenSSL passes over whatever is around a block, and over headers in it: nobody has signed that.
    static func only(_ text: ArraySlice<UInt8>, _ label: String) -> [UInt8]? {
        let end = "-----END \(label)-----".utf8
        let beginningCount = "-----BEGIN \(label)-----".utf8.count
        guard begins(text, label), text.count >= beginningCount + end.count, text.suffix(end.count).elementsEqual(end),
            // Neither a header nor the edge of another block is possible without another character.
            text.dropFirst(beginningCount).dropLast(end.count).allSatisfy({ isBlank($0) || isBase64($0) }),
            let blocks = PEMBlocks(Array(text) + [0x0A]), blocks.all.count == 1
        else { return nil }
        return blocks.all[0].der
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}
