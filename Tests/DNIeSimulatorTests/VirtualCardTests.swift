import CZlib
import Certificates
import ClaveDomain
import DNIeSimulator
import Foundation
import SmartCard
import Testing

@Suite struct `The virtual card` {
    // MARK: Files

    @Test func `describes its files as a DNIe does`() throws {
        var card = try Bench().card()
        #expect(card.goTo() == "6F19840B4D61737465722E46696C65850A383F00000000FFFF00FF9000")
        let size = String(card.model.files[[0x6020]]!.content.count, radix: 16, uppercase: true)
        #expect(card.goTo("6020") == "6F0C850A0160200\(size)00FFFF00FF9000")
        #expect(card.goTo("3F11", "0101") == "6F0F850D150101010000FFFF00FF0000009000")
        #expect(card.goTo("0000") == "6F0C850A150000000000FFFF00FF9000")
        #expect(card.goTo("5015") == "6F0C850A385015000000FFFF00FF9000")
        #expect(card.goTo("6061", "7001").hasPrefix("6F0C850A247001"))
    }

    @Test func `selects by name and by one identifier at a time, and stays where it is when there is none`() throws {
        var card = try Bench().card()
        #expect(card.says("00A40000023F00") == "6A82")
        #expect(card.says("00A40400044D617374") == "6A82")
        #expect(card.says("00A400000450156001") == "6700")
        #expect(card.goTo("7001") == "6A82")
        #expect(card.goTo("5015", "5031") != "6A82")
        // A file's neighbour, and its folder's parent.
        #expect(card.says("00A40000025032").hasSuffix("9000"))
        #expect(card.says("00A40000029999") == "6A82")
        #expect(card.says("00B0000003") == card.model.files[[0x5015, 0x5032]]!.content.prefix(3).hexadecimal + "9000")
        #expect(card.says("00A40300").hasPrefix("6F19"))
        #expect(card.says("00A4000C025015") == "9000")
        #expect(card.says("00A40800025015") == "6A86")
    }

    @Test func `reads from any offset to the end of a file`() throws {
        var card = try Bench().card()
        let content = card.model.files[[0x601F]]!.content
        #expect(card.says("00B0000001") == "6986")
        _ = card.goTo("601F")
        #expect(card.says("00B0000010") == content[..<16].hexadecimal + "9000")
        #expect(card.says("00B0000000") == content[..<256].hexadecimal + "9000")
        #expect(card.says("00B0010001") == content[256..<257].hexadecimal + "9000")
        let last = String(format: "%04X", content.count - 1)
        #expect(card.says("00B0\(last)10") == content.suffix(1).hexadecimal + "6282")
        #expect(card.says("00B0\(last)01") == content.suffix(1).hexadecimal + "9000")
        #expect(card.says("00B0\(String(format: "%04X", content.count))10") == "6B00")
        #expect(card.says("00B07FFF10") == "6B00")
        #expect(card.says("00B0800010") == "6A86")
        // The extended form brings the whole file.
        #expect(card.says("00B00000000000") == content.hexadecimal + "9000")
        _ = card.goTo("3F11", "0101")
        #expect(card.says("00B0000001") == "6982")
    }

    @Test(arguments: CardGeneration.allCases)
    func `keeps certificates of the second generation behind the PIN`(generation: CardGeneration) throws {
        var card = try Bench(generation).card()
        #expect(card.goTo("6061", "7002").contains(generation == .two ? "10FFFF00FF" : "00FFFF00FF"))
        #expect(card.says("00B0000008").hasSuffix(generation == .two ? "6982" : "9000"))
        #expect(card.verify(Bench.pin) == "9000")
        #expect(card.says("00B0000008").hasSuffix("9000"))
        card.reset()
        _ = card.goTo("6061", "7002")
        #expect(card.says("00B0000008").hasSuffix(generation == .two ? "6982" : "9000"))
    }

    @Test func `holds people's certificates, compressed and in a DNIe's form`() throws {
        for (place, suffix): (UInt16, String) in [(0x7001, "(AUTENTICACIÓN)"), (0x7002, "(FIRMA)")] {
            let file = try Bench().model.files[[0x6061, place]]!.content
            let lengths = stride(from: 0, to: 8, by: 4).map { start in
                (0..<4).reduce(0) { $0 | Int(file[start + $1]) << (8 * $1) }
            }
            #expect(lengths[1] == file.count - 8)
            var certificate = [UInt8](repeating: 0, count: lengths[0])
            var count = UInt(lengths[0])
            #expect(uncompress(&certificate, &count, Array(file[8...]), UInt(lengths[1])) == Z_OK)
            #expect(Int(count) == lengths[0])
            #expect(certificate.hexadecimal.contains(Array(suffix.utf8).hexadecimal))
            #expect(HolderCertificate(der: certificate)?.document?.text == "99999999R")
        }
    }

