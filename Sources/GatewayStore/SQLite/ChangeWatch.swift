import Glibc
import Synchronization

/// Hears what other processes have left in the table of notices.
///
/// SQLite tells nobody of a commit. So several times a second it is asked whether another connection has committed (`PRAGMA
/// data_version`, a look at shared memory), and only then the table is looked into.
final class ChangeWatch: StoreSubscription {
    /// Microseconds between looks.
    private static let interval: UInt32 = 200_000

    private let isStopped = Mutex(false)

    /// Begins to watch; notices of before are old.
    ///
    /// - Parameter reader: a connection for this alone.
    init(
        _ reader: SQLiteConnection, _ hear: @escaping @Sendable ([StoreNotice]) -> Void
    ) throws(StoreError) {
        let last = try reader.number("SELECT max(id) AS value FROM news")
        // The thread holds the connection, and not this: it ends, and closes it, when this is let go.
        try SQLiteStore.startThread { [weak self] in
            var place = Place(last: last)
            while self?.isStopped.withLock({ $0 }) == false {
                // What can't be read now is looked at the next time.
                if let found = try? place.advance(reader), !found.isEmpty { hear(found) }
                usleep(Self.interval)
            }
        }
    }

    func cancel() { isStopped.withLock { $0 = true } }

    /// How far the table was looked into.
    private struct Place {
        var version: Int64 = -1
        var last: Int64

        mutating func advance(_ reader: SQLiteConnection) throws(StoreError) -> [StoreNotice] {
            let version = try reader.number("SELECT data_version AS value FROM pragma_data_version")
            guard version != self.version else { return [] }
            let (notices, last) = try ReadTransaction(reader).notices.left(after: self.last)
            (self.version, self.last) = (version, last)
            return notices
        }
    }
}
