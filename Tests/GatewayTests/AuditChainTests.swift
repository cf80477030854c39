import Audit
import ClaveDomain
import Foundation
import Posix
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `The gateway's audit` {
    /// Does what somebody can who has the file and wants no trigger in the way.
    private func tamper(_ sandbox: Sandbox, _ sql: String) throws {
        let database = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        for name in ["is_not_changed", "is_not_deleted", "is_added_at_its_end"] {
            try database.runScript("DROP TRIGGER audit_\(name)")
        }
        try database.runScript(sql)
    }

    private func failure(_ sandbox: Sandbox) throws -> String { try sandbox.services.auditLog.check().failure ?? "" }

    @Test func `is whole, from its first line to its last, as long as nobody has changed it`() throws {
        let sandbox = try Sandbox()
        try sandbox.askPIN(try sandbox.visit())
        let check = try sandbox.services.auditLog.check()
        #expect(check.failure == nil && check.first == 1)
        #expect(check.last == UInt64(try sandbox.services.auditLog.newest(limit: 1000).count))
    }

    @Test(arguments: ["at", "act", "subject", "address", "outcome", "operator", "hash"])
    func `tells which line was changed`(column: String) throws {
        let sandbox = try Sandbox()
        let value = column == "at" ? "at + 1" : "'x'"
        try tamper(sandbox, "UPDATE audit SET \(column) = \(value) WHERE id = 4")
        #expect(try failure(sandbox) == "the audit's chain is broken at line 4 of the database")
    }

    @Test func `tells where lines were removed, put in or exchanged`() throws {
        for (sql, word) in [
            ("DELETE FROM audit WHERE id = 3", "line 4"), ("DELETE FROM audit WHERE id = 1", "line 2"),
            ("DELETE FROM audit WHERE id > 5", "after 5 are missing"),
            ("UPDATE audit SET id = 100 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3", "line 2"),
            (
                "INSERT INTO audit SELECT 50, at, act, subject, address, outcome, operator, hash FROM audit WHERE id = 1",
                "line 50"
            ),
        ] {
            let sandbox = try Sandbox()
            try tamper(sandbox, sql)
            let failure = try failure(sandbox)
            #expect(failure.contains(word), "\(sql): \(failure)")
        }
    }

    @Test(arguments: [
        ("at = 9223372036854775807 WHERE id = 4", "line 4 of the database"),
        ("at = -9223372036854775808 WHERE id = 4", "line 4 of the database"),
        // 2^61 seconds later: 2^64 divides the milliseconds between.
        ("at = at + 2305843009213693952 WHERE id = 4", "line 4 of the database"),
        ("id = 9223372036854775807 WHERE id = 9", "line 9223372036854775807 of the database"),
        ("id = -9 WHERE id = 4", "line -9 of the database"),
    ])
    func `is broken by a number that no gateway writes, and the gateway goes on`(change: String, word: String) throws {
        let sandbox = try Sandbox()
        try tamper(sandbox, "UPDATE audit SET \(change)")
        #expect(try failure(sandbox).contains(word))
        #expect(try sandbox.services.auditLog.all(limit: 1000).count == 9)
        #expect(throws: AuditLog.AuditBreak.self) { try sandbox.services.auditLog.close(keeping: 0, lines: 9) }
        let add = {
            try sandbox.services.store.write { (database) throws(StoreError) in
                try sandbox.services.audit.record(database, "test", subject: "", outcome: "")
            }
        }
        // Behind the last number that the table takes there is none.
        if word.contains("9223372036854775807") {
            #expect(throws: StoreError.self) { try add() }
        } else {
            try add()
        }
    }

    @Test(arguments: ["ON", "OFF"])
    func `takes a line at its end alone, and gives none away, also for REPLACE`(triggers: String) throws {
        let sandbox = try Sandbox()
        let database = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        try database.runScript("PRAGMA recursive_triggers = \(triggers)")
        let values = "1, '', '', '', '', '', ''"
        for sql in [
            "INSERT OR REPLACE INTO audit VALUES (1, \(values))", "REPLACE INTO audit VALUES (9, \(values))",
            "INSERT INTO audit VALUES (100, \(values))", "INSERT OR IGNORE INTO audit VALUES (2, \(values))",
            "DELETE FROM audit WHERE id = 1", "UPDATE audit SET id = 100",
            "UPDATE OR REPLACE audit SET id = 1 WHERE id = 2",
            "INSERT INTO audit_files VALUES (7, 9, '')",
        ] {
            #expect(throws: StoreError.self, "\(sql)") { try database.runScript(sql) }
        }
        #expect(try sandbox.services.auditLog.check().last == 9)
    }

    @Test func `of a former version is chained when it is opened, in its order, with nothing lost`() throws {
        let folder = NSTemporaryDirectory() + "clave-chain-" + UUID().uuidString
        try Files.makeFolder(folder)
        do {
            let former = try SQLiteConnection(path: folder + "/gateway.sqlite")
            try Schema.bringUpToDate(former, to: 8)
            for id in [1, 2, 5, 9] {
                _ = try former.run(
                    "INSERT INTO audit (id, at, act, subject, address, outcome) VALUES (?, 7, 'PIN', '', '', ?)",
                    .integer(Int64(id)), .text("line \(id)"))
            }
        }
        let sandbox = try Sandbox(folder: folder)
        let lines = try sandbox.services.auditLog.newest(limit: 4 + 9).map(\.outcome)
        #expect(lines.prefix(4) == ["line 1", "line 2", "line 5", "line 9"])
        #expect(try sandbox.services.auditLog.check() == .init(first: 1, last: 13, failure: nil))
        try tamper(sandbox, "UPDATE audit SET outcome = 'x' WHERE id = 3")
        #expect(try failure(sandbox).contains("line 3"))
    }

    @Test func `cuts an outcome that is too long, and stays whole`() throws {
        let sandbox = try Sandbox()
        try sandbox.services.store.write { (database) throws(StoreError) in
            try sandbox.services.audit.record(
                database, "SMS", subject: "", outcome: String(repeating: "e\u{301}\u{202E}\"\\", count: 3000))
        }
        #expect(try sandbox.services.auditLog.check().failure == nil)
    }
}

