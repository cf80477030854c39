import SmartCard
import Testing

/// The bytes of hexadecimal digits.
func octets(_ text: String) -> [UInt8] {
    let digits = text.map { UInt8($0.hexDigitValue!) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

@Suite struct `An answer to reset` {
    @Test func `of a card with contacts gives protocol and historical bytes`() throws {
        let atr = try #require(ATR(octets(Sample.t0)))
        #expect(atr.bytes == octets(Sample.t0))
        #expect(atr.historical == octets("006A444E496510024C340013039000"))
        #expect(atr.protocols == [0])
        #expect(atr.isChecked == nil)
        #expect(!atr.isContactlessForm)
    }

    @Test(
        arguments: [
            ("3B00", [0], nil), ("3F00", [0], nil), ("3B1011", [0], nil), ("3B800181", [1], true),
            ("3B800180", [1], false),
            ("3B80800101", [0, 1], true), ("3B80800109", [0, 1], false), ("3B80801F001F", [0], true),
            ("3B9011910051010141", [1], true),
        ] as [(String, [UInt8], Bool?)])
    func `has a check byte where it names another protocol than T=0`(
        text: String, protocols: [UInt8], isChecked: Bool?
    ) throws {
        let atr = try #require(ATR(octets(text)))
        #expect(atr.protocols == protocols)
        #expect(atr.isChecked == isChecked)
        #expect(atr.historical.isEmpty)
    }

    @Test func `that a reader has made up for a contactless card is told by its form`() {
        #expect(ATR(octets(Sample.contactless))?.isContactlessForm == true)
        #expect(ATR(octets("3B8F80010031B86404B0ECC1739401808290000E"))?.isContactlessForm == true)
        #expect(ATR(octets(Sample.t1))?.isContactlessForm == false)
    }

    @Test(arguments: [Sample.t0, Sample.t1, Sample.contactless, "3B8F80010031B86404B0ECC1739401808290000E"])
    func `is none when it is cut off anywhere, or goes on`(text: String) {
        let bytes = octets(text)
        for count in 0..<bytes.count { #expect(ATR(Array(bytes.prefix(count))) == nil, "\(count) bytes") }
        #expect(ATR(bytes + [0]) == nil)
        #expect(ATR([0x3A] + bytes.dropFirst()) == nil)
    }

    @Test func `is none when it is longer than one can be, and none brings the reading down`() {
        #expect(ATR([UInt8](repeating: 0x3B, count: ATR.limit + 1)) == nil)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...ATR.limit)
            let bytes = [0x3B] + (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if let atr = ATR(bytes) { #expect(atr.historical.count == Int(bytes[1] & 0x0F)) }
        }
    }
}
