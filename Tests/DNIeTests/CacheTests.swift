import DNIeSimulator
import Foundation
import Posix
import SmartCard
import Testing

@testable import DNIe

@Suite struct `What is kept of a card` {
    private let folder: TestFolder
    private let path: String
    private let cache: CardCache

    init() throws {
        folder = try TestFolder()
        path = folder.path + "/cache/cards"
        cache = CardCache(path)
    }

    private func file(_ card: TestCard = .fourth) -> String { path + "/" + CardContents.text(card.model.serial) }

    /// The commands that reading the card takes.
    private func commands(_ card: TestCard = .fourth, _ interface: CardInterface = .contact) throws -> Int {
        let reader = TestReader(card, interface)
        let client = try reader.open()
        let begun = reader.commands.count
        try client.load(cache)
        return reader.commands.count - begun
    }

    // MARK: Known cards

    @Test(arguments: [CardInterface.contact, .contactless])
    func `spares a card all reading but that of its number`(interface: CardInterface) throws {
        #expect(try commands(.fourth, interface) > 20)
        #expect(try commands(.fourth, interface) == 1)
        #expect(try commands(.other, interface) > 20)
        #expect(try commands(.fourth, interface) == 1)
        let reader = TestReader(.fourth, interface)
        #expect(reader.isSignature(try reader.run(cache)))
    }

    @Test func `is what was read`() throws {
        let contents = try TestReader(.fourth).open().load(cache)
        #expect(cache.contents(of: contents.serial) == contents)
        #expect(try TestReader(.fourth).open().load(cache) == contents)
    }

    @Test func `waits for the certificates that the second generation shows after the PIN`() throws {
        #expect(try commands(.second) > 20)
        #expect(try commands(.second) > 20)
        let reader = TestReader(.second)
        try reader.run(cache)
        #expect(try commands(.second) == 1)
        #expect(try TestReader(.second).open().load(cache).isComplete)
    }

    @Test func `is out of date with the certificates`() throws {
        _ = try commands()
        let kept = try #require(cache.contents(of: TestCard.fourth.model.serial))
        let year: UInt64 = 366 * 86_400
        #expect(!kept.hasExpired(now: TestCard.fourth.settings.now + 9 * year))
        #expect(kept.hasExpired(now: TestCard.fourth.settings.now + 10 * year))
        let reader = TestReader(.fourth)
        var settings = TestCard.fourth.settings
        settings.now += 10 * year
        try reader.open(settings: settings).load(cache)
        #expect(reader.commands.count > 20)
    }

    @Test func `is for its user's eyes only`() throws {
        _ = try commands()
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(file()) == 0o600)
        #expect(try mode(path) == 0o700)
        #expect(try mode(Files.parent(of: path)) == 0o700)
    }

    // MARK: What can't be so

    @Test func `is read anew where it is damaged, and then right again`() throws {
        _ = try commands()
        let right = try Files.read(file(), limit: 200_000)
        let damaged: [[UInt8]] = [
            [], Array("clave-dnie-1\n".utf8), Array(right.dropLast()), right + [0], Array(right[1...]),
            Array("clave-dnie-2\n".utf8) + right[13...], [UInt8](repeating: 0xFF, count: 5000),
            [UInt8](repeating: 0, count: 200_000),
        ]
        for (place, bytes) in damaged.enumerated() {
            try Files.replace(file(), with: bytes)
            #expect(try commands() > 20, "\(place)")
            #expect(try Files.read(file(), limit: 200_000) == right, "\(place)")
        }
    }

    @Test func `is read anew where it is another card's`() throws {
        _ = (try commands(), try commands(.other))
        try Files.replace(file(), with: Files.read(file(.other), limit: 200_000))
        #expect(try commands() > 20)
        #expect(try commands() == 1)
    }

    @Test func `is read anew if it is cut anywhere`() throws {
        _ = try commands()
        let right = try Files.read(file(), limit: 200_000)
        for count in stride(from: 0, to: right.count, by: 61) {
            try Files.replace(file(), with: Array(right[..<count]))
            #expect(cache.contents(of: TestCard.fourth.model.serial) == nil, "\(count)")
        }
    }

    @Test func `never brings a wrong signature, and lasts one failure at most, with any bit turned`() throws {
        _ = try commands()
        let right = try Files.read(file(), limit: 200_000)
        for place in stride(from: 3, to: right.count, by: 83) {
            var damaged = right
            damaged[place] ^= 1 << UInt8(place % 8)
            try Files.replace(file(), with: damaged)
            let reader = TestReader(.fourth)
            var signature = [UInt8]()
            let error = failure { () throws(DNIeError) in signature = try reader.run(cache) }
            #expect((error == nil) == reader.isSignature(signature), "\(place)")
            guard error != nil else { continue }
            reader.reinsert()
            #expect(reader.isSignature(try reader.run(cache)), "\(place): \(error!)")
        }
    }

    @Test func `is forgotten when the certificates were renewed, and read anew next time`() throws {
        _ = try commands()
        let reader = TestReader(TestCard.fourth.renewed(by: .other))
        let error = failure { () throws(DNIeError) in try reader.run(cache) }
        #expect(error == .notAuthentic(.signature))
        #expect(cache.contents(of: reader.card.model.serial) == nil)
        reader.reinsert()
        #expect(reader.isSignature(try reader.run(cache)))
        reader.reinsert()
        #expect(reader.isSignature(try reader.run(cache), .authentication))
    }

    @Test func `is forgotten when the chip proves another key`() throws {
        _ = (try commands(), try commands(.other))
        let (own, other) = (TestCard.fourth.model.serial, TestCard.other.model.serial)
        let (right, foreign) = try (#require(cache.contents(of: own)), #require(cache.contents(of: other)))
        cache.keep(
            CardContents(
                serial: own, intermediate: foreign.intermediate, component: foreign.component,
                credentials: right.credentials))
        let reader = TestReader(.fourth)
        var settings = TestCard.fourth.settings
        settings.testKeySets += TestCard.other.settings.testKeySets
        let card = try reader.open(settings: settings)
        try card.load(cache)
        #expect(failure { () throws(DNIeError) in _ = try card.beginPIN() } == .notAuthentic(.channel))
        #expect(cache.contents(of: own) == nil)
    }

    @Test func `has a key, or it is not kept`() throws {
        let empty = TestCard.fourth.with([0], at: [0x5015, 0x6001])
        #expect(try commands(empty) > 20)
        #expect(cache.contents(of: empty.model.serial) == nil)
        #expect(try commands() > 20)
        #expect(try commands() == 1)
    }

    // MARK: Where it is kept

    @Test func `is nothing where the folder can't be made, and all works`() throws {
        try Files.replace(folder.path + "/cache", with: [1])
        for _ in 0..<2 {
            let reader = TestReader(.fourth)
            #expect(reader.isSignature(try reader.run(cache)))
            #expect(reader.commands.count > 60)
        }
    }

    @Test func `is nothing where its file can't be replaced, and all works`() throws {
        try FileManager.default.createDirectory(atPath: file(), withIntermediateDirectories: true)
        for _ in 0..<2 {
            let reader = TestReader(.fourth)
            #expect(reader.isSignature(try reader.run(cache)))
            #expect(reader.commands.count > 60)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == 1)
        cache.forget(TestCard.fourth.model.serial)
    }
}
