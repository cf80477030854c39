import Foundation
import GatewayStore
import Posix

/// The engines over which each test of an aggregate runs.
enum Engine: String, CaseIterable {
    case sqlite
    /// SQLite, with each write's body run twice and its first run undone: so a body that has an effect outside, or counts on
    /// running once, fails its test.
    case sqliteRetried

    /// A fresh store with its tables.
    func open() throws -> any GatewayStore {
        let folder = NSTemporaryDirectory() + "clave-store-" + UUID().uuidString
        try Files.makeFolder(folder)
        let store = try SQLiteStore(path: folder + "/store.sqlite")
        return switch self {
        case .sqlite: store
        case .sqliteRetried: RetriedStore(store)
        }
    }
}

/// A store of which each write meets another one and is tried again.
private final class RetriedStore: GatewayStore {
    private let store: SQLiteStore
    private static let conflict = StoreError(.other, "the transaction met another one")

    init(_ store: SQLiteStore) { self.store = store }

    func read<Result>(_ body: (ReadTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try store.read(body)
    }

    func write<Result>(_ body: (WriteTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result {
        try store.write { (tx) throws(StoreError) in
            do throws(StoreError) {
                try tx.nested { () throws(StoreError) in
                    _ = try body(tx)
                    throw Self.conflict
                }
            } catch {
                guard error == Self.conflict else { throw error }
            }
            return try body(tx)
        }
    }

    func subscribe(_ hear: @escaping @Sendable ([StoreNotice]) -> Void) throws(StoreError) -> any StoreSubscription {
        try store.subscribe(hear)
    }
}
