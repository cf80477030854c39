import ClaveDomain
import Foundation
import Glibc
import Posix
import Testing

@testable import Gateway

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
}
