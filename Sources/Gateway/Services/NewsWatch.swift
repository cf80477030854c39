import Glibc
import Synchronization

/// Hears what commands beside a running gateway have done, and tells the event streams, the printer and the mailer.
///
/// Several times a second it asks SQLite whether another connection has committed (`PRAGMA data_version`, a look at shared
/// memory), and only then looks into the table of news.
final class NewsWatch: Sendable {
    /// Microseconds between looks.
    static let interval: UInt32 = 200_000

    private struct State: ~Copyable {
        let reader: Database
        var version: Int64 = -1
        var last: Int64
    }

    private let services: GatewayServices
    private let state: Mutex<State>
    private let isStopped = Mutex(false)

    /// Begins to watch; news of before are old.
    init(_ services: GatewayServices) throws(StoreError) {
        let reader = try services.store.makeReader()
        let last = try reader.run("SELECT max(id) FROM news")[0].integer(0)
        self.services = services
        state = Mutex(State(reader: reader, last: last))
        try Store.startThread { [weak self] in
            while let self, !isStopped.withLock({ $0 }) {
                look()
                usleep(Self.interval)
            }
        }
    }

    /// Ends the watch.
    func stop() { isStopped.withLock { $0 = true } }

    /// Looks once. What can't be read now is looked at the next time.
    func look() {
        let rows = try? state.withLock { (state) throws(StoreError) in
            let version = try state.reader.run("PRAGMA data_version")[0].integer(0)
            guard version != state.version else { return [[Value]]() }
            let rows = try state.reader.run(
                "SELECT id, device FROM news WHERE id > ? ORDER BY id", .integer(state.last))
            state.version = version
            state.last = rows.last?.integer(0) ?? state.last
            return rows
        }
        for row in rows ?? [] {
            if let device = row.optionalInteger(1) {
                services.tellNews(of: device)
            } else {
                services.wakePrinter()
                services.wakeMailer()
            }
        }
    }
}
