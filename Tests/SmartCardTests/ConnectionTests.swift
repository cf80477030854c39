import Foundation
import Glibc
import TestSupport
import Testing

/// Bytes that the test card gives, and a status, as hexadecimal digits.
private func answer(_ count: Int, status: String = "9000") -> String {
    (0..<count).map { String(0x100 + $0 % 251, radix: 16, uppercase: true).dropFirst() }.joined() + status
}

/// A service, a card in it, and a program that is connected to the card.
private struct Bench {
    let service: CardService
    let card: Child
    let tester: Tester

    init(_ answerToReset: String, connected: String? = nil) throws {
        service = try CardService()
        card = try service.insert(test: answerToReset)
        tester = try Tester(service)
        try tester.seesCard(answerToReset)
        if let connected { #expect(try tester.ask("connect 0 20000") == "\(connected) \(answerToReset)") }
    }
}

@Suite struct `A connection to a card` {
    @Test func `sends a command as it is in T=1`() throws {
        let bench = try Bench(Sample.t1, connected: "t1")
        #expect(try bench.tester.ask("send 00A4040002AABB00") == "00A4040002AABB009000")
        #expect(try bench.tester.ask("send 00A40400") == "00A404009000")
        #expect(try bench.tester.ask("send 0001020304") == "6D00")
    }

    @Test func `leaves out the expected length behind data in T=0`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        #expect(try bench.tester.ask("send 00A4040002AABB00") == "00A4040002AABB9000")
        #expect(try bench.tester.ask("send 00A4040002AABB") == "00A4040002AABB9000")
        #expect(try bench.tester.ask("send 00A4040005") == "00A40400059000")
    }

    @Test(arguments: [1, 10, 255, 256, 257, 511, 512, 700, 3000])
    func `fetches an answer of any length in its parts`(count: Int) throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let parameters = String(0x10000 + count, radix: 16).dropFirst()
        #expect(try bench.tester.ask("send 00CA\(parameters)00") == answer(count))
        #expect(try bench.tester.ask("send 00CA\(parameters)01AA00") == answer(count))
    }

    @Test(arguments: [(Sample.t0, "t0"), (Sample.t1, "t1")])
    func `asks again with the length that the card says`(answerToReset: String, name: String) throws {
        let bench = try Bench(answerToReset, connected: name)
        #expect(try bench.tester.ask("send 00B0000000") == answer(10))
        #expect(try bench.tester.ask("send 00B00000FF") == answer(10))
        #expect(try bench.tester.ask("send 00B000000A") == answer(10))
    }

    @Test func `takes extended commands and answers in T=1 and none in T=0`() throws {
        let long = String(repeating: "CD", count: 300)
        let block = try Bench(Sample.t1, connected: "t1")
        #expect(try block.tester.ask("send 00A4000000012C\(long)0000") == "00A4000000012C\(long)00009000")
        #expect(try block.tester.ask("send 00CB0BB8000000") == answer(3000))
        let byte = try Bench(Sample.t0, connected: "t0")
        #expect(try byte.tester.ask("send 00CB0BB8000000").contains("extended"))
        #expect(try byte.tester.ask("send 00CC000000") == "6982")
    }

    @Test func `gives up a card whose answer never ends`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        #expect(try bench.tester.ask("send 0061000000") == "card(SmartCard.CardError.malformed)")
        #expect(try bench.tester.ask("send 00CC000000") == "6982")
    }

    @Test func `says that a card was pulled out in the middle of a command, and after it`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let said = try bench.tester.ask("send 0044000000")
        #expect(said == "card(SmartCard.CardError.removed)")
        #expect(try bench.tester.ask("send 00CC000000") == "card(SmartCard.CardError.removed)")
        #expect(try bench.tester.ask("close") == "closed")
        #expect(try bench.tester.ask("connect 0 5000") == "noCard")
        let again = try bench.service.insert(test: Sample.t1)
        try bench.tester.seesCard(Sample.t1)
        #expect(try bench.tester.ask("connect 0 20000") == "t1 \(Sample.t1)")
        again.end()
    }

    @Test func `says that the reader is gone when the card service ends`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        bench.service.stop(SIGKILL)
        #expect(try bench.tester.ask("send 00CC000000") == "card(SmartCard.CardError.readerGone)")
        #expect(try bench.tester.ask("close") == "closed")
        #expect(try bench.tester.ask("connect 0 5000") == "noService")
    }

    @Test func `speaks T=1 with a contactless card`() throws {
        let bench = try Bench(Sample.contactless, connected: "t1")
        #expect(try bench.tester.ask("send 00A4040002AABB00") == "00A4040002AABB009000")
    }

    @Test(arguments: [(Sample.mute, "mute", "mute"), (Sample.garbled, "", "unsupported")])
    func `is not made with a card that says nothing, or nothing known`(
        answerToReset: String, card: String, error: String
    ) throws {
        let service = try CardService()
        let tester = try Tester(service)
        #expect(try tester.ask("list").contains("\(Sample.names[0]): none"))
        let inserted = try service.insert(test: answerToReset)
        try eventually("the card to be in the reader") {
            try tester.ask("list").contains("\(Sample.names[0]): \(card);")
        }
        #expect(try tester.ask("connect 0 20000") == error)
        inserted.end()
    }

    @Test func `sends nothing any more when it is closed`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        #expect(try bench.tester.ask("close") == "closed")
        #expect(try bench.tester.ask("close") == "closed")
        #expect(try bench.tester.ask("send 00CC000000") == "card(SmartCard.CardError.removed)")
    }
}

