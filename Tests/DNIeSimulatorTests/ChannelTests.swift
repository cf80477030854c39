import DNIeSimulator
import SecureMemory
import SecureMessaging
import SmartCard
import Testing

@Suite struct `The secure channels` {
    private static let master = "00A404000B4D61737465722E46696C65"

    // MARK: Through the contacts

    @Test(arguments: [UInt8(1), 2]) func `of the second generation are one, for PIN and signatures`(key: UInt8) throws {
        let bench = try Bench(.two)
        let terminal = try Terminal(bench)
        let user = try terminal.open(.user, through: terminal, try terminal.identify(through: terminal))
        #expect(terminal.card.protection == .user)
        #expect(try user.sign(key).status == 0x6982)
        #expect(try user.verify("Erroneo123") == "63C2")
        #expect(try user.verify(Bench.pin) == "9000")
        #expect(try bench.isSignature(user.sign(key), by: key))
        #expect(try user.goTo("6061", "7001").hasSuffix("9000"))
        #expect(try user.says("00B0000008").hasSuffix("9000"))
    }

    @Test(arguments: [CardGeneration.three, .four], [UInt8(1), 2])
    func `of later generations are one for the PIN, and then one for signatures that knows it`(
        generation: CardGeneration, key: UInt8
    ) throws {
        let bench = try Bench(generation)
        let terminal = try Terminal(bench)
        let card = try terminal.identify(through: terminal)
        let pin = try terminal.open(.pin, through: terminal, card)
        #expect(terminal.card.protection == .pin)
        #expect(try pin.says("0020000000") == "63C3")
        #expect(try pin.verify(Bench.pin) == "9000")
        // The whole second handshake goes through the first channel, its last answer too.
        let user = try terminal.open(.user, through: pin, card)
        #expect(terminal.card.protection == .user && !pin.isOpen)
        #expect(try bench.isSignature(user.sign(key), by: key))
        #expect(try user.transmit(CommandAPDU(0x00, 0x2A, 0x9E, 0x9A, data: digest)).status == 0x6982)
    }

    @Test func `let each role do its own alone`() throws {
        let terminal = try Terminal(try Bench(.four))
        let card = try terminal.identify(through: terminal)
        #expect(try terminal.verify(Bench.pin) == "6982")
        let user = try terminal.open(.user, through: terminal, card)
        #expect(try user.verify(Bench.pin) == "6982")
        #expect(try user.says("0020000000") == "6982")
        #expect(try user.sign(1).status == 0x6982)
        let pin = try terminal.open(.pin, through: user, card)
        #expect(try pin.verify(Bench.pin) == "9000")
        #expect(try pin.sign(1).status == 0x6982)
        #expect(terminal.card.counters.signatures == 0)
    }

    @Test(arguments: CardGeneration.allCases)
    func `end with the PIN's state at a plain command, and the card serves on`(generation: CardGeneration) throws {
        let terminal = try Terminal(try Bench(generation))
        let card = try terminal.identify(through: terminal)
        let first = try terminal.open(generation == .two ? .user : .pin, through: terminal, card)
        #expect(try first.verify(Bench.pin) == "9000")
        #expect(try terminal.says(Self.master) == "6987")
        #expect(terminal.card.protection == .plain)
        #expect(try terminal.says(Self.master).hasSuffix("9000"))
        #expect(throws: CardError.self) { try first.says(Self.master) }
        let user = try terminal.open(.user, through: terminal, card)
        #expect(try user.sign(1).status == 0x6982)
    }

    @Test func `end at a wrong code, and at a message that comes twice`() throws {
        let terminal = try Terminal(try Bench(.four))
        let card = try terminal.identify(through: terminal)
        let spy = Spy(terminal)
        let pin = try terminal.terminal.open(.pin, to: card, through: terminal, over: spy)
        #expect(try pin.verify(Bench.pin) == "9000")
        #expect(try terminal.transmit(spy.last!).bytes.hexadecimal == "6688")
        #expect(terminal.card.protection == .plain)
        spy.changes = true
        let again = try terminal.terminal.open(.pin, to: card, through: terminal, over: spy)
        #expect(throws: CardError.refused(0x6688)) { try again.verify(Bench.pin) }
        #expect(terminal.card.protection == .plain && terminal.card.counters.pinTries == 3)
    }

    @Test func `are refused to a terminal of another root, and to one that has no part in its certificate`() throws {
        let terminal = try Terminal(try Bench(.four))
        // It says that it is of the other set.
        var others = try terminal.testRooted(.first)
        others.cardRootName = CWAKeySet.second.cardRootName
        let other = try terminal.identify(through: terminal, others)
        let refusal = #expect(throws: CWAFailure.self) { try terminal.open(.user, through: terminal, other) }
        #expect(refusal?.step == .authorityCertificate && refusal?.cause == .refused(0x6A80))
        var mixed = try terminal.keySet
        mixed.user.modulus = mixed.pin.modulus
        mixed.user.publishedExponent = mixed.pin.publishedExponent
        let mixture = try terminal.identify(through: terminal, mixed)
        let failure = #expect(throws: CWAFailure.self) { try terminal.open(.user, through: terminal, mixture) }
        #expect(failure?.step == .internalAuthentication)
        #expect(terminal.card.protection == .plain)
    }

