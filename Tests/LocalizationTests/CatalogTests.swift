import Localization
import Testing

@Suite struct CatalogTests {
    static let sample = MessageObject([("Cancel", "Cancel·la"), ("PIN of {1}", "PIN de {1}"), ("Yes", "Sí")])

    @Test(arguments: [false, true], [0, 1, 0x0001_0001] as [UInt32])
    func `both byte orders and known revisions are read`(isBigEndian: Bool, revision: UInt32) throws {
        var object = Self.sample
        object.isBigEndian = isBigEndian
        object.revision = revision
        let catalog = try Catalog(parsing: object.bytes)
        #expect(catalog["Cancel"] == "Cancel·la")
        #expect(catalog["Yes"] == "Sí")
        #expect(catalog.count == 3)
        #expect(Set(catalog.identifiers) == ["Cancel", "PIN of {1}", "Yes"])
    }

    @Test func `a message without translation stays as it is`() throws {
        let catalog = try Catalog(parsing: MessageObject([("No", "")]).bytes)
        #expect(catalog["No"] == "No")
        #expect(catalog["Other"] == "Other")
        #expect(Catalog()["Other"] == "Other")
    }

    @Test func `the header is not a message`() throws {
        #expect(try Catalog(parsing: Self.sample.bytes)[""] == "")
    }

    @Test func `of plural forms the first counts`() throws {
        let catalog = try Catalog(parsing: MessageObject([("one\0many", "un\0molts")]).bytes)
        #expect(catalog["one"] == "un")
    }

    @Test func `every truncation is refused`() {
        let bytes = Self.sample.bytes
        for length in bytes.indices {
            #expect(throws: CatalogError.self) { try Catalog(parsing: Array(bytes.prefix(length))) }
        }
    }

    @Test(arguments: [false, true]) func `no flipped bit and no wrong byte brings it down`(isBigEndian: Bool) {
        var object = Self.sample
        object.isBigEndian = isBigEndian
        for index in object.bytes.indices {
            for change in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] as [UInt8] {
                var bytes = object.bytes
                bytes[index] ^= change
                if let catalog = try? Catalog(parsing: bytes) {
                    #expect(catalog.count <= 4)
                }
            }
        }
    }

    @Test func `no word of the header or tables brings it down`() {
        let tables = 28 + 16 * Self.sample.entries.count
        for offset in stride(from: 0, to: tables, by: 4) {
            for word in [0, 1, 27, 0x7fff_ffff, 0x8000_0000, .max, .max - 7, UInt32(Self.sample.bytes.count)] {
                _ = try? Catalog(parsing: Self.sample.bytes(settingWordAt: offset, to: word))
            }
        }
    }

    @Test(
        arguments: [
            (0, 0x1234_5678, .wrongMagic), (4, 0x0002_0000, .unsupportedRevision), (8, 10_001, .tooManyMessages),
            (8, 10_000, .truncated), (8, .max, .tooManyMessages), (12, .max, .truncated), (16, .max, .truncated),
            (28, .max, .stringOutOfBounds), (32, .max, .stringOutOfBounds), (28, 1, .unterminatedString),
        ] as [(Int, UInt32, CatalogError)])
    func `each wrong word has its error`(offset: Int, word: UInt32, error: CatalogError) {
        #expect(throws: error) { try Catalog(parsing: Self.sample.bytes(settingWordAt: offset, to: word)) }
    }

    @Test func `what is not UTF-8 is refused`() {
        var object = Self.sample
        object.entries[1].translation = [0xff, 0xfe]
        #expect(throws: CatalogError.notUTF8) { try Catalog(parsing: object.bytes) }
        let latin = MessageObject([], header: "Content-Type: text/plain; charset=ISO-8859-1\n")
        #expect(throws: CatalogError.notUTF8) { try Catalog(parsing: latin.bytes) }
    }

    @Test func `a file over the limit is refused unread`() {
        let bytes = Self.sample.bytes + [UInt8](repeating: 0, count: Catalog.maximumSize)
        #expect(throws: CatalogError.tooLarge) { try Catalog(parsing: bytes) }
        #expect(throws: CatalogError.truncated) { try Catalog(parsing: []) }
    }

    @Test func `strings that overlap can not swell the table`() {
        var object = MessageObject([])
        object.entries = [(Array("text".utf8), [UInt8](repeating: 65, count: 1000))]
        let twice = object.bytes(settingWordAt: 28, to: 1000)
        var bytes = twice
        bytes.replaceSubrange(32..<36, with: object.bytes[40..<44])
        #expect(throws: CatalogError.stringOutOfBounds) { try Catalog(parsing: bytes) }
    }
}
