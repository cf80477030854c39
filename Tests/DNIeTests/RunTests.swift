import DNIeSimulator
import SecureMemory
import SmartCard
import Testing

@testable import DNIe

@Suite struct `Working with a DNIe` {
    enum Kind: CaseIterable, Sendable {
        case second, third, fourth, thirdByAir, fourthByAir, beforeTheSecondRoot, sinceTheSecondRoot

        var reader: TestReader {
            switch self {
            case .second: TestReader(.second)
            case .third: TestReader(.third)
            case .fourth: TestReader(.fourth)
            case .thirdByAir: TestReader(.third, .contactless)
            case .fourthByAir: TestReader(.fourth, .contactless)
            case .beforeTheSecondRoot: TestReader(.thirdOfFirstRoot)
            case .sinceTheSecondRoot: TestReader(.firstOfSecondRoot)
            }
        }
    }

    // MARK: Whole runs

    @Test(arguments: Kind.allCases, [CardContents.Purpose.authentication, .signature])
    func `signs with the key of each purpose`(kind: Kind, purpose: CardContents.Purpose) throws {
        let reader = kind.reader
        let card = try reader.open()
        try card.load()
        #expect(card.isTestCard)
        #expect(try card.beginPIN() == 3)
        try card.verify(secret(TestCard.pin))
        let signature = try card.sign(Message.digestInfo, for: purpose)
        let credential = try #require(card.contents?.credential(for: purpose))
        #expect(credential.key == (purpose == .authentication ? 0x0101 : 0x0102))
        #expect(Message.isSigned(signature, by: credential.certificate))
        #expect(!Message.isSigned(signature.reversed(), by: credential.certificate))
        #expect(reader.isSignature(signature, purpose))
        #expect(reader.memory.counters == .init(signatures: 1))
        #expect(reader.tries == 1)
    }

    @Test func `knows a card's number, certificates and authorities`() throws {
        let contents = try TestReader(.fourth).open().load()
        #expect(contents.serial == TestCard.fourth.model.serial)
        #expect(contents.isComplete && contents.credentials.count == 3 && contents.authorities.count == 1)
        #expect(contents.credential(for: .authentication) != contents.credential(for: .signature))
    }

    @Test(arguments: [Kind.second, .fourth, .fourthByAir])
    func `tells each stage as it begins`(kind: Kind) throws {
        var stages = [DNIeStage]()
        let reader = kind.reader
        let card = try reader.open { stages.append($0) }
        try card.load()
        _ = try card.beginPIN()
        try card.verify(secret(TestCard.pin))
        _ = try card.sign(Message.digestInfo, for: .signature)
        let air: [DNIeStage] = kind == .fourthByAir ? [.pace] : []
        let user: [DNIeStage] = kind == .second ? [] : [.channel]
        #expect(stages == air + [.identity, .files, .channel, .pin] + user + [.signature])
    }

    @Test func `shows the second generation's certificates only after the PIN`() throws {
        let card = try TestReader(.second).open()
        #expect(try !card.load().isComplete)
        #expect(card.contents?.credential(for: .authentication) == nil)
        #expect(failure { () throws(DNIeError) in _ = try card.sign(Message.digestInfo, for: .signature) } == .noKey)
        _ = try card.beginPIN()
        try card.verify(secret(TestCard.pin))
        #expect(card.contents?.isComplete == true)
        #expect(card.contents?.credential(for: .authentication) != nil)
    }

    // MARK: The card access number

    @Test func `takes the right card access number after a wrong one`() throws {
        let reader = TestReader(.fourth, .contactless)
        let card = try DNIeCard(over: reader, atr: reader.atr, settings: reader.card.settings)
        #expect(failure { () throws(DNIeError) in try card.load() } == .needsCAN)
        #expect(failure { () throws(DNIeError) in try card.openAir(can: secret("654321")) } == .wrongCAN)
        #expect(failure { () throws(DNIeError) in try card.load() } == .needsCAN)
        #expect(reader.memory.counters.accessFailures == 1)
        let sent = reader.commands.count
        for number in ["12345", "1234567", "12345A", ""] {
            #expect(failure { () throws(DNIeError) in try card.openAir(can: secret(number)) } == .wrongCAN)
        }
        #expect(reader.commands.count == sent)
        try card.openAir(can: secret(TestCard.can))
        try card.load()
        #expect(reader.memory.counters.accessFailures == 0)
    }

    // MARK: The PIN

    @Test(arguments: [Kind.second, .third, .fourthByAir])
    func `tells the tries that a wrong PIN leaves, and takes the right one in the same channel`(kind: Kind) throws {
        let reader = kind.reader
        let card = try reader.open()
        try card.load()
        #expect(try card.beginPIN() == 3)
        for left in [2, 1] {
            let error = failure { () throws(DNIeError) in try card.verify(secret("Erroneo123")) }
            #expect(error == .wrongPIN(triesLeft: left))
            #expect(reader.memory.counters.pinTries == left)
        }
        try card.verify(secret(TestCard.pin))
        #expect(reader.memory.counters.pinTries == 3)
        #expect(reader.isSignature(try card.sign(Message.digestInfo, for: .authentication)))
        #expect(reader.tries == 3)
    }

