import ClaveDomain
import GatewayStore
import Testing

@Suite struct `An entry of the census` {
    @Test(arguments: Engine.allCases)
    func `is found with all that was written, and replaced`(engine: Engine) throws {
        let samples = try PeopleSamples(engine)
        let moved = CensusEntry(
            document: samples.document, name: "AINA ALTRA",
            datum: try ContrastDatum(kindName: "issue", canonicalText: "01-02-2020"), address: ["Plaça, 1"],
            language: "es")
        func find() throws -> CensusEntry? {
            try samples.read { (tx) throws(StoreError) in try tx.census.find(samples.document) }
        }
        #expect(try find() == nil)
        try samples.write { (tx) throws(StoreError) in try tx.census.put(samples.entry()) }
        #expect(try find() == samples.entry())
        try samples.write { (tx) throws(StoreError) in try tx.census.put(moved) }
        #expect(try find() == moved)
        let isAdded = try samples.write { (tx) throws(StoreError) in try tx.census.addIfMissing(samples.entry()) }
        #expect(!isAdded)
        #expect(try find() == moved)
        try samples.write { (tx) throws(StoreError) in try tx.census.remove(samples.document) }
        #expect(try find() == nil)
        #expect(try samples.write { (tx) throws(StoreError) in try tx.census.addIfMissing(samples.entry()) })
    }

    @Test func `has the address of another whose lines are the same`() throws {
        let samples = try PeopleSamples(.sqlite)
        let entry = samples.entry(address: ["Carrer, 7", "08999 VILA"])
        #expect(entry.hasAddress(of: samples.entry(address: ["Carrer, 7", "", "08999 VILA"])))
        #expect(!entry.hasAddress(of: samples.entry(address: ["Carrer, 8", "08999 VILA"])))
        // Bytes, and not what looks alike.
        #expect(!samples.entry(address: ["Pla\u{E7}a"]).hasAddress(of: samples.entry(address: ["Plac\u{327}a"])))
    }
}