    @Test func `are refused to certificates with one bit changed in the key that they are for`() throws {
        let terminal = try Terminal(try Bench(.four))
        // Before the issuer's name at the end there is the exponent, and the modulus before that.
        var authority = try terminal.keySet
        authority.authorityCertificate[authority.authorityCertificate.count - 20] ^= 1
        var own = try terminal.keySet
        own.user.certificate[own.user.certificate.count - 20] ^= 1
        for (set, step) in [(authority, CWAFailure.Step.authorityCertificate), (own, .terminalCertificate)] {
            let card = try terminal.identify(through: terminal, set)
            let failure = #expect(throws: CWAFailure.self) { try terminal.open(.user, through: terminal, card) }
            #expect(failure?.step == step && failure?.cause == .refused(0x6A80))
        }
    }

    @Test func `begin with the chip's certificates, which are of the test root and of no real one`() throws {
        for generation in CardGeneration.allCases {
            let terminal = try Terminal(try Bench(generation))
            let card = try terminal.identify(through: terminal)
            #expect(card.serial == [0] + terminal.card.model.serial)
            let real = CWATerminal(CWASettings(generation: .third))
            let failure = #expect(throws: CWAFailure.self) { try real.identify(through: terminal) }
            #expect(failure?.step == .certificates && failure?.cause == .notAuthentic)
        }
    }

    @Test func `are forgotten with the power`() throws {
        let terminal = try Terminal(try Bench(.four))
        let card = try terminal.identify(through: terminal)
        let pin = try terminal.open(.pin, through: terminal, card)
        #expect(try pin.verify(Bench.pin) == "9000")
        terminal.transport.reset()
        #expect(terminal.card.protection == .plain)
        #expect(throws: CardError.refused(0x6882)) { try pin.says(Self.master) }
        let user = try terminal.open(.user, through: terminal, card)
        #expect(try user.sign(1).status == 0x6982)
    }

    // MARK: Over the air

    @Test(arguments: [CardGeneration.three, .four], [UInt8(1), 2])
    func `begin with PACE over the air, and replace it`(generation: CardGeneration, key: UInt8) throws {
        let bench = try Bench(generation)
        let terminal = try Terminal(bench, .contactless)
        #expect(throws: (any Error).self) { try terminal.identify(through: terminal) }
        let access = try terminal.openAccess("123456")
        #expect(terminal.card.protection == .pace)
        try access.goTo("6061", "7001")
        #expect(try access.says("00B0000008").hasSuffix("9000"))
        let card = try terminal.identify(through: access)
        let pin = try terminal.open(.pin, through: access, card)
        #expect(terminal.card.protection == .pin)
        #expect(try pin.verify(Bench.pin) == "9000")
        let user = try terminal.open(.user, through: pin, card)
        #expect(try bench.isSignature(user.sign(key), by: key))
        #expect(try terminal.says(Self.master) == "6987")
        #expect(throws: (any Error).self) { try terminal.open(.pin, through: terminal, card) }
        #expect(try terminal.openAccess("123456").goTo("5015", "5031").hasSuffix("9000"))
    }

    @Test func `of PACE let neither PIN nor signature through, and end at a plain command`() throws {
        let terminal = try Terminal(try Bench(.four), .contactless)
        let access = try terminal.openAccess("123456")
        #expect(try access.verify(Bench.pin) == "6982")
        #expect(try access.sign(1).status == 0x6982)
        #expect(try terminal.says(Self.master) == "6987")
        #expect(terminal.card.protection == .plain)
        #expect(throws: CardError.self) { try access.says(Self.master) }
    }

    @Test func `of PACE are not offered through the contacts`() throws {
        let terminal = try Terminal(try Bench(.four))
        #expect(throws: PACEError.self) { try terminal.openAccess("123456") }
    }

    @Test func `count wrong access numbers on the disk, and take longer after each without blocking`() throws {
        let bench = try Bench(.four)
        let terminal = try Terminal(bench, .contactless) { $0.accessDelay = 7 }
        for round in 0..<12 {
            #expect(throws: PACEError.wrongPassword(triesLeft: nil)) { try terminal.openAccess("654321") }
            #expect(terminal.transport.pause == 7 * min(round, 10))
            #expect(try bench.folder.counters().accessFailures == round + 1)
        }
        let other = try Terminal(bench, .contactless) { $0.accessDelay = 7 }
        _ = try other.openAccess("123456")
        #expect(other.transport.pause == 70)
        #expect(try bench.folder.counters() == CardMemory.Counters())
    }

    @Test func `answer a wrong access number as they are told to, and count none that is not tried`() throws {
        let bench = try Bench(.four)
        let terminal = try Terminal(bench, .contactless) { $0.wrongAccessStatus = 0x6985 }
        #expect(throws: PACEError.refused(.confirmation, 0x6985)) { try terminal.openAccess("000000") }
        #expect(try terminal.says("008600000C7C0A85080000000000000000") == "6985")
        #expect(try bench.folder.counters().accessFailures == 1)
    }
}

/// Keeps the last command, and spoils commands if it is told to.
private final class Spy: CardChannel {
    private let channel: any CardChannel
    var last: CommandAPDU?
    var changes = false

    init(_ channel: any CardChannel) {
        self.channel = channel
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        last = command
        guard changes else { return try channel.transmit(command) }
        var data = command.data
        data[data.count - 1] ^= 1
        let header = command.header
        return try channel.transmit(
            CommandAPDU(header[0], header[1], header[2], header[3], data: data, expected: command.expected))
    }
}
