import ASN1
import Testing

@Suite struct `A value in DER` {
    @Test(
        arguments: [
            // Lengths that are not in their shortest form, indefinite, or beyond what there is.
            [0x04, 0x81, 0x01, 0x00], [0x04, 0x82, 0x00, 0x80] + [UInt8](repeating: 0, count: 128),
            [0x04, 0x80, 0x00, 0x00],
            [0x04, 0x02, 0x00], [0x04, 0x84, 0x00, 0x00, 0x00, 0x01, 0x00], [0x04, 0xFF], [0x04], [],
            // A tag of more than one byte.
            [0x1F, 0x20, 0x00],
        ] as [[UInt8]])
    func `is not read where it is not DER`(bytes: [UInt8]) {
        var reader = DERReader(bytes[...])
        #expect(throws: ASN1Error.self) { try reader.element() }
    }

    @Test func `is read value by value`() throws {
        let long = [UInt8](repeating: 7, count: 300)
        var reader = DERReader(([0x02, 0x01, 0x05, 0x04, 0x82, 0x01, 0x2C] + long + [0x05, 0x00])[...])
        #expect(try reader.smallInteger("number") == 5)
        let element = try reader.element(DER.Tag.octetString, "bytes")
        #expect(Array(element.content) == long && element.encoded.count == 304)
        #expect(throws: ASN1Error(what: "something behind bytes")) { try reader.end("bytes") }
        #expect(try reader.element().tag == DER.Tag.null)
        try reader.end("all")
    }

    @Test(arguments: [[0x80], [0x00, 0x01], [0x01, 0x00, 0x00], []] as [[UInt8]])
    func `has no number that is negative, long, large or absent`(value: [UInt8]) {
        var reader = DERReader(([0x02, UInt8(value.count)] + value)[...])
        #expect(throws: ASN1Error.self) { try reader.smallInteger("number") }
    }

    @Test func `is read with lengths that are longer than need be only where that is asked for`() throws {
        let long: [UInt8] = [0x30, 0x82, 0x00, 0x05, 0x04, 0x81, 0x02, 0x07, 0x08]
        var strict = DERReader(long[...])
        #expect(throws: ASN1Error.self) { try strict.element() }
        var reader = DERReader(long[...], allowsLongLengths: true)
        var inside = try reader.inside(DER.Tag.sequence, "sequence")
        #expect(try Array(inside.element(DER.Tag.octetString, "bytes").content) == [7, 8])
        try inside.end("the bytes")
        try reader.end("the sequence")
    }

    @Test func `has no more values in a list than are asked for`() throws {
        let three = DER.sequence(DER.null, DER.null, DER.null)
        var reader = DERReader(three[...])
        var (list, same) = (try reader.inside(DER.Tag.sequence, "list"), DERReader(three.dropFirst(2)))
        #expect(try list.elements(limit: 3, "values").count == 3)
        #expect(throws: ASN1Error(what: "too many values")) { try same.elements(limit: 2, "values") }
    }

    @Test func `is read as it was written, and not when it is cut short`() throws {
        for count in [0, 1, 0x7F, 0x80, 0xFF, 0x100, 0xFFFF, 0x1_0000] {
            let content = [UInt8](repeating: 0x5A, count: count)
            let written = DER.octets(content)
            var reader = DERReader(written[...])
            let element = try reader.element(DER.Tag.octetString, "bytes")
            #expect(Array(element.content) == content && Array(element.encoded) == written)
            for length in Set([0, 1, 2, written.count / 2, written.count - 1]) where length < written.count {
                var short = DERReader(written.prefix(length))
                #expect(throws: ASN1Error.self, "\(length) of \(written.count)") { try short.element() }
            }
        }
    }

    @Test func `has an algorithm with parameters that are absent or NULL, and with no others`() throws {
        let name = DER.identifier(.sha256)
        for parameters in [[], DER.null] {
            var reader = DERReader(DER.sequence(name, parameters)[...])
            #expect(try reader.algorithmWithoutParameters("digest") == .sha256)
        }
        for parameters in [DER.sequence(), [0x05, 0x01, 0x00], DER.null + DER.null] {
            var reader = DERReader(DER.sequence(name, parameters)[...])
            #expect(throws: ASN1Error.self, "\(parameters)") { try reader.algorithmWithoutParameters("digest") }
        }
    }

    @Test(
        arguments: [
            ([2, 16, 840, 1, 101, 3, 4, 2, 1], [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]),
            ([1, 2, 840, 113549, 1, 7, 2], [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]),
            ([1, 3, 101, 112], [0x06, 0x03, 0x2B, 0x65, 0x70]),
            ([1, 2, 840, 10045, 4, 3, 2], [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]),
        ] as [(OID, [UInt8])])
    func `has object identifiers as the standards print them`(identifier: OID, expected: [UInt8]) throws {
        #expect(DER.identifier(identifier) == expected)
        var reader = DERReader(expected[...])
        #expect(try reader.identifier("type") == identifier)
        var again = DERReader(expected[...])
        #expect(throws: ASN1Error(what: "type")) { try again.expect(.messageDigest, "type") }
    }
}
