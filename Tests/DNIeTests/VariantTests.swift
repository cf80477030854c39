import DNIeSimulator
import Posix
import SmartCard
import Testing

@testable import DNIe

@Suite struct `Cards that are a little different` {
    @Test(arguments: [CardInterface.contact, .contactless])
    func `serve where commands with data say that an answer is expected`(interface: CardInterface) throws {
        let reader = TestReader(.fourth, interface)
        var settings = TestCard.fourth.settings
        settings.saysExpected = true
        let card = try reader.open(settings: settings)
        try card.load()
        _ = try card.beginPIN()
        try card.verify(secret(TestCard.pin))
        #expect(reader.isSignature(try card.sign(Message.digestInfo, for: .authentication)))
    }

    @Test(arguments: [[], [0x00], [0x31, 0x00], [0x31, 0x82, 0xFF, 0xFF]] as [[UInt8]])
    func `open the air where their offer says nothing`(offer: [UInt8]) throws {
        let reader = TestReader(TestCard.fourth.with(offer, at: [0x011C]), .contactless)
        #expect(reader.isSignature(try reader.run()))
    }

    @Test(arguments: [CardInterface.contact, .contactless])
    func `serve with certificates that are not packed`(interface: CardInterface) throws {
        var card = TestCard.fourth
        let contents = try TestReader(card).open().load()
        for (place, credential) in zip([0x7001, 0x7002, 0x7003] as [UInt16], contents.credentials) {
            card = card.with(credential.certificate + [0, 0], at: [0x6061, place])
        }
        let reader = TestReader(card, interface)
        #expect(try reader.open().load() == contents)
        reader.reinsert()
        #expect(reader.isSignature(try reader.run()))
    }

    @Test func `are refused with a certificate that is none`() throws {
        for content in [[], [0], [UInt8](repeating: 0xFF, count: 600)] as [[UInt8]] {
            let card = TestCard.fourth.with(content, at: [0x6061, 0x7001])
            #expect(failure { () throws(DNIeError) in try TestReader(card).open().load() } != nil)
        }
    }

    @Test func `are told their key anew in each channel, and once for several signatures in one`() throws {
        func choices(_ reader: TestReader) -> Int {
            reader.commands.filter { $0[..<4] == [0x0C, 0x22, 0x41, 0xB6] }.count
        }
        for (reader, count) in [(TestReader(.second), 1), (TestReader(.fourth), 2)] {
            let card = try reader.open()
            try card.load()
            for round in 0..<2 {
                if round == 0 || reader.card.model.generation != .two {
                    _ = try card.beginPIN()
                    try card.verify(secret(TestCard.pin))
                }
                _ = try card.sign(Message.digestInfo, for: .signature)
            }
            #expect(choices(reader) == count)
        }
    }
}

@Suite struct `The roots of test cards` {
    private let folder: TestFolder
    private let path: String

    init() throws {
        folder = try TestFolder()
        path = folder.path + "/roots.pem"
    }

    @Test(arguments: [
        "", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
        6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
        -----END PUBLIC KEY-----

        """,
    ])
    func `are refused where a file has none`(text: String) throws {
        try Files.replace(path, with: Array(text.utf8))
        var settings = DNIeSettings()
        #expect(settings.addTestRoots(path) == nil)
        #expect(settings.testKeySets.isEmpty)
    }

    @Test func `are refused where there is no such file, or too long a one`() throws {
        var settings = DNIeSettings()
        #expect(settings.addTestRoots(path) == nil)
        try Files.replace(path, with: [UInt8](repeating: 0x0A, count: 20_000))
        #expect(settings.addTestRoots(path) == nil)
    }

    @Test func `are added with both sets of keys`() {
        #expect(TestCard.fourth.settings.testKeySets.count == 2)
    }
}
