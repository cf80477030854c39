import DNIeSimulator
import SmartCard
import Testing

@testable import DNIe

@Suite struct `A card's lists` {
    private static func file(_ identifiers: UInt16...) -> [UInt8] { TestCard.fourth.model.files[identifiers]!.content }
    private static let lists = file(0x5015, 0x5031)
    private static let token = file(0x5015, 0x5032)
    private static let keys = file(0x5015, 0x6001)
    private static let certificates = file(0x5015, 0x6004)

    private static func octets(_ identifiers: UInt16...) -> TLV {
        TLV(0x04, identifiers.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    }

    private static func entry(
        label: [TLV] = [TLV(0x0C, Array("Name".utf8))], identifier: [TLV] = [TLV(0x04, [1, 2])], more: [TLV] = [],
        path: TLV
    ) -> TLV {
        let own = TLV(0xA1, [TLV(0x30, [TLV(0x30, [path])])])
        return TLV(0x30, [TLV(0x30, label), TLV(0x30, identifier)] + more + [own])
    }

    @Test func `tell keys and certificates apart, and which belong together`() throws {
        let directories = try #require(PKCS15.directories(Self.lists))
        #expect(directories == (0x6001, 0x6004))
        #expect(PKCS15.isDNIe(Self.token))
        let keys = try #require(PKCS15.entries(Self.keys))
        let certificates = try #require(PKCS15.entries(Self.certificates))
        #expect(keys.map(\.label) == ["KprivAutenticacion", "KprivFirmaDigital"])
        #expect(keys.map(\.path) == [[0x3F11, 0x0101], [0x3F11, 0x0102]])
        #expect(certificates.map(\.path) == [[0x6061, 0x7001], [0x6061, 0x7002], [0x6061, 0x7003]])
        #expect(certificates.prefix(2).map(\.identifier) == keys.map(\.identifier))
    }

    @Test func `end where their zeros begin`() throws {
        let length = try #require(PKCS15.listLength(Self.keys))
        #expect(length < Self.keys.count && Self.keys[length...].allSatisfy { $0 == 0 })
        #expect(PKCS15.entries(Array(Self.keys[..<length])) == PKCS15.entries(Self.keys))
        #expect(PKCS15.entries(Self.keys[..<length] + [0, 0xFF, 0xFF]) == PKCS15.entries(Self.keys))
        #expect(PKCS15.listLength(Array(Self.keys[..<length])) == nil)
        #expect(PKCS15.entries([]) == [] && PKCS15.entries([0, 0]) == [])
    }

    @Test func `have paths with the master file or without it`() {
        for path in [Self.octets(0x6061, 0x7001), Self.octets(0x3F00, 0x6061, 0x7001)] {
            #expect(PKCS15.entries(Self.entry(path: path).bytes)?.map(\.path) == [[0x6061, 0x7001]])
        }
        let lists = [0xA0, 0xA4].map { TLV($0, [TLV(0x30, [Self.octets(0x3F00, 0x5015, 0x6001)])]).bytes }
        #expect(PKCS15.directories(Array(lists.joined()))?.keys == 0x6001)
    }

    @Test func `have no paths of odd lengths, of none or of too many steps`() {
        for bytes in [[], [0x60], [0x60, 0x61, 0x70], [UInt8](repeating: 0x60, count: 18)] {
            #expect(PKCS15.entries(Self.entry(path: TLV(0x04, bytes)).bytes) == nil, "\(bytes)")
        }
        let longest = PKCS15.entries(Self.entry(path: TLV(0x04, [UInt8](repeating: 0x60, count: 16))).bytes)
        #expect(longest?.first?.path.count == 8)
    }

    @Test func `may leave the name out, and say more than is asked`() {
        let path = Self.octets(0x6061, 0x7001)
        #expect(PKCS15.entries(Self.entry(label: [], path: path).bytes)?.first?.label == "")
        #expect(PKCS15.entries(Self.entry(more: [TLV(0xA0, [TLV(0x30, [TLV]())])], path: path).bytes)?.count == 1)
        #expect(PKCS15.entries(Self.entry(identifier: [], path: path).bytes) == nil)
        #expect(PKCS15.entries(TLV(0x31, Self.entry(path: path).value).bytes) == nil)
    }

    @Test func `have a limited number of objects`() {
        let entry = Self.entry(path: Self.octets(0x6061, 0x7001)).bytes
        let most = PKCS15.entries(Array(repeatElement(entry, count: PKCS15.objectLimit).joined()))
        #expect(most?.count == PKCS15.objectLimit)
        #expect(PKCS15.entries(Array(repeatElement(entry, count: PKCS15.objectLimit + 1).joined())) == nil)
    }

    @Test func `are none where the card is another's`() {
        let text = Array("DGP-FNMT".utf8)
        #expect(PKCS15.isDNIe(TLV(0x30, [TLV(0x02, [0]), TLV(0x0C, text)]).bytes))
        #expect(!PKCS15.isDNIe(TLV(0x30, [TLV(0x02, [0]), TLV(0x0C, Array("DGP-FNM".utf8))]).bytes))
        #expect(!PKCS15.isDNIe(TLV(0x30, [TLV(0x02, [0])]).bytes))
        #expect(!PKCS15.isDNIe(TLV(0x31, [TLV(0x0C, text)]).bytes))
        #expect(!PKCS15.isDNIe([]))
    }

    @Test func `are read without harm when they end or differ anywhere`() throws {
        let length = try #require(PKCS15.listLength(Self.certificates))
        for file in [Self.lists, Self.token, Array(Self.keys[..<200]), Array(Self.certificates[..<length])] {
            for count in 0..<file.count { Self.parse(Array(file[..<count])) }
            for place in 0..<8 * file.count {
                var damaged = file
                damaged[place / 8] ^= 1 << (place % 8)
                Self.parse(damaged)
            }
        }
        // Within its objects a list is none.
        for count in 1..<length where count != 0 {
            let entries = PKCS15.entries(Array(Self.certificates[..<count]))
            #expect(entries == nil || entries!.count < 3, "\(count)")
        }
    }

    private static func parse(_ bytes: [UInt8]) {
        _ = PKCS15.directories(bytes)
        _ = PKCS15.isDNIe(bytes)
        if let length = PKCS15.listLength(bytes) { #expect((0...bytes.count).contains(length)) }
        for entry in PKCS15.entries(bytes) ?? [] { #expect(entry.path.count <= 8) }
    }

    // MARK: On the card

    @Test(arguments: [[], [0x30], [0xA0, 0x82, 0xFF, 0xFF], [0x31, 0x00]] as [[UInt8]])
    func `that are none make the card one that can't be read`(content: [UInt8]) throws {
        let card = TestCard.fourth.with(content, at: [0x5015, 0x5031])
        let error = failure { () throws(DNIeError) in try TestReader(card).open().load() }
        #expect(error == .malformed(.files) || content.isEmpty && error != nil)
    }

    @Test func `of another maker make it no DNIe`() throws {
        let card = TestCard.fourth.with(TLV(0x30, [TLV(0x0C, Array("FNMT".utf8))]).bytes, at: [0x5015, 0x5032])
        #expect(failure { () throws(DNIeError) in try TestReader(card).open().load() } == .notDNIe)
        let air = failure { () throws(DNIeError) in try TestReader(card, .contactless).open().load() }
        #expect(air == .notDNIe)
    }
}

@Suite struct `A reference to a card` {
    @Test func `is read as it is written`() throws {
        for reference in [
            CardReference(serial: "02AB0000000019", .authentication, can: nil),
            CardReference(serial: "02AB0000000019", .authentication, can: "012345"),
            CardReference(serial: "02AB0000000019", .signature, can: nil),
            CardReference(serial: "02AB0000000019", .signature, can: "012345"),
        ] {
            #expect(CardReference(reference.text) == reference)
        }
        let text = CardReference(serial: "02AB0000000019", .signature, can: "012345").text
        #expect(text == "dnie:02AB0000000019/signature#can=012345")
        let contents = try TestReader(.fourth).open().load()
        #expect(CardReference("dnie:" + contents.serialText)?.serial == contents.serialText)
    }

    @Test(arguments: [
        "", "dnie:", "02AB0000000019", "DNIE:02AB0000000019", "dnie:02AB000000001", "dnie:02AB00000000190",
        "dnie:02AB000000001G", "dnie:02ab0000000019", "dnie:２３４５AB", "dnie:02AB0000000019#", "dnie:02AB0000000019#can=",
        "dnie:02AB0000000019#can=12345", "dnie:02AB0000000019#can=1234567", "dnie:02AB0000000019#can=12345A",
        "dnie:02AB0000000019#can=１２", "dnie:02AB0000000019#can=123456#", "dnie:02AB0000000019#CAN=123456",
        "dnie:02AB0000000019#can=123456 ", "dnie:02AB0000000019/", "dnie:02AB0000000019/Signature",
        "dnie:/signature", "dnie:02AB0000000019/signature/signature",
        "dnie:02AB0000000019/authentication",
        "#can=123456", "pkcs11:02AB0000000019",
    ])
    func `is nothing else`(text: String) {
        #expect(CardReference(text) == nil)
    }
}

@Suite struct `What a card is given to sign` {
    @Test func `is the digest with the name of its algorithm`() {
        let known: [(String, Int, [UInt8])] = [
            ("RS256", 32, [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20]),
            ("RS384", 48, [0x30, 0x41, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30]),
            ("RS512", 64, [0x30, 0x51, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40]),
        ]
        for (algorithm, length, prefix) in known {
            let digest = [UInt8](repeating: 0xD1, count: length)
            #expect(CardSignature.digestInfo(algorithm, digest) == prefix + digest)
            #expect(CardSignature.digestInfo(algorithm, digest + [0]) == nil)
            #expect(CardSignature.digestInfo(algorithm, Array(digest.dropLast())) == nil)
        }
    }

    @Test(arguments: ["PS256", "PS384", "PS512", "ES256", "RS1", "rs256", "none", ""])
    func `is nothing for an algorithm that it has not`(algorithm: String) {
        for length in [0, 20, 32, 48, 64] {
            #expect(CardSignature.digestInfo(algorithm, [UInt8](repeating: 1, count: length)) == nil)
        }
    }

    @Test func `is signed by the key of the certificate or by none`() throws {
        let contents = try TestReader(.fourth).open().load()
        let own = try #require(contents.credential(for: .authentication)).certificate
        let other = try #require(contents.credential(for: .signature)).certificate
        let signature = try #require(TestCard.fourth.model.keys[1]!.sign(Message.digestInfo))
        func isRight(_ signature: [UInt8], _ certificate: [UInt8]) -> Bool {
            CardSignature.isRight(signature, over: Message.digestInfo, by: certificate)
        }
        #expect(isRight(signature, own))
        #expect(!isRight(signature, other))
        #expect(!CardSignature.isRight(signature, over: Message.digestInfo.reversed(), by: own))
        let wrongs: [[UInt8]] = [[], [0], signature.dropLast(), signature + [0], signature.reversed()]
        for wrong in wrongs {
            #expect(!isRight(wrong, own))
        }
        for certificate in [[], [0x30], Array(own.dropLast())] { #expect(!isRight(signature, certificate)) }
    }
}
