import Localization

/// Builds catalogs as `msgfmt` does, so that a test needs neither it nor installed files.
enum MessageCatalog {
    static func localizer(_ language: Language, _ messages: [String: String]) throws -> Localizer {
        Localizer(language: language, catalog: try Catalog(parsing: bytes(messages)))
    }

    /// A little-endian MO file without hash table.
    private static func bytes(_ messages: [String: String]) -> [UInt8] {
        let sorted = messages.sorted { $0.key < $1.key }
        let texts = sorted.map(\.key) + sorted.map(\.value)
        let tables = 28
        var place = tables + 8 * texts.count
        var entries: [UInt32] = []
        for text in texts {
            entries += [UInt32(text.utf8.count), UInt32(place)]
            place += text.utf8.count + 1
        }
        let header: [UInt32] = [
            0x9504_12DE, 0, UInt32(sorted.count), UInt32(tables), UInt32(tables + 8 * sorted.count), 0, 0,
        ]
        let words = (header + entries).flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        return words + texts.flatMap { Array($0.utf8) + [0] }
    }
}
