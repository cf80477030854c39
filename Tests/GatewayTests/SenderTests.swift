import ClaveDomain
import Foundation
import Glibc
import Posix
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices

@Suite struct `A text message` {
    private func folder() throws -> String {
        let folder = NSTemporaryDirectory() + "clave-sms-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test func `lies in the outbox, newest first, for its owner's eyes`() throws {
        let outbox = OutboxSender(folder: try folder() + "/outbox")
        let phone = try PhoneNumber(parsing: "600000001")
        for text in ["first", "second", "third"] { try outbox.send(text, to: phone) }
        #expect(outbox.latest(limit: 2) == ["To: +34600000001\n\nthird\n", "To: +34600000001\n\nsecond\n"])
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: outbox.folder).first)
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(outbox.folder)/\(name)")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `is queued by the real gammu-smsd-inject, with its text in no argument`() throws {
        let place = try folder()
        for name in ["inbox", "outbox", "sent", "error"] {
            try FileManager.default.createDirectory(atPath: "\(place)/\(name)", withIntermediateDirectories: true)
        }
        let configuration = """
            [gammu]
            port = /dev/null
            connection = at
            [smsd]
            service = files
            logfile = \(place)/log
            inboxpath = \(place)/inbox/
            outboxpath = \(place)/outbox/
            sentsmspath = \(place)/sent/
            errorsmspath = \(place)/error/
            """
        try configuration.write(toFile: place + "/smsdrc", atomically: true, encoding: .utf8)
        let sender = GammuSender(configuration: place + "/smsdrc")
        // Longer than one message, and with letters outside of its alphabet: nothing is cut, nothing replaced.
        let long = String(repeating: "Codi 654321, vàlid 10 minuts per a l’Índex. ", count: 6)
        try sender.send(long, to: try PhoneNumber(parsing: "600000001"))
        let queued = try FileManager.default.contentsOfDirectory(atPath: place + "/outbox")
        let name = try #require(queued.first)
        #expect(queued.count == 1)
        #expect(name.contains("+34600000001"))
        // Its comments hold each part's text.
        let backup = try String(contentsOfFile: "\(place)/outbox/\(name)", encoding: .utf8)
        let parts = backup.split(separator: "\n").drop { !$0.hasPrefix("[") }.filter { $0.hasPrefix("; ") }
        #expect(parts.count == 4)
        #expect(parts.map { $0.dropFirst(2) }.joined() == long)
    }

    @Test func `that can't be handed over is an error, not a crash`() throws {
        // As Hardening does in the gateway: a reader that has gone is an error.
        signal(SIGPIPE, SIG_IGN)
        let sender = GammuSender(program: "/bin/false")
        for _ in 0..<20 {
            #expect(throws: SystemError("/bin/false ended with 1", number: EIO)) {
                try sender.send("x", to: try PhoneNumber(parsing: "600000001"))
            }
        }
    }

    /// A program that starts another one and never ends, nor reads what it is given; and the numbers of both.
    private func hanging() throws -> (program: String, numbers: () -> [String]) {
        let place = try folder()
        let program = place + "/hangs"
        try writeProgram("#!/bin/sh\nsleep 1000 &\necho $$ $! >\(place)/numbers\nsleep 1000\n", to: program)
        return (
            program,
            {
                let text = (try? String(contentsOfFile: place + "/numbers", encoding: .utf8)) ?? ""
                return text.split { $0 == " " || $0 == "\n" }.map(String.init)
            }
        )
    }

    /// Whether a process runs: one that nobody has waited for yet does not.
    private func runs(_ number: String) -> Bool {
        guard let text = try? kernelText("/proc/\(number)/stat") else { return false }
        return !(text.split(separator: ")").last ?? "").hasPrefix(" Z")
    }

    @Test func `whose program hangs is an error after a while, and the program is killed with its process group`()
        throws
    {
        signal(SIGPIPE, SIG_IGN)
        let (program, numbers) = try hanging()
        let sender = GammuSender(program: program, patience: 5000)
        let error = #expect(throws: SystemError.self) {
            try sender.send("x", to: try PhoneNumber(parsing: "600000001"))
        }
        #expect(error?.number == ETIMEDOUT && numbers().count == 2, "\(String(describing: error))")
        try eventually("both processes to be gone") { !numbers().contains(where: runs) }
    }

    @Test func `that its program does not read, longer than a pipe holds, is an error after a while too`() throws {
        signal(SIGPIPE, SIG_IGN)
        let (program, numbers) = try hanging()
        let run = TimedProgram(path: program, patience: 5000)
        let error = #expect(throws: SystemError.self) { try run.run(input: [UInt8](repeating: 1, count: 1 << 20)) }
        #expect(error?.number == ETIMEDOUT && numbers().count == 2)
        try eventually("both processes to be gone") { !numbers().contains(where: runs) }
    }

    @Test func `makes room in the outbox for the newest, and none stays longer than a day`() throws {
        let box = Outbox(folder: try folder() + "/outbox", limit: 3)
        for text in ["first", "second", "third", "fourth"] { try box.put(to: "+34600000001", text) }
        #expect(box.latest(limit: 10) == ["fourth", "third", "second"].map { "To: +34600000001\n\($0)" })
        // As a kill leaves it: named, and not renamed yet.
        try Files.replace(box.folder + "/000000000000000000000-00.txt.new", with: [1])
        let now = Int64(time(nil))
        box.removeOld(at: now + Outbox.life - 60)
        #expect(try FileManager.default.contentsOfDirectory(atPath: box.folder).count == 3)
        box.removeOld(at: now + Outbox.life + 60)
        #expect(try FileManager.default.contentsOfDirectory(atPath: box.folder).isEmpty)
    }
}
