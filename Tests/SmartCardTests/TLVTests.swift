import SmartCard
import Testing

/// Objects of all forms: in one another, with long tags, with lengths of each form.
private let objects = [
    TLV(0x62, [TLV(0x82, [1, 2]), TLV(0x7F21, [TLV(0x5FA001, [UInt8](repeating: 7, count: 40)), TLV(0x80)])]),
    TLV(0x04, [UInt8](repeating: 1, count: 0x7F)), TLV(0x87, [UInt8](repeating: 2, count: 0x80)),
    TLV(0x53, [UInt8](repeating: 3, count: 0x100)),
]
private let encoded = objects.flatMap(\.bytes)

@Suite struct `Data objects` {
    @Test func `are written as ISO 7816-4 has them`() {
        #expect(TLV(0x82, [1, 2]).bytes == [0x82, 2, 1, 2])
        #expect(TLV(0x7F21, [TLV(0x5FA001)]).bytes == [0x7F, 0x21, 4, 0x5F, 0xA0, 1, 0])
        #expect(objects[1].bytes.prefix(2) == [0x04, 0x7F])
        #expect(objects[2].bytes.prefix(3) == [0x87, 0x81, 0x80])
        #expect(objects[3].bytes.prefix(4) == [0x53, 0x82, 1, 0])
        #expect(TLV(0x53, [UInt8](repeating: 0, count: 65_536)).bytes.prefix(5) == [0x53, 0x83, 1, 0, 0])
    }

    @Test func `are read as they were written`() throws {
        let read = try TLV.list(encoded)
        #expect(read == objects)
        #expect(read.flatMap(\.bytes) == encoded)
        #expect(try read[0].children()[1].child(0x5FA001)?.value == [UInt8](repeating: 7, count: 40))
        #expect(try read[0].child(0x83) == nil)
        #expect(try TLV.list([]) == [])
    }

    @Test func `are none when they are cut off, but between two`() {
        var ends: Set<Int> = [0]
        for object in objects { ends.insert(ends.max()! + object.bytes.count) }
        for count in 0..<encoded.count {
            let list = try? TLV.list(Array(encoded.prefix(count)))
            #expect((list != nil) == ends.contains(count), "\(count) bytes")
        }
        for count in 1..<objects[0].bytes.count {
            #expect(throws: TLVError.truncated) { try TLV.list(Array(objects[0].bytes.prefix(count))) }
        }
    }

    @Test func `are read as others or not at all where a bit is another`() {
        for place in encoded.indices {
            for bit in 0..<8 {
                var bytes = encoded
                bytes[place] ^= 1 << UInt8(bit)
                guard let list = try? TLV.list(bytes) else { continue }
                #expect(list != objects)
                #expect(list.map { $0.value.count + 2 }.reduce(0, +) <= bytes.count)
            }
        }
    }

    @Test(
        arguments: [
            ("00", .tag), ("0000", .tag), ("3F1E00", .tag), ("3F800100", .tag), ("3F81810100", .tag), ("0480", .length),
            ("048401020304", .length), ("04FF", .length), ("04830FFFFF", .truncated), ("0405", .truncated),
            ("3F", .truncated), ("3F81", .truncated), ("04", .truncated), ("0482", .truncated), ("048201", .truncated),
        ] as [(String, TLVError)])
    func `are none of these`(text: String, error: TLVError) {
        #expect(throws: error) { try TLV.list(octets(text)) }
    }

    @Test func `may be written with a longer length than need be`() throws {
        #expect(try TLV.list(octets("0483000001AA")) == [TLV(0x04, [0xAA])])
    }

    @Test func `end where filling begins, if there may be some`() throws {
        #expect(try TLV.list(octets("0401AA000000"), padded: true) == [TLV(0x04, [0xAA])])
        #expect(try TLV.list(octets("00"), padded: true) == [])
        #expect(throws: TLVError.tag) { try TLV.list(octets("0401AA00")) }
        let parent = try TLV.only(0x30, in: octets("30050401AA0000"))
        #expect(try parent.children(padded: true) == [TLV(0x04, [0xAA])])
        #expect(throws: TLVError.tag) { try parent.children() }
    }

    @Test func `are read only up to a limit`() throws {
        let most = TLV(0x04, [UInt8](repeating: 0, count: TLV.limit - 4))
        #expect(try TLV.only(0x04, in: most.bytes) == most)
        #expect(throws: TLVError.tooLong) { try TLV.list(most.bytes + [0x04, 0]) }
    }

    @Test func `lie in one another only up to a limit`() throws {
        var object = TLV(0x30)
        for _ in 0..<TLV.nestingLimit + 2 { object = TLV(0x30, [object]) }
        var (read, depth) = (try TLV.only(0x30, in: object.bytes), 1)
        #expect(throws: TLVError.tooDeep) {
            while true {
                read = try read.children()[0]
                depth += 1
            }
        }
        #expect(depth == TLV.nestingLimit)
    }

    @Test func `are only those that were asked for`() throws {
        #expect(throws: TLVError.unexpected) { try TLV.only(0x05, in: octets("0401AA")) }
        #expect(throws: TLVError.unexpected) { try TLV.only(0x04, in: octets("0401AA0401AA")) }
        #expect(throws: TLVError.unexpected) { try TLV.only(0x04, in: []) }
        #expect(throws: TLVError.notConstructed) { try TLV.only(0x04, in: octets("0401AA")).children() }
    }

    @Test func `do not bring the reading down, whatever they are`() {
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: 0...255) }
            if let list = try? TLV.list(bytes) { #expect((try? TLV.list(list.flatMap(\.bytes))) == list) }
        }
    }
}