    // MARK: Identity

    @Test func `tells its serial number and its generation`() throws {
        var card = try Bench(.three, support: "AGR000001").card()
        #expect(card.says("90B8000007") == card.model.serial.hexadecimal + "9000")
        #expect(card.says("90B8000000") == "6C07")
        _ = card.goTo("0006")
        #expect(card.says("00B0000000") == Array("AGR000001".utf8).hexadecimal + "9000")
        _ = card.goTo("011C")
        #expect(card.says("00B0000016") == "31143012060A04007F0007020204020202010202010D9000")
        let contact = CardGeneration.allCases.map { $0.answerToReset(.contact)!.hexadecimal }
        #expect(
            contact == [
                "3B7F380000006A444E496510024C340113039000", "3B7F960000006A444E4965100101550421039000",
                "3B7F960000006A444E4965200101550421039000",
            ])
        #expect(CardGeneration.two.answerToReset(.contactless) == nil)
        #expect(CardGeneration.four.answerToReset(.contactless)?.hexadecimal == "3B888001E1F35E117781A10003")
    }

    @Test func `gives challenges of 8 or 20 bytes, each another`() throws {
        var card = try Bench().card()
        let one = card.says("0084000008")
        #expect(one.count == 20 && one.hasSuffix("9000"))
        #expect(card.says("0084000008") != one)
        #expect(card.says("0084000014").count == 44)
        #expect(card.says("0084000010") == "6700")
    }

    // MARK: PIN

    @Test func `counts wrong PINs, forgets them at a right one, and is blocked at the third`() throws {
        let bench = try Bench()
        var card = try bench.card()
        #expect(card.says("00200000") == "63C3")
        #expect(card.verify("Erroneo123") == "63C2")
        #expect(card.verify(Bench.pin) == "9000")
        #expect(card.says("00200000") == "63C3")
        for status in ["63C2", "63C1", "6983", "6983"] { #expect(card.verify("Erroneo123") == status) }
        #expect(card.verify(Bench.pin) == "6983")
        #expect(card.says("00200000") == "6983")
        card.reset()
        #expect(card.verify(Bench.pin) == "6983")
        #expect(try bench.folder.counters().pinTries == 0)
        var again = try bench.card()
        #expect(again.verify(Bench.pin) == "6983")
    }

    @Test func `counts a try before it looks at it, and tries nothing that it can't count`() throws {
        let bench = try Bench()
        var kept: [Int] = []
        let rules = CardRules(.four, needsChannels: false)
        let memory = CardMemory {
            kept.append($0.pinTries)
            return true
        }
        var card = VirtualCard(bench.model, rules: rules, memory: memory)
        #expect(card.verify(Bench.pin) == "9000")
        #expect(kept == [2, 3])
        var broken = VirtualCard(bench.model, rules: rules, memory: CardMemory { _ in false })
        #expect(broken.verify(Bench.pin) == "6581")
        #expect(broken.says("002241B60484020101") == "9000")
        #expect(broken.says("002A9E9A33" + digest.hexadecimal) == "6982")
    }

    @Test func `refuses another PIN's reference and what is too long, without a try`() throws {
        var card = try Bench().card()
        #expect(card.says("0020008108" + "3131313131313131") == "6A88")
        #expect(card.verify("12345678901234567") == "6700")
        #expect(card.says("00200000") == "63C3")
    }

    // MARK: Signatures

    @Test(arguments: [(UInt8(1), UInt16(0x7001)), (2, 0x7002)])
    func `signs with the key of each certificate`(key: UInt8, place: UInt16) throws {
        let bench = try Bench()
        var card = try bench.card()
        #expect(card.goTo("3F11", "010\(key)").hasSuffix("9000"))
        #expect(card.verify(Bench.pin) == "9000")
        #expect(card.says("002241B6048402010\(key)") == "9000")
        let answer = card.respond(to: CommandAPDU(0x00, 0x2A, 0x9E, 0x9A, data: digest))
        #expect(answer.status == 0x9000 && answer.data.count == 256)
        let file = bench.model.files[[0x6061, place]]!.content
        var certificate = [UInt8](repeating: 0, count: 4096)
        var count = UInt(certificate.count)
        #expect(uncompress(&certificate, &count, Array(file[8...]), UInt(file.count - 8)) == Z_OK)
        #expect(verifies(answer.data, over: digest, by: Array(certificate.prefix(Int(count)))))
        #expect(try bench.folder.counters().signatures == 1)
    }

    @Test(arguments: CardGeneration.allCases)
    func `asks the later generations' PIN for each signature`(generation: CardGeneration) throws {
        var card = try Bench(generation).card()
        let sign = "002A9E9A33" + digest.hexadecimal
        #expect(card.says(sign) == "6982")
        #expect(card.verify(Bench.pin) == "9000")
        #expect(card.says(sign) == "6985")
        #expect(card.says("002241B60484020103") == "6A88")
        #expect(card.says("002241B60483020101") == "6A80")
        #expect(card.says("002241B60484020101") == "9000")
        #expect(card.says("002A9E9A04" + "30020500") == "6A80")
        #expect(card.says(sign).hasSuffix("9000"))
        #expect(card.says(sign).hasSuffix(generation == .two ? "9000" : "6982"))
        #expect(card.verify("Erroneo123") == "63C2")
        #expect(card.says(sign) == "6982")
    }

    // MARK: Channels

    @Test func `refuses PIN and signature outside of the channels where they are required`() throws {
        var card = try Bench().card(needsChannels: true)
        #expect(card.verify(Bench.pin) == "6982")
        #expect(card.says("00200000") == "6982")
        #expect(card.says("0CA4040000") == "6882")
        var air = try Bench().card(.contactless, needsChannels: true)
        _ = air.goTo("011C")
        #expect(air.says("00B0000016").hasSuffix("9000"))
        _ = air.goTo("6061", "7001")
        #expect(air.says("00B0000016") == "6982")
    }

    @Test func `takes a channel into force after the answer that completes it, and drops it at a plain command`() throws
    {
        var card = try Bench().card(needsChannels: true, handshake: FakeHandshake())
        #expect(card.says("0082000001" + "01") == "9000")
        #expect(card.protection == .pin)
        #expect(card.says("0C20000009" + Array(Bench.pin.utf8).hexadecimal) == "EE9000")
        #expect(card.says("0C82000001" + "02") == "EE9000")
        #expect(card.protection == .user)
        #expect(card.says("0C2241B60484020101") == "EE9000")
        #expect(card.says("0C2A9E9A33" + digest.hexadecimal).hasSuffix("9000"))
        #expect(card.says("00A404000B4D61737465722E46696C65") == "6987")
        #expect(card.protection == .plain)
        #expect(card.goTo("5015").hasSuffix("9000"))
    }

    // MARK: Anything

    @Test func `answers any bytes with a status`() throws {
        var transport = CardTransport(try Bench(.two).card())
        var random = SystemRandomNumberGenerator()
        let instructions: [UInt8] = [0xA4, 0xB0, 0xC0, 0x20, 0x22, 0x2A, 0x84, 0xB8, 0x82, 0x88, 0x86]
        for round in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if round % 2 == 0, bytes.count >= 4 {
                bytes[0] = [0x00, 0x90, 0x0C, 0x10].randomElement()!
                bytes[1] = instructions.randomElement()!
                if bytes.count >= 5 { bytes[4] = UInt8(bytes.count - 5) }
            }
            let answer = transport.respond(to: bytes)
            #expect((2...258).contains(answer.count))
            if round % 500 == 0 { transport.reset() }
        }
        #expect(transport.respond(to: [UInt8](repeating: 0, count: CardTransport.longestCommand + 1)) == [0x67, 0x00])
    }
}

/// Makes a channel of the role that EXTERNAL AUTHENTICATE's byte says; the channel marks what passes through it.
private struct FakeHandshake: CardHandshake {
    private var made: CardProtection?
    let pause = 0

    mutating func answer(_ command: CommandAPDU, in: CardProtection, _: CardMemory) -> ResponseAPDU? {
        guard command.header[1] == 0x82 else { return nil }
        made = command.data == [1] ? .pin : .user
        return ResponseAPDU(status: 0x9000)
    }

    mutating func takeLayer() -> (any CardLayer)? {
        defer { made = nil }
        return made.map { FakeLayer(protection: $0) }
    }

    mutating func reset() { made = nil }
}

private struct FakeLayer: CardLayer {
    let protection: CardProtection

    func open(_ command: CommandAPDU) -> OpenedCommand {
        let header = command.header
        guard header[0] & 0x0C == 0x0C else { return .broken(ResponseAPDU(status: 0x6987)) }
        return .command(CommandAPDU(header[0] & 0xF3, header[1], header[2], header[3], data: command.data))
    }

    func seal(_ response: ResponseAPDU) -> ResponseAPDU {
        ResponseAPDU(data: [0xEE] + response.data, status: response.status)
    }
}
