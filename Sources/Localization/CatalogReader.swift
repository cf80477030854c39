/// Reads the tables and strings of an MO file.
struct CatalogReader {
    private static let magic: UInt32 = 0x9504_12de
    private static let headerSize = 28

    private let bytes: [UInt8]
    private let isBigEndian: Bool
    /// What the strings read so far may still grow by. Real strings do not overlap, so together they fit the file; this
    /// keeps a small file from becoming a large table.
    private var budget: Int

    init(_ bytes: [UInt8]) throws(CatalogError) {
        guard bytes.count <= Catalog.maximumSize else { throw .tooLarge }
        guard bytes.count >= Self.headerSize else { throw .truncated }
        self.bytes = bytes
        budget = bytes.count
        switch Self.word(bytes, at: 0, isBigEndian: false) {
        case Self.magic: isBigEndian = false
        case Self.magic.byteSwapped: isBigEndian = true
        default: throw .wrongMagic
        }
    }

    /// All messages but the header entry, whose identifier is empty.
    mutating func messages() throws(CatalogError) -> [String: String] {
        guard word(at: 4) >> 16 <= 1 else { throw .unsupportedRevision }
        let count = Int(word(at: 8))
        guard count <= Catalog.maximumCount else { throw .tooManyMessages }
        let originals = try table(at: 12, count: count)
        let translations = try table(at: 16, count: count)
        var messages: [String: String] = [:]
        messages.reserveCapacity(count)
        for index in 0..<count {
            let identifier = try string(describedAt: originals + 8 * index)
            let translation = try string(describedAt: translations + 8 * index)
            if identifier.isEmpty {
                try Self.checkHeader(translation)
            } else if !translation.isEmpty {
                messages[identifier] = translation
            }
        }
        return messages
    }

    // MARK: Tables

    /// The offset of a table whose own offset is in the header; each entry is a length and an offset of 32 bits.
    private func table(at headerOffset: Int, count: Int) throws(CatalogError) -> Int {
        let offset = Int(word(at: headerOffset))
        guard offset <= bytes.count, count * 8 <= bytes.count - offset else { throw .truncated }
        return offset
    }

    /// A string by its table entry, up to its first zero byte: after it come plural forms.
    private mutating func string(describedAt entry: Int) throws(CatalogError) -> String {
        let length = Int(word(at: entry))
        let offset = Int(word(at: entry + 4))
        guard length <= budget, offset < bytes.count, length < bytes.count - offset else { throw .stringOutOfBounds }
        budget -= length
        guard bytes[offset + length] == 0 else { throw .unterminatedString }
        let content = bytes[offset..<offset + length].prefix { $0 != 0 }
        guard let text = String(validating: content, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    /// Refuses a catalog that announces another charset, even where its bytes happen to be UTF-8.
    private static func checkHeader(_ header: String) throws(CatalogError) {
        for line in header.lowercased().split(separator: "\n") where line.hasPrefix("content-type:") {
            guard line.hasSuffix("charset=utf-8") else { throw .notUTF8 }
        }
    }

    // MARK: Words

    private func word(at offset: Int) -> UInt32 {
        Self.word(bytes, at: offset, isBigEndian: isBigEndian)
    }

    /// Four bytes whose place the caller has checked.
    private static func word(_ bytes: [UInt8], at offset: Int, isBigEndian: Bool) -> UInt32 {
        let word = bytes[offset..<offset + 4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        return isBigEndian ? word.byteSwapped : word
    }
}
