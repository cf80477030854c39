import DNIeSimulator
import Glibc
import SecureMessaging
import TestSupport
import Testing

/// Another's client, through another's card service and reader.
@Suite(.enabled(if: OpenSC.isInstalled, "needs opensc, pcscd and vsmartcard-vpcd"))
struct `Debian's OpenSC` {
    /// A card, and the real root in whose place a copy of the library gets the test root.
    struct Card: CustomTestStringConvertible, Sendable {
        let generation: CardGeneration
        var support: String?
        let keySet: CWAKeySet

        var testDescription: String { "DNIe \(generation.rawValue)\(support.map { " \($0)" } ?? "")" }

        /// A card of the second generation shows OpenSC its certificates: it does not log in to read them.
        var arguments: [String] { generation == .two ? ["--open-certificates"] : [] }

        static let all = [
            Card(generation: .two, keySet: .first), Card(generation: .three, support: "AGR123456", keySet: .first),
            Card(generation: .three, keySet: .second), Card(generation: .four, keySet: .second),
        ]
    }

    @Test(arguments: Card.all) func `as it is, knows the card and reads all that needs no PIN`(card: Card) throws {
        let bench = try Bench(card.generation, support: card.support)
        let tools = try OpenSC(bench, card.arguments)
        #expect(try tools.run("opensc-tool", "-n").output == "dnie\n")
        let serial = try tools.run("opensc-tool", "--serial").output
        let digits = bench.model.serial.map { [$0].hexadecimal }.joined(separator: " ")
        #expect(serial.hasPrefix(digits))
        let facts = try tools.run("dnie-tool", "-a").output
        for line in [
            "DNIe Number:   99999999R", "Surname:       FICTICIA", "MARÍA", bench.model.support,
            "Serial number: \(bench.model.serial.hexadecimal)",
        ] { #expect(facts.contains(line), "\(line)") }
        let objects = try tools.run("pkcs15-tool", "-D").output
        for name in [
            "PIN [PIN]", "[KprivAutenticacion]", "[KprivFirmaDigital]", "[CertAutenticacion]", "[CertFirmaDigital]",
            "[CertCAIntermediaDGP]", "sign, signRecover, nonRepudiation",
        ] { #expect(objects.contains(name), "\(name)") }
        for key in try tools.keys() {
            #expect(try tools.run("pkcs15-tool", "--read-certificate", key).output.contains("BEGIN CERTIFICATE"))
        }
    }

    @Test(arguments: Card.all)
    func `with the test root in its library, logs in and signs with both keys`(card: Card) throws {
        let tools = try OpenSC(try Bench(card.generation, support: card.support), card.arguments)
        let library = try tools.makeLibrary(card.keySet.cardRoot)
        let keys = try tools.keys()
        #expect(keys.count == 2)
        for key in keys {
            let outcome = try tools.sign("Un mensaje", key, pin: Bench.pin, library)
            #expect(outcome.code == 0, "\(outcome.errors)")
            #expect(try tools.verifies(key))
        }
        #expect(try tools.bench.folder.counters().signatures == 2)
    }

    @Test(arguments: Card.all) func `lowers the PIN's tries by a wrong one, and blocks it at the third`(card: Card)
        throws
    {
        let bench = try Bench(card.generation, support: card.support)
        let tools = try OpenSC(bench, card.arguments)
        let library = try tools.makeLibrary(card.keySet.cardRoot)
        let key = try #require(try tools.keys().first)
        for left in [2, 1] {
            let outcome = try tools.sign("Un mensaje", key, pin: "Erroneo123", library)
            #expect(outcome.errors.contains("CKR_PIN_INCORRECT"))
            #expect(try bench.folder.counters().pinTries == left)
        }
        #expect(try tools.sign("Un mensaje", key, pin: "Erroneo123", library).errors.contains("CKR_PIN_LOCKED"))
        #expect(try tools.sign("Un mensaje", key, pin: Bench.pin, library).errors.contains("CKR_PIN_LOCKED"))
        #expect(try bench.folder.counters() == CardMemory.Counters(pinTries: 0))
    }

    @Test func `as it is, opens no channel to a card that isn't the police's`() throws {
        let bench = try Bench(.four)
        let tools = try OpenSC(bench)
        let outcome = try tools.sign("Un mensaje", try #require(tools.keys().first), pin: Bench.pin, [:])
        #expect(outcome.errors.contains("C_Login failed"))
        #expect(try bench.folder.counters() == CardMemory.Counters())
    }

    // MARK: Faults

    @Test func `sees the card go at SIGUSR1, and come at SIGUSR2`() throws {
        let tools = try OpenSC(try Bench(.four))
        tools.signal(SIGUSR1)
        try eventually("the empty reader") { try !tools.isSeen }
        tools.signal(SIGUSR2)
        try eventually("the card") { try tools.isSeen }
        #expect(try tools.run("opensc-tool", "-n").output == "dnie\n")
    }

    @Test func `loses a card that is pulled out within a command`() throws {
        let bench = try Bench(.four)
        let tools = try OpenSC(bench, ["--fault", "remove@20"])
        let first = try tools.run("pkcs15-tool", "-D")
        #expect(first.code != 0 || !first.output.contains("[CertFirmaDigital]"))
        try eventually("the empty reader") { try !tools.isSeen }
        tools.signal(SIGUSR2)
        try eventually("the card") { try tools.isSeen }
        #expect(try tools.run("pkcs15-tool", "-D").output.contains("[CertFirmaDigital]"))
    }
}
