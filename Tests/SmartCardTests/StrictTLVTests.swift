import SmartCard
import Testing

/// What secure messaging and DER demand of lengths.
@Suite struct `A strict list of data objects` {
    private static func filled(_ head: [UInt8], _ count: Int) -> [UInt8] {
        head + [UInt8](repeating: 7, count: count)
    }

    @Test(arguments: [
        filled([0x81, 0x7F], 127), filled([0x81, 0x00], 0), filled([0x82, 0x00, 0xFF], 255),
        filled([0x83, 0x00, 0xFF, 0xDC], 65_500),
    ])
    func `takes no length that is longer than need be`(rest: [UInt8]) throws {
        #expect(throws: TLVError.length) { try TLV.list([0x87] + rest, strict: true) }
        #expect(throws: TLVError.length) { try TLV.only(0x87, in: [0x87] + rest, strict: true) }
        #expect(try TLV.list([0x87] + rest).count == 1)
        if rest.count < 200 {
            let outer = try TLV.only(0x30, in: TLV(0x30, [0x87] + rest).bytes)
            #expect(throws: TLVError.length) { try outer.children(strict: true) }
            #expect(try outer.children().count == 1)
        }
    }

    @Test(arguments: [0, 1, 127, 128, 255, 256, 65_500])
    func `takes each length as it is written`(count: Int) throws {
        let object = TLV(0x7F21, [UInt8](repeating: 1, count: count))
        #expect(try TLV.list(object.bytes, strict: true) == [object])
    }
}
