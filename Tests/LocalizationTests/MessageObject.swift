/// Writes the bytes of an MO file, right or wrong as a test asks.
struct MessageObject {
    static let header = "Content-Type: text/plain; charset=UTF-8\n"

    var entries: [(identifier: [UInt8], translation: [UInt8])]
    var isBigEndian = false
    var revision: UInt32 = 0

    init(_ entries: [(String, String)], header: String = header) {
        self.entries = ([("", header)] + entries).map { (Array($0.0.utf8), Array($0.1.utf8)) }
    }

    var bytes: [UInt8] {
        let count = UInt32(entries.count)
        let tables = 28 + 16 * count
        var strings: [UInt8] = []
        var descriptors: [UInt32] = []
        for text in entries.map(\.identifier) + entries.map(\.translation) {
            descriptors += [UInt32(text.count), tables + UInt32(strings.count)]
            strings += text + [0]
        }
        let words: [UInt32] = [0x9504_12de, revision, count, 28, 28 + 8 * count, 0, tables] + descriptors
        return words.flatMap(encoded) + strings
    }

    func encoded(_ word: UInt32) -> [UInt8] {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        return isBigEndian ? bytes.reversed() : bytes
    }

    /// The bytes with one word of 32 bits replaced.
    func bytes(settingWordAt offset: Int, to word: UInt32) -> [UInt8] {
        var result = bytes
        result.replaceSubrange(offset..<offset + 4, with: encoded(word))
        return result
    }
}
