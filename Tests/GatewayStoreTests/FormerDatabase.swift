import Foundation
import Posix

@testable import GatewayStore

/// The database of a former version with what people had in it; the file's first lines say how it was made.
enum FormerDatabase {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/57c2e04.sql")

    /// The moment at which it was dumped; seconds since 1970.
    static let now: Int64 = 1_800_000_420

    /// Makes it anew in a folder of its own.
    ///
    /// - Returns: the path of the database.
    static func make() throws -> String {
        let folder = NSTemporaryDirectory() + "clave-former-" + UUID().uuidString
        try Files.makeFolder(folder)
        let path = folder + "/gateway.sqlite"
        try SQLiteConnection(path: path).runScript(try String(contentsOf: script, encoding: .utf8))
        return path
    }

    /// The database as a store of today opens it, and a connection that shows what is in its columns.
    static func open() throws -> (store: SQLiteStore, raw: SQLiteConnection) {
        let path = try make()
        let store = try SQLiteStore(path: path)
        return (store, try SQLiteConnection(path: path))
    }
}
