import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// `clave-card-diagnosis` with a card service of a test's own.
final class ProgramBench {
    let folder = NSTemporaryDirectory() + "clave-diagnosis-" + UUID().uuidString.prefix(8)
    let service: CardService
    private var inserted: Child?

    init(hasReader: Bool = true) throws {
        try Files.makeFolder(folder + "/config/clave-agent")
        service = try CardService(hasReader: hasReader)
    }

    deinit {
        inserted?.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Makes a card, believes it, and puts it into the reader.
    func insert(_ generation: Int, isKnown: Bool = true, _ arguments: [String] = []) throws {
        let card = folder + "/card"
        let made = runProgram(
            try program("clave-dnie-simulator"), ["init", card, "--generation", "\(generation)"], environment: [:])
        try #require(made.code == 0, "\(made)")
        if isKnown {
            try FileManager.default.copyItem(
                atPath: card + "/trust/component-root.pem",
                toPath: folder + "/config/clave-agent/dnie-test-roots.pem")
        }
        inserted = try service.insert(card, arguments)
        try waitForCard()
    }

    /// Puts the tester's card into the reader.
    func insert(test answerToReset: String) throws {
        inserted = try service.start(program("clave-card-tester"), ["card", "35963", answerToReset])
        try waitForCard()
    }

    private func waitForCard() throws {
        try eventually("the card to be in the reader") { try run().output.contains(": a card.") }
    }

    func run(_ arguments: String...) throws -> Outcome {
        let own = ["HOME": folder, "XDG_CONFIG_HOME": folder + "/config", "LC_ALL": "C.UTF-8"]
        return runProgram(
            try program("clave-card-diagnosis"), arguments, environment: own.merging(service.environment) { $1 })
    }

    /// Of each finding of the reader and its card, what it is about and how it is, by the form for programs.
    func verdicts() throws -> [String] {
        try run("--json").output.split(separator: "\n").compactMap { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
            guard let subject = object?["subject"], let verdict = object?["verdict"], object?["text"] != nil,
                object?.count == 3
            else {
                Issue.record("no finding: \(line)")
                return nil
            }
            return subject == "driver" ? nil : "\(subject) \(verdict)"
        }
    }
}

/// A socket in the card service's place, where whoever comes is sent away, or left to wait.
final class Listening {
    let path = NSTemporaryDirectory() + "clave-listening-" + UUID().uuidString.prefix(8)
    private let number: Int32

    init(hangsUp: Bool) throws {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.number = number
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        try #require(bytes.count < MemoryLayout.size(ofValue: place.sun_path))
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(number, 8) == 0)
        guard hangsUp else { return }
        Thread.detachNewThread {
            while case let guest = accept(number, nil, nil), guest >= 0 { close(guest) }
        }
    }

    deinit {
        // Wakes the thread; a number that was closed may be somebody else's soon.
        shutdown(number, Int32(SHUT_RDWR))
        unlink(path)
    }
}

@Suite struct `clave-card-diagnosis` {
    @Test func `says that the service does not run, in words and in JSON`() throws {
        let bench = try ProgramBench()
        bench.service.stop()
        let said = try bench.run()
        #expect(said.code == 1 && said.errors.isEmpty)
        #expect(said.output.hasPrefix("[!!] The card service (pcscd) ") || said.output.contains("is not installed"))
        #expect(said.output.contains("systemctl start pcscd.socket"))
        #expect(try bench.verdicts() == ["service bad"])
        #expect(try bench.run("--json").code == 1)
    }

    @Test func `says that a service whose socket is left gives no answer`() throws {
        let bench = try ProgramBench()
        bench.service.stop()
        // A file where the socket was: nobody is there to answer.
        let socket = bench.folder + "/socket"
        try Files.replace(socket, with: [])
        let said = runProgram(
            try program("clave-card-diagnosis"), [], environment: ["PCSCLITE_CSOCK_NAME": socket, "LC_ALL": "C.UTF-8"])
        #expect(said.code == 1 && said.output.contains("gives no answer"), "\(said)")
    }

    @Test(arguments: [true, false])
    func `says that a service hangs up, or never answers, and waits for none`(hangsUp: Bool) throws {
        let place = try Listening(hangsUp: hangsUp)
        let environment = ["PCSCLITE_CSOCK_NAME": place.path, "LC_ALL": "C.UTF-8"]
        let said = runProgram(try program("clave-card-diagnosis"), ["--json"], environment: environment)
        #expect(said.code == 1 && said.output.hasPrefix("{\"subject\":\"service\",\"verdict\":\"bad\""), "\(said)")
        #expect(said.output.contains(hangsUp ? "gives no answer" : "has not answered for 10 seconds"), "\(said)")
        #expect(said.output.contains("systemctl restart pcscd.socket pcscd"))
        #expect(said.output.split(separator: "\n").count == 1)
    }

    @Test func `finds a service without reader`() throws {
        let bench = try ProgramBench(hasReader: false)
        #expect(try bench.run().code == 1)
        #expect(try bench.verdicts() == ["service good", "reader bad"])
    }

    @Test func `finds readers without card, and asks for one`() throws {
        let bench = try ProgramBench()
        let said = try bench.run()
        #expect(said.code == 0 && said.output.contains("Reader Virtual PCD 00 00: no card."), "\(said)")
        #expect(try bench.verdicts() == ["service good", "reader good", "reader good", "card note"])
    }

    @Test(arguments: [2, 3, 4]) func `looks at a card of each generation`(generation: Int) throws {
        let bench = try ProgramBench()
        try bench.insert(generation)
        let certificate = generation == 2 ? "certificate note" : "certificate good"
        #expect(
            try bench.verdicts() == [
                "service good", "reader good", "card good", "card note", certificate, certificate, "pin good",
                "reader good",
            ])
        let said = try bench.run()
        #expect(said.code == 0 && said.output.contains(generation == 2 ? "DNIe 2.0, chip" : "DNIe 3.0/4.0, chip"))
    }

    @Test(arguments: [3, 4]) func `leaves a card over the air alone`(generation: Int) throws {
        let bench = try ProgramBench()
        try bench.insert(generation, ["--contactless"])
        #expect(try bench.run().code == 0)
        #expect(try bench.verdicts() == ["service good", "reader good", "card note", "reader good"])
    }

    @Test func `says that a card is no DNIe, or of no known root`() throws {
        let bench = try ProgramBench()
        try bench.insert(test: "3B800181")
        let said = try bench.run()
        #expect(said.code == 1 && said.output.contains("[!!] The card in the reader is no DNIe."), "\(said)")
        let other = try ProgramBench()
        try other.insert(4, isKnown: false)
        let refused = try other.run()
        #expect(refused.code == 1 && refused.output.contains("[!!] The card can't prove that it is a DNIe"))
        #expect(try other.verdicts() == ["service good", "reader good", "card bad", "reader good"])
    }

    @Test(arguments: [["--help"], ["--json", "--json"], ["x"]])
    func `takes no other arguments`(arguments: [String]) throws {
        let said = runProgram(try program("clave-card-diagnosis"), arguments, environment: [:])
        #expect(said.code == 64 && said.output.isEmpty)
    }
}
