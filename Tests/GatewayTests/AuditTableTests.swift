import Audit
import Foundation
import Glibc
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A check of the audit's tables` {
    /// A sandbox with three closed files of ten lines and ten rows behind them, and without triggers.
    private func scene() throws -> (Sandbox, SQLiteConnection) {
        let sandbox = try Sandbox()
        let count = try sandbox.services.auditLog.newest(limit: 1000).count
        for index in count..<40 {
            try sandbox.services.store.write { (database) throws(StoreError) in
                try sandbox.services.audit.record(database, "test", subject: "", outcome: "line \(index)")
            }
        }
        try sandbox.services.auditLog.close(keeping: 10, lines: 10)
        let database = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        for row in try database.run("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'") {
            try database.runScript("DROP TRIGGER \(row.text(0))")
        }
        #expect(try sandbox.services.auditLog.check() == .init(first: 1, last: 40, failure: nil))
        return (sandbox, database)
    }

    @Test(arguments: ["operator = x''", "act = act || char(0) || 'more'", "outcome = CAST(outcome AS BLOB)"])
    func `finds what is no text, or a text with a zero in it, that stands in a text's place`(change: String) throws {
        let (sandbox, database) = try scene()
        try database.runScript("UPDATE audit SET \(change) WHERE id = 35")
        #expect(
            try sandbox.services.auditLog.check().failure == "the audit's chain is broken at line 35 of the database")
    }

    @Test(arguments: ["-1", "0", "20", "'x'", "x'00'", "NULL", "1e300", "9223372036854775807"])
    func `finds that the number of lines that were written was changed`(number: String) throws {
        let (sandbox, database) = try scene()
        try database.runScript("UPDATE sqlite_sequence SET seq = \(number) WHERE name = 'audit'")
        #expect(try sandbox.services.auditLog.check().failure != nil)
    }

    @Test(arguments: [
        "last = 5 WHERE number = 1", "last = -1 WHERE number = 1", "last = 'x' WHERE number = 2",
        "last = 9223372036854775807 WHERE number = 1", "hash = 'x' WHERE number = 1", "hash = x'00' WHERE number = 2",
        "number = 0 WHERE number = 1", "number = -9223372036854775808 WHERE number = 1", "number = 9 WHERE number = 3",
    ])
    func `finds that what is said of an older closed file was changed`(change: String) throws {
        let (sandbox, database) = try scene()
        try database.runScript("UPDATE audit_files SET \(change)")
        #expect(try sandbox.services.auditLog.check().failure != nil)
    }

    @Test func `finds that a closed file's row was removed, or tells of an end before lines that were cut off`() throws
    {
        let (sandbox, database) = try scene()
        try database.runScript("DELETE FROM audit_files WHERE number = 1")
        #expect(
            try sandbox.services.auditLog.check().failure
                == "the database has lines in closed file 2, but no closed file 1")
        let path = sandbox.folder + "/audit/audit.log.1"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        try lines[5...].joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
        chmod(path, 0o600)
        // The hash that the first of the lines that are left has of the one before.
        let record = try #require(try AuditReading(folder: sandbox.folder + "/audit").records.first)
        try database.run("INSERT INTO audit_files VALUES (1, 5, ?)", .text(record.previous))
        #expect(try sandbox.services.auditLog.check().failure == "\(path) is there, but its lines, up to 5, are not")
    }

    @Test func `needs no closed file that was put away, as long as the next one follows it`() throws {
        let (sandbox, database) = try scene()
        for number in 1...2 {
            try FileManager.default.removeItem(atPath: sandbox.folder + "/audit/audit.log.\(number)")
        }
        #expect(try sandbox.services.auditLog.check() == .init(first: 21, last: 40, failure: nil))
        try database.runScript("UPDATE audit_files SET hash = 'x' WHERE number = 2")
        #expect(try sandbox.services.auditLog.check().failure != nil)
    }

    @Test func `finds nothing where a line that was written holds a zero`() throws {
        let sandbox = try Sandbox()
        try sandbox.services.store.write { (database) throws(StoreError) in
            try sandbox.services.audit.record(database, "test", subject: "", outcome: "a\0b")
        }
        #expect(try sandbox.services.auditLog.check().failure == nil)
        #expect(try sandbox.services.auditLog.newest(limit: 1).map(\.outcome) == ["a\0b"])
    }
}
