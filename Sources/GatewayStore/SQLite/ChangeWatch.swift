import Glibc
import Synchronization

/// Hears what other processes have left in the table of notices.
///
/// SQLite tells nobody of a commit. So several times a second it is asked whether another connection has committed (`PRAGMA
/// data_version`, a look at shared memory), and only then the table is looked into.
final class ChangeWatch: StoreSubscription {
    /// Microseconds between looks.
    static let interval: UInt32 = 200_000

    private struct State: ~Copyable {
        let reader: SQLiteConnection
        var version: Int64 = -1
        var last: Int64
    }

    private let state: Mutex<State>
    private let isStopped = Mutex(false)
    private let hear: @Sendable ([StoreNotice]) -> Void

    /// Begins to watch; notices of before are old.
    ///
    /// - Parameter reader: a connection for this alone.
    init(
        _ reader: SQLiteConnection, _ hear: @escaping @Sendable ([StoreNotice]) -> Void
    ) throws(StoreError) {
        let last = try reader.number("SELECT max(id) AS value FROM news")
        self.hear = hear
        state = Mutex(State(reader: reader, last: last))
        try SQLiteStore.startThread { [weak self] in
            while let self, !isStopped.withLock({ $0 }) {
                look()
                usleep(Self.interval)
            }
        }
    }

    func cancel() { isStopped.withLock { $0 = true } }

    /// Looks once. What can't be read now is looked at the next time.
    func look() {
        let found = try? state.withLock { (state) throws(StoreError) -> [StoreNotice] in
            let version = try state.reader.number("SELECT data_version AS value FROM pragma_data_version")
            guard version != state.version else { return [] }
            let transaction = ReadTransaction(state.reader)
            let (notices, last) = try transaction.notices.left(after: state.last)
            state.version = version
            state.last = last
            return notices
        }
        if let found, !found.isEmpty { hear(found) }
    }
}
