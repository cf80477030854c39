import Foundation
import Posix
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

private final class Done: Sendable { let names = Mutex<Set<String>>([]) }

@Suite struct `The store` {
    private func makeStore() throws -> SQLiteStore {
        let folder = NSTemporaryDirectory() + "clave-store-" + UUID().uuidString
        try Files.makeFolder(folder)
        let store = try SQLiteStore(path: folder + "/store.sqlite")
        try store.write { (database) throws(StoreError) in
            try database.runScript("CREATE TABLE sample (name TEXT UNIQUE, filler BLOB)")
        }
        return store
    }

    @Test func `leaves no open file and no thread behind when it goes`() throws {
        let folder = NSTemporaryDirectory() + "clave-store-" + UUID().uuidString
        try Files.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func open() -> Int {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
            let names = all.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
            }
            return names.count { $0.hasPrefix(folder) }
        }
        var store: SQLiteStore? = try SQLiteStore(path: folder + "/store.sqlite")
        try store?.write { (database) throws(StoreError) in try database.runScript("CREATE TABLE sample (name TEXT)") }
        _ = try store?.read { (database) throws(StoreError) in try database.run("SELECT * FROM sample") }
        #expect(open() > 0)
        store = nil
        // The writer closes its connection as it ends.
        try eventually("all files to be closed") { open() == 0 }
    }

    private func names(_ store: SQLiteStore) throws -> Set<String> {
        Set(
            try store.read { (database) throws(StoreError) in
                try database.run("SELECT name FROM sample").map { $0.text(0) }
            })
    }

    /// Writes of many threads; the names of those that were told "done".
    private func writeAtOnce(_ store: SQLiteStore, fillerBytes: Int) -> Set<String> {
        let done = Done()
        let all = DispatchGroup()
        for worker in 0..<16 {
            all.enter()
            Thread.detachNewThread {
                defer { all.leave() }
                for round in 0..<40 {
                    let name = "\(worker)-\(round)"
                    // A large one may fail where a small one behind it still finds room.
                    let filler = SQLValue.blob([UInt8](repeating: 7, count: worker % 2 == 0 ? fillerBytes : 1))
                    let written: Void? = try? store.write { (database) throws(StoreError) in
                        _ = try database.run("INSERT INTO sample VALUES (?, ?)", .text(name), filler)
                    }
                    if written != nil { done.names.withLock { _ = $0.insert(name) } }
                }
            }
        }
        all.wait()
        return done.names.withLock { $0 }
    }

    @Test func `holds exactly what it said is written, also when the disk fills up meanwhile`() throws {
        let store = try makeStore()
        try store.write { (database) throws(StoreError) in _ = try database.run("PRAGMA max_page_count = 300") }
        let done = writeAtOnce(store, fillerBytes: 5000)
        #expect(!done.isEmpty && done.count < 640)
        #expect(try names(store) == done)
        try store.write { (database) throws(StoreError) in _ = try database.run("PRAGMA max_page_count = 30000") }
        #expect(!writeAtOnce(store, fillerBytes: 10).isEmpty)
    }

    @Test func `brings a file of the first version up to date, and keeps what is in it`() throws {
        let path = NSTemporaryDirectory() + "clave-store-" + UUID().uuidString
        do {
            let first = try SQLiteConnection(path: path)
            try Schema.bringUpToDate(first, to: 1)
            try first.runScript("INSERT INTO acts (subject, at) VALUES (x'01', 7)")
        }
        let second = try SQLiteStore(path: path)
        let (acts, challenges) = try second.read { (database) throws(StoreError) in
            (
                try database.run("SELECT at FROM acts")[0].integer(0),
                try database.run("SELECT count(*) FROM challenges")[0].integer(0)
            )
        }
        #expect(acts == 7 && challenges == 0)
    }

    @Test func `keeps people, devices and events of the version before the desk, and what ties them`() throws {
        let path = NSTemporaryDirectory() + "clave-store-" + UUID().uuidString
        do {
            let third = try SQLiteConnection(path: path)
            try Schema.bringUpToDate(third, to: 3)
            try third.runScript(
                """
                INSERT INTO citizens (id, document, name, level, datum_kind, datum, phone, language, registered_at)
                VALUES (5, '12345678Z', 'AINA', 1, 'validity', '31-12-2030', '+34600000001', 'ca', 7);
                INSERT INTO devices VALUES (9, 5, x'01', x'02', 'desk', 1, 8, 3, 0);
                INSERT INTO events VALUES (9, 3, x'', x'AA', 9);
                """)
        }
        let store = try SQLiteStore(path: path)
        let device = try store.read { (database) throws(StoreError) in
            try database.run("SELECT * FROM devices JOIN events ON device = id")[0]
        }
        #expect(device.integer(0) == 9 && device.integer(1) == 5 && device.text(4) == "desk" && device.integer(7) == 3)
        for sql in ["DELETE FROM citizens", "INSERT INTO devices VALUES (10, 5, x'03', x'', '', 1, 8, 0, 0)"] {
            #expect(throws: StoreError.self) {
                try store.write { (database) throws(StoreError) in _ = try database.run(sql) }
            }
        }
    }

    @Test
    func `shows all statements of a read the same, whatever is written between them, and the next read what is new`()
        throws
    {
        let store = try makeStore()
        func names(_ database: ReadTransaction) throws(StoreError) -> [String] {
            try database.run("SELECT name FROM sample ORDER BY name").map { $0.text(0) }
        }
        func add(_ name: String) throws(StoreError) {
            try store.write { (database) throws(StoreError) in
                _ = try database.run("INSERT INTO sample VALUES (?, x'')", .text(name))
            }
        }
        try add("a")
        try store.read { (database) throws(StoreError) in
            let first = try names(database)
            try add("b")
            let second = try names(database)
            #expect(first == ["a"] && second == ["a"])
        }
        #expect(try self.names(store) == ["a", "b"])
        // A read that fails leaves its connection as good as new.
        #expect(throws: StoreError.self) {
            try store.read { (database) throws(StoreError) in _ = try database.run("SELECT * FROM nothing") }
        }
        try add("c")
        #expect(try self.names(store) == ["a", "b", "c"])
    }

    @Test func `undoes a write that fails, and only that one`() throws {
        let store = try makeStore()
        let taken = SQLValue.text("0-0")
        let failed = #expect(throws: StoreError.self) {
            try store.write { (database) throws(StoreError) in
                _ = try database.run("INSERT INTO sample VALUES ('half', x'')")
                _ = try database.run("INSERT INTO sample VALUES (?, x'')", taken)
                _ = try database.run("INSERT INTO sample VALUES (?, x'')", taken)
            }
        }
        #expect(failed?.isRefused == true)
        #expect(try names(store).isEmpty)
        #expect(writeAtOnce(store, fillerBytes: 1).count == 640)
    }
}
