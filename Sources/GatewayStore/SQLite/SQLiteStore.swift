import Glibc
import Posix
import Synchronization

/// The gateway's state in a file of SQLite's: many readers, and one writer that commits in groups.
///
/// Writes wait in a line. The writer's thread takes all that wait, runs each in a savepoint of its own, and commits them
/// together: one sync of the disk for as many writes as came meanwhile. A caller goes on when its write is on the disk.
/// Where a write must leave no trace, the log is truncated before its caller goes on.
public final class SQLiteStore: GatewayStore {
    private final class Ticket: @unchecked Sendable {
        private var done = sem_t()
        private var work: ((SQLiteConnection) -> StoreError?)?
        var failure: StoreError?

        init(_ work: @escaping (SQLiteConnection) -> StoreError?) {
            self.work = work
            unsafe sem_init(&done, 0, 0)
        }
        deinit { unsafe sem_destroy(&done) }
        /// Does the work; the error for which it was undone.
        func run(_ database: SQLiteConnection) -> StoreError? { work?(database) }
        /// Lets go of the work before its owner goes on: it was only lent.
        func finish() {
            work = nil
            unsafe sem_post(&done)
        }
        func wait() { while unsafe sem_wait(&done) != 0 {} }
    }

    /// The line of writes and the bell that wakes the writer.
    private final class Line: @unchecked Sendable {
        private struct State {
            var tickets: [Ticket] = []
            var isClosed = false
        }
        private let state = Mutex(State())
        private var bell = sem_t()

        init() { unsafe sem_init(&bell, 0, 0) }
        deinit { unsafe sem_destroy(&bell) }
        func add(_ ticket: Ticket) {
            state.withLock { $0.tickets.append(ticket) }
            unsafe sem_post(&bell)
        }
        /// Nothing will come any more.
        func close() {
            state.withLock { $0.isClosed = true }
            unsafe sem_post(&bell)
        }
        /// Waits for tickets and takes all; nil when the line was closed.
        func take() -> [Ticket]? {
            while true {
                while unsafe sem_wait(&bell) != 0 {}
                let (tickets, isClosed) = state.withLock { state in
                    defer { state.tickets = [] }
                    return (state.tickets, state.isClosed)
                }
                if !tickets.isEmpty { return tickets }
                if isClosed { return nil }
            }
        }
    }

    private let path: String
    private let line = Line()
    private let readers = Mutex<[SQLiteConnection]>([])

    /// Opens or creates the database at `path`, brings its tables up to date, and starts the writer.
    public init(path: String) throws(StoreError) {
        self.path = path
        let database = try SQLiteConnection(path: path)
        try Schema.bringUpToDate(database)
        let line = line
        try Self.startThread { Self.write(line, database) }
    }

    /// Ends the writer, which then closes its connection; nobody can wait for a write any more.
    deinit { line.close() }

    /// A thread that works on the store.
    static func startThread(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
        do throws(SystemError) { try DetachedThread.start(body) } catch {
            throw StoreError(.machine, "\(error)")
        }
    }

    /// Reads, on a connection of its own; sees what is committed when its first statement runs, and nothing that is written
    /// while it goes on: all its statements see the same.
    public func read<Result>(_ body: (ReadTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result {
        let idle = readers.withLock { $0.popLast() }
        let reader: SQLiteConnection
        if let idle { reader = idle } else { reader = try SQLiteConnection(path: path) }
        defer {
            // A connection that can't end its transaction would show what was to whoever reads next: it is closed.
            if !reader.isInTransaction { readers.withLock { $0.append(reader) } }
        }
        try reader.execute("BEGIN")
        do throws(StoreError) {
            let result = try body(ReadTransaction(reader))
            try reader.execute("COMMIT")
            return result
        } catch {
            if reader.isInTransaction { _ = try? reader.execute("ROLLBACK") }
            throw error
        }
    }

    public func subscribe(
        _ hear: @escaping @Sendable ([StoreNotice]) -> Void
    ) throws(StoreError) -> any StoreSubscription {
        try ChangeWatch(SQLiteConnection(path: path), hear)
    }

    /// Writes; what `body` did is on the disk, whole, when this returns, or undone when it throws.
    public func write<Result>(_ body: (WriteTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result {
        var outcome: Swift.Result<Result, StoreError>?
        let failure = withoutActuallyEscaping(body) { body -> StoreError? in
            let ticket = Ticket { database in
                do throws(StoreError) {
                    try database.execute("SAVEPOINT one")
                    let value = try body(WriteTransaction(database))
                    try database.execute("RELEASE one")
                    outcome = .success(value)
                    return nil
                } catch {
                    outcome = .failure(error)
                    _ = try? database.execute("ROLLBACK TO one")
                    _ = try? database.execute("RELEASE one")
                    return error
                }
            }
            line.add(ticket)
            ticket.wait()
            return ticket.failure
        }
        if let failure { throw failure }
        return try outcome!.get()
    }

    /// Milliseconds after which the log is truncated again where a reader was in the way.
    private static let truncationPause: UInt64 = 1000

    private static func write(_ line: Line, _ database: SQLiteConnection) {
        var nextTruncation: UInt64 = 0
        while let batch = line.take() {
            do throws(StoreError) {
                try database.execute("BEGIN IMMEDIATE")
                for ticket in batch {
                    // After some errors, such as a full disk, SQLite has undone the whole group by itself.
                    if let error = ticket.run(database), !database.isInTransaction { throw error }
                }
                try database.execute("COMMIT")
            } catch {
                _ = try? database.execute("ROLLBACK")
                for ticket in batch { ticket.failure = error }
            }
            // A reader in the way, or a full disk: a later write tries it again.
            if database.isAskedToTruncateLog
                || database.mustTruncateLog && SteadyClock.milliseconds >= nextTruncation
            {
                _ = try? database.truncateLog()
                nextTruncation = SteadyClock.milliseconds + truncationPause
            }
            for ticket in batch { ticket.finish() }
        }
    }
}