@Suite struct `Two programs that want one card` {
    @Test func `do not have it both, and the second is told who has it`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let second = try Tester(bench.service)
        let refusal = try second.ask("connect 0 1000")
        #expect(refusal.hasPrefix("busy("))
        #expect(refusal.contains("pid: \(bench.tester.child.pid), name: \"clave-card-test\""))
        #expect(!refusal.contains("pid: \(second.child.pid),"))
        #expect(try bench.tester.ask("send 00CC000000") == "6982")
    }

    @Test func `have it one after the other`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let second = try Tester(bench.service)
        #expect(try second.ask("connect 0 300").hasPrefix("busy("))
        try second.tell("connect 0 60000")
        #expect(try bench.tester.ask("send 00CC000000") == "6982")
        #expect(try bench.tester.ask("close") == "closed")
        #expect(second.hear() == "t0 \(Sample.t0)")
        #expect(try second.ask("send 00CC000000") == "6982")
        // The first attempt, which nobody waits for, has given the card back.
        #expect(try second.ask("close") == "closed")
        #expect(try bench.tester.ask("connect 0 60000") == "t0 \(Sample.t0)")
    }

    @Test func `do not share a PIN`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let second = try Tester(bench.service)
        #expect(try bench.tester.ask("send 0020000001AA") == "9000")
        #expect(try bench.tester.ask("send 00CC000000") == "9000")
        try second.tell("connect 0 60000")
        #expect(try bench.tester.ask("close") == "closed")
        #expect(second.hear() == "t0 \(Sample.t0)")
        #expect(try second.ask("send 00CC000000") == "6982")
    }

    @Test func `do not share a PIN either when the first is killed with the card in hand`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let second = try Tester(bench.service)
        #expect(try bench.tester.ask("send 0020000001AA") == "9000")
        try second.tell("connect 0 60000")
        bench.tester.child.end(SIGKILL)
        #expect(second.hear() == "t0 \(Sample.t0)")
        #expect(try second.ask("send 00CC000000") == "6982")
    }

    @Test func `find it again, however often each has it`() throws {
        let bench = try Bench(Sample.t1)
        let others = [bench.tester, try Tester(bench.service), try Tester(bench.service)]
        for _ in 0..<3 {
            try others.forEach { try $0.tell("connect 0 60000\nsend 00CC000000\nsend 0020000001AA\nclose") }
            for other in others {
                #expect((0..<4).map { _ in other.hear() } == ["t1 \(Sample.t1)", "6982", "9000", "closed"])
            }
        }
    }

    @Test func `do not wait in more and more threads`() throws {
        let bench = try Bench(Sample.t0, connected: "t0")
        let second = try Tester(bench.service)
        for _ in 0..<12 { #expect(try second.ask("connect 0 50").hasPrefix("busy(")) }
        let threads = try threadCount(second.child.pid)
        for _ in 0..<4 { #expect(try second.ask("connect 0 50").hasPrefix("busy(")) }
        #expect(try threadCount(second.child.pid) == threads)
        #expect(try bench.tester.ask("close") == "closed")
        try eventually("the second to get the card") {
            try second.ask("connect 0 20000") == "t0 \(Sample.t0)"
        }
    }

    private func threadCount(_ pid: pid_t) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
    }
}