@Suite struct `The audit's closed files` {
    /// A sandbox with a hundred lines, of which the database keeps a few.
    private func closed() throws -> (Sandbox, String) {
        let sandbox = try Sandbox()
        for index in 0..<91 {
            try sandbox.services.store.write { (database) throws(StoreError) in
                try sandbox.services.audit.record(database, "test", subject: "****5678Z", outcome: "line \(index)")
            }
        }
        try sandbox.services.auditLog.close(keeping: 10, lines: 30)
        return (sandbox, sandbox.folder + "/audit")
    }

    private func rows(_ sandbox: Sandbox) throws -> Int64 {
        try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM audit")[0].integer(0)
        }
    }

    @Test func `take over the oldest lines, and the chain goes on from them`() throws {
        let (sandbox, folder) = try closed()
        #expect(try rows(sandbox) == 10)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == (1...3).map { "audit.log.\($0)" })
        #expect(try sandbox.services.auditLog.check() == .init(first: 1, last: 100, failure: nil))
        try sandbox.askPIN(try sandbox.visit())
        #expect(try sandbox.services.auditLog.check() == .init(first: 1, last: 101, failure: nil))
        let all = try sandbox.services.auditLog.all(limit: 1000, .init(act: "test"))
        #expect(all.map(\.outcome) == (0..<91).map { "line \($0)" })
        #expect(all.allSatisfy { $0.subject == "****5678Z" })
        // The same format as the agent's log, by the same reader.
        #expect(try AuditReading(folder: folder).records.count == 90)
    }

    @Test func `stay closed when the gateway starts again, and no line leaves the database before it is in one`() throws
    {
        let (sandbox, folder) = try closed()
        // As after a kill between the file and the commit: a file that the database does not know.
        let row = try sandbox.services.store.read { (database) throws(StoreError) in
            try database.audit.oldest(1)[0]
        }
        let head = try AuditReading(folder: folder).records.last!.head
        let line = try #require(row.record(after: head)).line
        try Files.replace(folder + "/audit.log.4", with: Array(line.prefix(line.count / 2)))
        let next = try Sandbox(folder: sandbox.folder)
        for index in 0..<30 {
            try next.services.store.write { (database) throws(StoreError) in
                try next.services.audit.record(database, "test", subject: "", outcome: "more \(index)")
            }
        }
        try next.services.auditLog.close(keeping: 10, lines: 30)
        #expect(try next.services.auditLog.check() == .init(first: 1, last: 130, failure: nil))
        #expect(throws: StoreError.self) {
            try next.services.store.write { (database) throws(StoreError) in
                _ = try database.run("DELETE FROM audit WHERE id = 130")
            }
        }
    }

    @Test func `are checked with the database, byte for byte`() throws {
        let (sandbox, folder) = try closed()
        let path = folder + "/audit.log.2"
        let bytes = try Files.read(path, limit: 1 << 20)
        for place in stride(from: 0, to: bytes.count, by: 97) {
            var changed = bytes
            changed[place] ^= 1
            try Files.replace(path, with: changed)
            #expect(try sandbox.services.auditLog.check().failure != nil, "byte \(place)")
        }
        try Files.replace(path, with: bytes)
        #expect(try sandbox.services.auditLog.check().failure == nil)
        // The oldest may be put away; one from the middle or the newest may not.
        unlink(folder + "/audit.log.1")
        #expect(try sandbox.services.auditLog.check() == .init(first: 31, last: 100, failure: nil))
        unlink(folder + "/audit.log.3")
        #expect(
            try sandbox.services.auditLog.check().failure
                == "the closed files end at line 60, the database goes on after 90")
    }

    @Test func `take over nothing of a chain that is broken`() throws {
        let (sandbox, _) = try closed()
        let database = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        try database.runScript("DROP TRIGGER audit_is_not_changed; UPDATE audit SET outcome = 'x' WHERE id = 92")
        #expect(throws: AuditLog.AuditBreak.self) { try sandbox.services.auditLog.close(keeping: 0, lines: 10) }
        #expect(try rows(sandbox) == 10)
    }

    @Test func `and the rows behind them are checked by a command, which says where the chain breaks`() throws {
        let (sandbox, folder) = try closed()
        func verify(_ more: String...) throws -> Outcome {
            runProgram(
                try program("clave-gateway"), ["audit", "--verify", "--state", sandbox.folder] + more, environment: [:])
        }
        let whole = try verify()
        #expect(whole.code == 0 && whole.output == "the audit is whole: lines 1 to 100\n", "\(whole)")
        #expect(try verify("--json").output.contains("\"whole\":\"yes\""))
        #expect(try verify("--act", "PIN").code == 64)
        let lines = runProgram(
            try program("clave-gateway"), ["audit", "-n", "1000", "--act", "test", "--state", sandbox.folder],
            environment: [:])
        #expect(lines.output.split(separator: "\n").count == 91)
        var bytes = try Files.read(folder + "/audit.log.2", limit: 1 << 20)
        bytes[40] ^= 1
        try Files.replace(folder + "/audit.log.2", with: bytes)
        let broken = try verify()
        #expect(broken.code == 1 && broken.errors.contains("audit.log.2, line 1"), "\(broken)")
    }
}
