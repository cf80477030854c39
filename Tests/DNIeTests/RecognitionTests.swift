import DNIe
import SmartCard
import Testing

@Suite struct `Recognising a card by its answer to reset` {
    private static let known: [(String, CardKind)] = [
        ("3B7F380000006A444E496510024C340113039000", .generation2),
        ("3B7F380000006A444E496520024C340113039000", .generation2),
        ("3B7F960000006A444E4965100101550421039000", .generation3),
        ("3B7F960000006A444E4965200101550421039000", .generation3),
        ("3B7F960000006A444E4965200101550410039000", .generation3),
        ("3B7F380000006A444E496500024C3401130F6581", .terminated),
        ("3B7F960000006A444E4965100101550421036581", .burned),
        ("3B7F960000006A444E4965100101550421009000", .unfinished),
        ("3B7F960000006A5449463110010155042103 9000", .publicEmployee),
        ("3B8880 01E1F35E117781A10003", .contactlessCandidate),
        ("3B8C800150428E932AE1F35E1177818102", .contactlessCandidate),
        ("3B8C800150D71A03F3E1F35E117781A16A", .contactlessCandidate),
        ("3BFC180000813180459067464A00680804000000000E", .unknown),
    ]

    @Test(arguments: known) func `tells a DNIe's generation and state`(card: (String, CardKind)) throws {
        let digits = Array(card.0.filter { $0 != " " })
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
        let atr = try #require(ATR(bytes))
        #expect(CardKind(atr) == card.1)
    }
}
