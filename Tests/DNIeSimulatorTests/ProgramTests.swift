import DNIeSimulator
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct `clave-dnie-simulator` {
    private static let serial = "90B8000007"
    private static let wrong = "0020000008" + "3030303030303030"

    private func say(_ arguments: String...) throws -> Outcome {
        runProgram(try program("clave-dnie-simulator"), arguments, environment: [:])
    }

    private func run(_ bench: Bench, _ reader: FakeReader, _ arguments: String...) throws -> Child {
        let child = try Child(
            try program("clave-dnie-simulator"), ["run", bench.path, "--reader", reader.address] + arguments,
            environment: [:])
        try reader.takeCard()
        return child
    }

    // MARK: In the reader

    @Test func `answers a reader's messages until it is told to end`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        let child = try run(bench, reader)
        defer { child.end(SIGKILL) }
        reader.send([0x01])
        reader.send([0x02])
        reader.send([0x04])
        #expect(try reader.receive() == "3B7F960000006A444E4965200101550421039000")
        #expect(try reader.says(Self.serial) == bench.model.serial.hexadecimal + "9000")
        // As a real card, outside of a secure channel.
        #expect(try reader.says(Self.wrong) == "6982")
        #expect(child.end() == 0)
        #expect(try reader.receive() == nil)
    }

    @Test func `leaves the reader at SIGUSR1, and comes back at SIGUSR2 without what it knew`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        let child = try run(bench, reader)
        defer { child.end(SIGKILL) }
        #expect(try reader.says("00A404000B4D61737465722E46696C65") == "611B")
        child.signal(SIGUSR1)
        #expect(try reader.receive() == nil)
        #expect(reader.staysEmpty)
        child.signal(SIGUSR2)
        try reader.takeCard()
        #expect(try reader.says("00C000001B") == "6985")
        child.signal(SIGUSR2)
        #expect(try reader.says(Self.serial) == bench.model.serial.hexadecimal + "9000")
        #expect(child.isRunning)
    }

    @Test func `comes back by itself to a reader that went away`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        let child = try run(bench, reader)
        defer { child.end(SIGKILL) }
        try reader.takeCard()
        #expect(try reader.says(Self.serial) == bench.model.serial.hexadecimal + "9000")
    }

    @Test func `is pulled out by a fault, and put in again by SIGUSR2 with the count going on`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        let child = try run(bench, reader, "--fault", "remove@2", "--fault", "status@3:6F00")
        defer { child.end(SIGKILL) }
        #expect(try reader.says(Self.serial) == bench.model.serial.hexadecimal + "9000")
        #expect(try reader.says(Self.serial) == nil)
        child.signal(SIGUSR2)
        try reader.takeCard()
        #expect(try reader.says(Self.serial) == "6F00")
        #expect(try reader.says(Self.serial) == bench.model.serial.hexadecimal + "9000")
    }

    // MARK: What outlives it

    @Test func `has a lowered counter on the disk before its answer leaves`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        do {
            let child = try run(bench, reader, "--no-channels", "--fault", "delay@1:600000")
            defer { child.end(SIGKILL) }
            reader.send(Self.wrong)
            try eventually("the lowered counter") { try bench.folder.counters().pinTries == 2 }
        }
        let child = try run(bench, reader, "--no-channels")
        defer { child.end(SIGKILL) }
        #expect(try reader.says("00200000") == "63C2")
        #expect(try reader.says(Self.wrong) == "63C1")
        child.end(SIGKILL)
        #expect(try bench.folder.counters().pinTries == 1)
        #expect(try say("reset-counters", bench.path).code == 0)
        #expect(try bench.folder.counters() == CardMemory.Counters())
    }

    @Test func `keeps a card for one process alone`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        let child = try run(bench, reader)
        defer { child.end(SIGKILL) }
        for command in ["run", "reset-counters"] {
            let outcome = try say(command, bench.path)
            #expect(outcome.code == 1 && outcome.errors.contains("is in use"))
        }
    }

    @Test func `logs commands and answers without PINs`() throws {
        let (bench, reader) = (try Bench(.four), try FakeReader())
        let log = bench.path + "/log"
        let child = try run(bench, reader, "--no-channels", "--log", log)
        defer { child.end(SIGKILL) }
        #expect(try reader.says(Self.serial) == bench.model.serial.hexadecimal + "9000")
        #expect(try reader.says(Self.wrong) == "63C2")
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        #expect(
            lines == [
                "1 > 90B8000007", "1 < \(bench.model.serial.hexadecimal)9000", "2 > 0020000008****************",
                "2 < 63C2",
            ])
    }

    // MARK: Cards

    @Test func `makes a card, and tells of it in words and in JSON`() throws {
        let path = NSTemporaryDirectory() + "clave-dnie-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let made = try say(
            "init", path, "--generation", "3", "--name", "Ana/Inventada", "--document", "12345678Z", "--support",
            "AGR000001", "--pin", "Secreto12", "--can", "000001")
        #expect(made.code == 0 && !made.output.contains("Secreto12"))
        let serial = try CardFolder(path).model().serial.hexadecimal
        #expect(
            try say("status", path, "--json").output == """
                {"generation":3,"name":"ANA/INVENTADA","document":"12345678Z","support":"AGR000001",\
                "serial":"\(serial)","pin-tries":3,"signatures":0,"can-failures":0}

                """)
        let words = try say("status", path).output
        #expect(words.contains("PIN: 3 tries left") && words.contains("name: ANA/INVENTADA"))
        let again = try say("init", path)
        #expect(again.code == 1 && again.errors.contains("has a card already"))
        #expect(try say("status", path + "-none").code == 1)
        for name in ["root.pem", "intermediate.pem", "component-root.pem"] {
            #expect(access("\(path)/trust/\(name)", R_OK) == 0)
        }
    }

    @Test(arguments: [
        [], ["fly", "x"], ["init"], ["run", "a", "b"], ["status", "x", "--contactless"], ["run", "x", "--require"],
        ["run", "x", "--fault", "explode@1"], ["run", "x", "--reader", "example.org:1"],
        ["run", "x", "--can-status", "9000"], ["run", "x", "--can-delay", "60001"], ["init", "x", "--generation", "5"],
        ["init", "x", "--document", "12345678A"],
    ])
    func `explains a command line that it does not understand`(arguments: [String]) throws {
        let path = NSTemporaryDirectory() + "clave-dnie-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        if arguments.first == "run" {
            try CardFolder(path).create(CardOrder(person: .init(name: "A/B", document: "99999999R")))
        }
        let outcome = runProgram(
            try program("clave-dnie-simulator"), arguments.map { $0 == "x" ? path : $0 }, environment: [:])
        #expect(outcome.code == 64, "\(outcome)")
        #expect(outcome.errors.contains("--help"))
    }

    @Test func `has no antenna in the second generation`() throws {
        let outcome = try say("run", try Bench(.two).path, "--contactless")
        #expect(outcome.code == 1)
    }
}
