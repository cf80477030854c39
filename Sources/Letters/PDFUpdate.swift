import Localization

/// Adds to cairo's PDF what cairo has no call for: the document's language, and the words that stand for a picture.
///
/// This is an incremental update (ISO 32000-1 section 7.5.6): changed objects are written behind the file, and a table
/// that says so; what is there stays. It reads the plain tables of cairo's PDF 1.4, and no other.
struct PDFUpdate {
    private(set) var bytes: [UInt8]
    /// Where each object begins.
    private let offsets: [Int]
    /// Of the table that there is.
    private let table: Int
    private let trailer: String
    private var changed: [(number: Int, offset: Int)] = []

    private static let entryLength = 20
    /// Of a small object: the catalog, an element of the structure.
    private static let maximumObject = 65_536

    /// Reads the table of objects.
    init(_ bytes: [UInt8]) throws(LetterError) {
        self.bytes = bytes
        guard let mark = bytes.ranges(of: Array("startxref\n".utf8)).last,
            let table = Self.number(bytes[mark.upperBound...]), table < bytes.count,
            bytes[table...].starts(with: "xref\n0 ".utf8), let count = Self.number(bytes[(table + 7)...]),
            let line = bytes[(table + 7)...].firstIndex(of: UInt8(ascii: "\n")),
            count <= (bytes.count - line) / Self.entryLength
        else { throw Self.failure }
        self.table = table
        let first = line + 1
        offsets = (0..<count).map { Self.number(bytes[(first + $0 * Self.entryLength)...]) ?? 0 }
        let rest = bytes[(first + count * Self.entryLength)..<mark.lowerBound]
        guard rest.starts(with: "trailer\n<<".utf8), let end = rest.ranges(of: Array(">>".utf8)).last else {
            throw Self.failure
        }
        trailer = String(decoding: rest[(rest.startIndex + 10)..<end.lowerBound], as: UTF8.self)
    }

    /// - Parameter figure: what is read out in place of each picture.
    mutating func add(language: Language, figure: String) throws(LetterError) {
        guard let root = trailer.firstRange(of: "/Root "),
            let catalog = Self.number(Array(trailer[root.upperBound...].utf8)[...])
        else { throw Self.failure }
        try insert("/Lang (\(language.rawValue)) /ViewerPreferences << /DisplayDocTitle true >>", into: catalog)
        for number in offsets.indices {
            guard let body = object(number), body.contains("/S /Figure") else { continue }
            try insert("/Alt \(Self.text(figure))", into: number)
        }
        let start = bytes.count
        bytes += "xref\n".utf8
        for (number, offset) in changed {
            bytes += "\(number) 1\n\(String(repeating: "0", count: 10 - "\(offset)".count))\(offset) 00000 n \n".utf8
        }
        bytes += "trailer\n<<\(trailer) /Prev \(table)\n>>\nstartxref\n\(start)\n%%EOF\n".utf8
    }

    /// Writes an object again, with more in its dictionary.
    private mutating func insert(_ entry: String, into number: Int) throws(LetterError) {
        guard let body = object(number), body.hasPrefix("<<") else { throw Self.failure }
        changed.append((number, bytes.count))
        bytes += "\(number) 0 obj\n<< \(entry)\(body.dropFirst(2))\nendobj\n".utf8
    }

    /// The text of a small object that is no stream; nil for others.
    private func object(_ number: Int) -> String? {
        guard offsets.indices.contains(number), offsets[number] > 0, offsets[number] < bytes.count else { return nil }
        let rest = bytes[offsets[number]...].prefix(Self.maximumObject)
        let head = Array("\(number) 0 obj\n".utf8)
        guard rest.starts(with: head), let end = rest.firstRange(of: Array("\nendobj".utf8)) else { return nil }
        let body = rest[(rest.startIndex + head.count)..<end.lowerBound]
        guard !body.contains("stream".utf8) else { return nil }
        return String(validating: body, as: UTF8.self)
    }

    /// A text string in UTF-16 (ISO 32000-1 section 7.9.2.2), written in hexadecimal.
    private static func text(_ text: String) -> String {
        let units = [0xFEFF] + text.utf16
        return "<" + units.map { String(0x10000 | UInt32($0), radix: 16).dropFirst() }.joined() + ">"
    }

    /// The decimal number that bytes begin with, of ten digits at most.
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        let digits = bytes.prefix(10).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static var failure: LetterError { .drawing("cairo wrote a file of another form") }
}
