import DNIeSimulator
import Foundation
import Glibc
import Posix
import SecureMemory
import SecureMessaging
import SmartCard
import TestSupport
import Testing

/// The agent's own client, through another's card service and reader.
@Suite(.enabled(if: OpenSC.isInstalled, "needs pcscd and vsmartcard-vpcd"))
struct `Through the card service` {
    @Test(arguments: CardGeneration.allCases) func `a card signs by its contacts`(generation: CardGeneration) throws {
        let bench = try Bench(generation)
        let reader = try ServiceReader(bench)
        #expect(reader.answerToReset == "t0 " + generation.answerToReset(.contact)!.hexadecimal)
        let terminal = try Terminal(bench).terminal
        let card = try terminal.identify(through: reader)
        let user: CWAChannel
        if generation == .two {
            user = try terminal.open(.user, to: card, through: reader, over: reader)
            #expect(try user.verify(Bench.pin) == "9000")
        } else {
            let pin = try terminal.open(.pin, to: card, through: reader, over: reader)
            #expect(try pin.verify(Bench.pin) == "9000")
            user = try terminal.open(.user, to: card, through: pin, over: reader)
        }
        #expect(try bench.isSignature(user.sign(1), by: 1))
        #expect(try bench.folder.counters().signatures == 1)
    }

    @Test(arguments: [CardGeneration.three, .four]) func `a card signs over the air`(generation: CardGeneration) throws
    {
        let bench = try Bench(generation)
        let reader = try ServiceReader(bench, "--contactless", "--can-status", "63C2")
        #expect(reader.answerToReset == "t1 " + generation.answerToReset(.contactless)!.hexadecimal)
        #expect(throws: PACEError.wrongPassword(triesLeft: 2)) {
            try PACETerminal.open(over: reader, .dnie, with: accessNumber("654321"))
        }
        #expect(try bench.folder.counters().accessFailures == 1)
        let access = try PACETerminal.open(over: reader, .dnie, with: accessNumber("123456"))
        #expect(try access.goTo("6061", "7001").hasSuffix("9000"))
        #expect(try access.says("00B00000DE").hasSuffix("9000"))
        let terminal = try Terminal(bench).terminal
        let card = try terminal.identify(through: access)
        let pin = try terminal.open(.pin, to: card, through: access, over: reader)
        #expect(try pin.verify(Bench.pin) == "9000")
        let user = try terminal.open(.user, to: card, through: pin, over: reader)
        #expect(try bench.isSignature(user.sign(2), by: 2))
        #expect(try bench.folder.counters() == CardMemory.Counters(signatures: 1))
    }
}

/// The simulator's card, reached through PC/SC by a program of this build.
private final class ServiceReader: CardChannel {
    private let service: CardService
    private let simulator: Child
    private let tester: Child
    private let input: Descriptor
    private let output: Descriptor
    /// The protocol and the answer to reset, as the service gives them.
    private(set) var answerToReset = ""

    init(_ bench: Bench, _ arguments: String...) throws {
        service = try CardService()
        simulator = try service.insert(bench.path, arguments)
        let (inputs, outputs) = (try Descriptor.pipe(), try Descriptor.pipe())
        input = Descriptor(owning: inputs.1)
        output = Descriptor(owning: outputs.0)
        defer { for number in [inputs.0, outputs.1] { close(number) } }
        tester = try Child(
            try program("clave-card-tester"), environment: service.environment,
            descriptors: [0: inputs.0, 1: outputs.1])
        try eventually("the card in the reader") {
            answerToReset = try ask("connect 0 5000")
            return answerToReset.hasPrefix("t")
        }
    }

    deinit {
        tester.end(SIGKILL)
        simulator.end()
    }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        let line: String
        do { line = try ask("send " + command.bytes.hexadecimal) } catch { throw .removed }
        guard line.count % 2 == 0, line.allSatisfy(\.isHexDigit), let answer = ResponseAPDU(bytes: octets(line)) else {
            throw .failed(line)
        }
        return answer
    }

    /// One line, and the tester's; it is empty if the tester has ended.
    private func ask(_ line: String) throws -> String {
        try input.writeAll(Array((line + "\n").utf8).span.bytes)
        var (heard, byte) = ([UInt8](), UInt8(0))
        while read(output.number, &byte, 1) == 1, byte != 10 { heard.append(byte) }
        return String(decoding: heard, as: UTF8.self)
    }
}
