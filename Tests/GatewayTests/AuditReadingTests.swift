import Audit
import Dispatch
import Foundation
import Posix
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `The gateway's audit, looked at while it is written` {
    private func add(_ sandbox: Sandbox, _ numbers: Range<Int>) throws {
        for number in numbers {
            try sandbox.services.store.write { (database) throws(StoreError) in
                try sandbox.services.audit.record(database, "test", subject: "", outcome: "\(number)")
            }
        }
    }

    @Test func `has each line once, in its order, and is whole, while lines are added and move into files`() throws {
        let sandbox = try Sandbox()
        let isOver = Atomic(false)
        let failure = Mutex<String?>(nil)
        let all = DispatchGroup()
        all.enter()
        Thread.detachNewThread {
            defer {
                isOver.store(true, ordering: .relaxed)
                all.leave()
            }
            do {
                for round in 0..<60 {
                    try add(sandbox, round * 5..<round * 5 + 5)
                    try sandbox.services.auditLog.close(keeping: 5, lines: 5)
                }
            } catch { failure.withLock { $0 = "\(error)" } }
        }
        var seen = 0
        while !isOver.load(ordering: .relaxed) {
            let lines = try sandbox.services.auditLog.all(limit: 10_000, .init(act: "test")).map(\.outcome)
            #expect(lines == lines.indices.map(String.init), "\(lines)")
            #expect(lines.count >= seen)
            seen = lines.count
            #expect(try sandbox.services.auditLog.check().failure == nil)
        }
        all.wait()
        #expect(failure.withLock { $0 } == nil)
        #expect(try sandbox.services.auditLog.all(limit: 10_000, .init(act: "test")).count == 300)
    }

    /// A sandbox whose audit has a hundred lines: three closed files, and ten rows.
    private func closed() throws -> (Sandbox, String) {
        let sandbox = try Sandbox()
        let known = try sandbox.services.auditLog.newest(limit: 1000).count
        try add(sandbox, 0..<100 - known)
        try sandbox.services.auditLog.close(keeping: 10, lines: 30)
        return (sandbox, sandbox.folder + "/audit/audit.log")
    }

    private func failure(_ sandbox: Sandbox) throws -> String {
        try sandbox.services.auditLog.check().failure ?? "whole"
    }

    private func move(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: from, toPath: to)
    }

    @Test func `is not whole when a closed file is missing, but for the oldest ones`() throws {
        for (number, word) in [("2", "audit.log.3, line 1: order"), ("3", "end at line 60"), ("1", "whole")] {
            let (sandbox, log) = try closed()
            try FileManager.default.removeItem(atPath: "\(log).\(number)")
            #expect(try failure(sandbox).contains(word), "\(number)")
        }
        let (sandbox, log) = try closed()
        for number in 1...3 { try FileManager.default.removeItem(atPath: "\(log).\(number)") }
        #expect(try failure(sandbox) == "the newest closed file is missing: its lines end at 90")
    }

    /// The lines of a file without the first so many of them.
    private func cut(_ path: String, _ count: Int) throws {
        let lines = try Files.read(path, limit: 1 << 20).split(separator: 10)
        try Files.replace(path, with: Array(lines.dropFirst(count).map { Array($0) + [10] }.joined()))
    }

    @Test(arguments: [1, 29, 30])
    func `is not whole when lines are cut from the beginning of its oldest closed file, or the file is emptied`(
        count: Int
    ) throws {
        let (sandbox, log) = try closed()
        let word = count == 30 ? "audit.log.1, line 1: changed" : "begin at line \(count + 1)"
        try cut("\(log).1", count)
        #expect(try failure(sandbox).contains(word))
        // Also where older files were put away.
        try FileManager.default.removeItem(atPath: "\(log).1")
        #expect(try failure(sandbox) == "whole")
        try cut("\(log).2", count)
        #expect(try failure(sandbox) != "whole")
    }

    @Test func `is not whole when an empty file was added to the closed ones`() throws {
        let (sandbox, log) = try closed()
        try Files.replace("\(log).4", with: [])
        #expect(try failure(sandbox).contains("audit.log.4, line 1: changed"))
    }

    @Test func `is not whole when closed files have other names`() throws {
        for (from, to, word) in [
            ("2", "2.gz", "audit.log.3, line 1: order"), ("3", "4", "audit.log.3 is not there"), ("1", "9", "order"),
            ("3", "03", "end at line 60"),
        ] {
            let (sandbox, log) = try closed()
            try move("\(log).\(from)", "\(log).\(to)")
            let failure = try failure(sandbox)
            #expect(failure.contains(word), "\(from) to \(to): \(failure)")
        }
        let (sandbox, log) = try closed()
        for (from, to) in [("1", "x"), ("2", "1"), ("x", "2")] { try move("\(log).\(from)", "\(log).\(to)") }
        #expect(try failure(sandbox).contains("order"))
    }

    @Test(arguments: ["audit.log.4", "audit.log"])
    func `is not whole when a file was added, though it goes on with the chain, and shows no line of it`(name: String)
        throws
    {
        let (sandbox, _) = try closed()
        let last = try #require(try AuditReading(folder: sandbox.folder + "/audit").records.last)
        var entry = AuditEntry("test")
        entry.put("outcome", "made up")
        let made = AuditRecord(entry, after: last.head, time: 1)
        try Files.replace(sandbox.folder + "/audit/" + name, with: made.line + [10])
        #expect(try failure(sandbox) == "line 91 of the closed files is none that the database knows")
        let lines = try sandbox.services.auditLog.all(limit: 1000).map(\.outcome)
        #expect(lines.count == 100 && !lines.contains("made up"))
    }

    @Test(arguments: ["last = -1", "last = 9223372036854775807", "number = 9223372036854775807"])
    func `is not whole where the database gives a closed file an end or number that no gateway writes`(change: String)
        throws
    {
        let (sandbox, _) = try closed()
        let database = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        try database.runScript(
            "DROP TRIGGER audit_files_are_not_changed; UPDATE audit_files SET \(change) WHERE number = 3")
        #expect(try failure(sandbox).contains("line"))
        #expect(throws: AuditLog.AuditBreak.self) { try sandbox.services.auditLog.close(keeping: 0, lines: 10) }
    }

    @Test func `is not whole where a line has the last number there is`() throws {
        let (sandbox, log) = try closed()
        let entry = AuditEntry("test")
        let last = AuditRecord(entry, after: AuditHead(sequence: .max - 1, hash: AuditHead.none.hash), time: .max)
        let next = AuditRecord(entry, after: AuditHead(sequence: 1, hash: last.hash), time: 1)
        try Files.replace("\(log).1", with: last.line + [10] + next.line + [10])
        #expect(try failure(sandbox).contains("audit.log.1, line 2: order"))
    }

    @Test(arguments: ["compressed", "half a line", "longer"])
    func `writes over nothing else that has the next closed file's name`(kind: String) throws {
        let (sandbox, log) = try closed()
        try add(sandbox, 100..<130)
        let rows = try sandbox.services.store.read { (database) throws(StoreError) in
            try database.audit.oldest(30)
        }
        var (lines, head): ([UInt8], AuditHead) = (
            [], try AuditReading(folder: sandbox.folder + "/audit").records.last!.head
        )
        for row in rows {
            let record = try #require(row.record(after: head))
            lines += record.line + [10]
            head = record.head
        }
        var there = Array("half a line".utf8)
        if kind == "compressed" { there = [0x1F, 0x8B, 8, 0] }
        if kind == "longer" { there = lines + [10] }
        try Files.replace("\(log).4", with: there)
        #expect(throws: AuditLog.AuditBreak.self) {
            try sandbox.services.auditLog.close(keeping: 10, lines: 30)
        }
        #expect(try Files.read("\(log).4", limit: 1 << 20) == there)
        // The lines themselves may stand there, and so may their beginning.
        try Files.replace("\(log).4", with: Array(lines.dropLast(7)))
        try sandbox.services.auditLog.close(keeping: 10, lines: 30)
        #expect(try Files.read("\(log).4", limit: 1 << 20) == lines)
    }

    @Test func `writes over no closed file that somebody has renamed to the next one's name`() throws {
        let (sandbox, log) = try closed()
        try move("\(log).3", "\(log).4")
        let before = try Files.read("\(log).4", limit: 1 << 20)
        try add(sandbox, 100..<130)
        #expect(throws: AuditLog.AuditBreak.self) {
            try sandbox.services.auditLog.close(keeping: 10, lines: 30)
        }
        #expect(try Files.read("\(log).4", limit: 1 << 20) == before)
        try move("\(log).4", "\(log).3")
        try sandbox.services.auditLog.close(keeping: 10, lines: 30)
        #expect(try sandbox.services.auditLog.check() == .init(first: 1, last: 130, failure: nil))
    }
}
