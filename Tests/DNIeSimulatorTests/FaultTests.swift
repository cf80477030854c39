import DNIeSimulator
import SecureMessaging
import SmartCard
import Testing

@Suite struct `Faults on command` {
    private static let select = octets("00A404000B4D61737465722E46696C65")
    private static let serial = octets("90B8000007")
    private static let verify = octets("0020000008" + "3030303030303030")

    /// A card that serves in plain, and what goes wrong.
    private func card(_ bench: Bench, _ faults: String...) throws -> FaultyTransport {
        var plan = FaultPlan()
        for fault in faults where !plan.add(fault) { Issue.record("no fault: \(fault)") }
        return FaultyTransport(CardTransport(try bench.card()), plan: plan)
    }

    @Test func `are told by name and the number of the command`() {
        var plan = FaultPlan()
        for text in [
            "remove@1", "corrupt-mac@2", "delay@2:250", "status@3:6982", "garbage@4", "truncate@1000000",
        ] where !plan.add(text) { Issue.record("no fault: \(text)") }
        #expect(plan.faults(at: 1) == [.remove])
        #expect(plan.faults(at: 2) == [.corruptMAC, .delay(250)])
        #expect(plan.faults(at: 3) == [.status(0x6982)])
        #expect(plan.faults(at: 4) == [.garbage] && plan.faults(at: 5) == [])
        for text in [
            "", "remove", "remove@", "remove@0", "remove@-1", "remove@1:2", "delay@1", "delay@1:-1", "delay@1:600001",
            "status@1", "status@1:69", "status@1:69822", "status@1:zzzz", "explode@1", "remove@1@2", "garbage@x",
        ] where plan.add(text) { Issue.record("a fault: \(text)") }
    }

    @Test func `pull the card out instead of an answer, and the command does not reach it`() throws {
        let bench = try Bench()
        var card = try card(bench, "remove@2")
        #expect(card.respond(to: Self.serial) == .answer(bench.model.serial + [0x90, 0x00], after: 0))
        #expect(card.respond(to: Self.verify) == .removed)
        #expect(try bench.folder.counters() == CardMemory.Counters())
        #expect(card.respond(to: Self.verify) == .answer([0x63, 0xC2], after: 0))
    }

    @Test func `say a status instead of the card, which hears nothing of it`() throws {
        let bench = try Bench()
        var card = try card(bench, "status@1:6581")
        #expect(card.respond(to: Self.verify) == .answer([0x65, 0x81], after: 0))
        #expect(card.card.counters.pinTries == 3)
        #expect(card.respond(to: Self.verify) == .answer([0x63, 0xC2], after: 0))
    }

    @Test func `let an answer come late, and more than one for one command`() throws {
        let bench = try Bench()
        var card = try card(bench, "delay@1:20", "delay@1:30", "status@1:6F00")
        #expect(card.respond(to: Self.serial) == .answer([0x6F, 0x00], after: 50))
        #expect(card.respond(to: Self.serial) == .answer(bench.model.serial + [0x90, 0x00], after: 0))
    }

    @Test func `cut an answer in half, or put chance in its place`() throws {
        let bench = try Bench()
        var card = try card(bench, "truncate@1", "garbage@2", "garbage@3")
        #expect(card.respond(to: Self.serial) == .answer(Array(bench.model.serial.prefix(4)), after: 0))
        let chances = (0..<2).map { _ in card.respond(to: Self.select) }
        #expect(chances[0] != chances[1])
        for case .answer(let bytes, _) in chances { #expect((2...66).contains(bytes.count)) }
    }

    @Test func `spoil the code of a secure answer, at which the client ends the channel`() throws {
        let bench = try Bench()
        let terminal = try Terminal(bench)
        let card = try terminal.identify(through: terminal)
        let reader = FaultyReader(terminal)
        let pin = try terminal.terminal.open(.pin, to: card, through: terminal, over: reader)
        // In T=0 the command is answered by 61XX, and the code comes with GET RESPONSE.
        let isFault = reader.plan.add("corrupt-mac@4")
        #expect(isFault)
        #expect(try pin.goTo().hasSuffix("9000"))
        #expect(throws: CardError.notAuthentic) { try pin.goTo() }
        #expect(!pin.isOpen)
    }
}

/// A reader whose card goes wrong from now on.
private final class FaultyReader: CardChannel {
    var plan = FaultPlan()
    private let terminal: Terminal
    private var faulty: FaultyTransport?

    init(_ terminal: Terminal) {
        self.terminal = terminal
    }

    /// One command, and GET RESPONSE as often as the card says.
    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        var card = faulty ?? FaultyTransport(terminal.transport, plan: plan)
        defer { faulty = card }
        var answer = try respond(&card, command.bytes)
        var data = answer.data
        while answer.status >> 8 == 0x61 {
            answer = try respond(&card, [0x00, 0xC0, 0, 0, UInt8(answer.status & 0xFF)])
            data += answer.data
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    private func respond(_ card: inout FaultyTransport, _ command: [UInt8]) throws(CardError) -> ResponseAPDU {
        guard case .answer(let bytes, _) = card.respond(to: command), let answer = ResponseAPDU(bytes: bytes) else {
            throw .removed
        }
        return answer
    }
}