    @Test(arguments: [Kind.second, .fourth, .thirdByAir])
    func `knows a blocked PIN without a try`(kind: Kind) throws {
        let reader = kind.reader
        let card = try reader.open()
        try card.load()
        _ = try card.beginPIN()
        let errors = (0..<3).map { _ in failure { () throws(DNIeError) in try card.verify(secret("Erroneo123")) } }
        #expect(errors == [.wrongPIN(triesLeft: 2), .wrongPIN(triesLeft: 1), .blockedPIN])
        reader.reinsert()
        let again = try reader.open()
        try again.load()
        #expect(try again.beginPIN() == 0)
        #expect(failure { () throws(DNIeError) in try again.verify(secret(TestCard.pin)) } == .blockedPIN)
        #expect(reader.tries == 3)
    }

    @Test func `tries no PIN of an impossible length, nor one without a channel`() throws {
        let reader = TestReader(.fourth)
        let card = try reader.open()
        try card.load()
        #expect(failure { () throws(DNIeError) in try card.verify(secret(TestCard.pin)) } != nil)
        _ = try card.beginPIN()
        for pin in ["", "1234567", "12345678901234567"] {
            #expect(failure { () throws(DNIeError) in try card.verify(secret(pin)) } != nil)
        }
        #expect(reader.memory.counters.pinTries == 3 && reader.tries == 0)
        try card.verify(secret(TestCard.pin))
    }

    @Test(arguments: [Kind.third, .fourthByAir])
    func `asks for the PIN again where the card wants it for each signature`(kind: Kind) throws {
        let reader = kind.reader
        let card = try reader.open()
        try card.load()
        for _ in 0..<2 {
            #expect(try card.beginPIN() == 3)
            try card.verify(secret(TestCard.pin))
            #expect(reader.isSignature(try card.sign(Message.digestInfo, for: .signature), .signature))
            let again = failure { () throws(DNIeError) in _ = try card.sign(Message.digestInfo, for: .signature) }
            #expect(again == .needsPIN)
        }
        #expect(reader.memory.counters == .init(signatures: 2))
    }

    @Test func `signs again where the card does not ask for it`() throws {
        var rules = CardRules(.four)
        rules.asksPINEachTime = false
        for reader in [TestReader(.second), TestReader(.fourth, rules: rules)] {
            let card = try reader.open()
            try card.load()
            _ = try card.beginPIN()
            try card.verify(secret(TestCard.pin))
            for purpose in [CardContents.Purpose.authentication, .signature, .authentication] {
                #expect(reader.isSignature(try card.sign(Message.digestInfo, for: purpose), purpose))
            }
            #expect(reader.tries == 1)
        }
    }

    // MARK: Other cards

    @Test(arguments: [Kind.second, .third, .fourth, .beforeTheSecondRoot, .fourthByAir])
    func `believes no card of an unknown root, and only reads it`(kind: Kind) throws {
        let reader = kind.reader
        let card = try reader.open(settings: DNIeSettings())
        let begun = reader.commands.count
        #expect(failure { () throws(DNIeError) in try card.load() } == .notAuthentic(.identity))
        #expect(!card.isTestCard)
        // GET CHIP INFO, SELECT, READ BINARY and GET RESPONSE.
        let instructions = Set(reader.commands[begun...].map { $0[1] })
        #expect(instructions.isSubset(of: [0xB8, 0xA4, 0xB0, 0xC0]))
        #expect(failure { () throws(DNIeError) in _ = try card.beginPIN() } != nil)
        #expect(reader.tries == 0 && reader.memory.counters == .init())
    }

    @Test func `believes no card by another's root`() throws {
        let card = try TestReader(.fourth).open(settings: TestCard.other.settings)
        #expect(failure { () throws(DNIeError) in try card.load() } == .notAuthentic(.identity))
    }

    @Test func `sends nothing to a card that is no DNIe in use`() {
        let reader = TestReader(.fourth)
        let burned = ATR(
            [0x3B, 0x7F, 0x96, 0, 0, 0, 0x6A] + Array("DNIe".utf8) + [0x10, 1, 1, 0x55, 4, 0x21, 3, 0x65, 0x81])
        for (atr, kind) in [(nil, CardKind.unknown), (burned, .burned)] {
            let error = failure { () throws(DNIeError) in _ = try DNIeCard(over: reader, atr: atr) }
            #expect(error == .notUsable(kind))
        }
        #expect(reader.commands.isEmpty)
    }
}
