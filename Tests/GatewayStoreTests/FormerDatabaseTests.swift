import Audit
import Foundation
import Posix
import Testing

@testable import GatewayStore

@Suite struct `The database of a former version` {
    /// What a database is made of: its header's numbers, and the statements that made its tables, indexes and triggers.
    private func schema(_ path: String) throws -> [String] {
        let database = try SQLiteConnection(path: path)
        let header = try ["user_version", "application_id"].map { "\($0) \(try database.run("PRAGMA \($0)")[0])" }
        let rows = try database.run("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
        return header + rows.map { "\($0)" }
    }

    /// All rows of all tables, each table in the order of its keys.
    private func content(_ path: String) throws -> [String: [[SQLValue]]] {
        let database = try SQLiteConnection(path: path)
        let names = try database.run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map {
            $0.text(0)
        }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try database.run("SELECT * FROM \"\($0)\"")) })
    }

    @Test func `is of version 8 before it is opened`() throws {
        let database = try SQLiteConnection(path: try FormerDatabase.make())
        #expect(try database.run("PRAGMA user_version") == [[.integer(8)]])
        #expect(try database.run("PRAGMA application_id") == [[.integer(0)]])
        #expect(try database.run("SELECT 1 FROM sqlite_master WHERE name IN ('errands', 'audit_files')").isEmpty)
        #expect(try database.run("PRAGMA integrity_check") == [[.text("ok")]])
        #expect(try database.run("PRAGMA foreign_key_check").isEmpty)
    }

    @Test func `has the schema of a new one once it is opened`() throws {
        let former = try FormerDatabase.make()
        let before = try schema(former)
        _ = try SQLiteStore(path: former)
        let folder = NSTemporaryDirectory() + "clave-store-" + UUID().uuidString
        try Files.makeFolder(folder)
        _ = try SQLiteStore(path: folder + "/new.sqlite")
        let after = try schema(former)
        #expect(after == (try schema(folder + "/new.sqlite")))
        #expect(after != before)
        let database = try SQLiteConnection(path: former)
        #expect(try database.run("PRAGMA integrity_check") == [[.text("ok")]])
        #expect(try database.run("PRAGMA foreign_key_check").isEmpty)
    }

    @Test func `keeps as many rows of each kind as it had`() throws {
        let path = try FormerDatabase.make()
        let before = try content(path)
        _ = try SQLiteStore(path: path)
        let after = try content(path)
        for (name, rows) in before where name != "sqlite_sequence" {
            #expect(!rows.isEmpty || name == "news", "nothing of \(name) is in the fixture")
            #expect(after[name]?.count == rows.count, "\(name)")
        }
    }

    @Test func `is not changed by a second opening`() throws {
        let path = try FormerDatabase.make()
        _ = try SQLiteStore(path: path)
        let (schema, content) = (try schema(path), try content(path))
        _ = try SQLiteStore(path: path)
        #expect(try self.schema(path) == schema)
        #expect(try self.content(path) == content)
    }

    @Test func `has its audit chained whole, with every line as it was`() throws {
        let path = try FormerDatabase.make()
        let former = try SQLiteConnection(path: path).run(
            "SELECT at, act, subject, address, outcome, operator FROM audit ORDER BY id")
        let (rows, head, files) = try SQLiteStore(path: path).read { (tx) throws(StoreError) in
            (try tx.audit.oldest(), try tx.audit.head(), try tx.audit.files())
        }
        var end = AuditHead.none
        for row in rows { end = try #require(row.record(after: end), "line \(row.number)").head }
        #expect(end == head && head.sequence == UInt64(former.count) && files.isEmpty)
        let kept = rows.map(\.line).map { line -> [SQLValue] in
            [
                .integer(line.at), .text(line.act), .text(line.subject), .text(line.address), .text(line.outcome),
                .text(line.actor),
            ]
        }
        #expect(kept == former)
        let acts = Set(rows.map(\.line.act))
        #expect(acts.isSuperset(of: ["remove", "register", "activate device", "PIN"]), "\(acts.sorted())")
    }
}

@Suite struct `A database of no version of this program` {
    @Test(arguments: [Schema.migrations.count + 1, -1])
    func `is refused, and not changed`(version: Int) throws {
        let path = try FormerDatabase.make()
        let database = try SQLiteConnection(path: path)
        try database.runScript("PRAGMA user_version = \(version)")
        let tables = try database.run("SELECT sql FROM sqlite_master ORDER BY name")
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.kind == .newer)
        #expect(try database.run("PRAGMA user_version") == [[.integer(Int64(version))]])
        #expect(try database.run("SELECT sql FROM sqlite_master ORDER BY name") == tables)
    }
}
