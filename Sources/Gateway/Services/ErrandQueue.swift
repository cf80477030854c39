import ClaveDomain
import SecureMemory

/// Running errands: each in one write with all that it brings about, once.
///
/// One that fails is put off for a minute, and those behind it go on; after some tries it is set aside, for whoever owns the
/// state folder to look at (`clave-gateway errand`).
extension GatewayServices {
    private static let errandContext = Array("errand".utf8)
    private static let errandAct = "errand"
    /// Errands of one write.
    private static let errandsAtOnce: Int64 = 16
    /// How often an errand is tried, and the seconds between two tries.
    static let errandTries: Int64 = 5
    static let errandPause: Int64 = 60
    /// Seconds for which an errand that was set aside is kept.
    static let errandLife: Int64 = 30 * 86_400

    /// Leaves an errand, in the caller's write; ``wakeErrands()`` follows it.
    func leave(_ database: Database, _ errand: Errand) throws(StoreError) {
        // It holds codes and who was asked for: sealed, it tells nothing without a key in another file.
        try database.run(
            "INSERT INTO errands (sealed, subject) VALUES (?, ?)",
            .blob(keys.seal(queued: errand.bytes, context: Self.errandContext)),
            .blob(waitingSubject(errand.asked?.document)))
    }

    /// Runs the errands that wait. Nobody who asked waits for it.
    ///
    /// - Throws: where the machine is at fault, as by a full disk: then no errand is, and all wait.
    func runErrands() throws(StoreError) {
        var isMore = true
        while isMore {
            var after = Aftermath()
            var current: WaitingErrand?
            do throws(StoreError) {
                isMore = try store.write { (database) throws(StoreError) in
                    after = Aftermath()
                    let waiting = try waitingErrands(database)
                    for errand in waiting {
                        current = errand
                        try attempt(database, errand, &after)
                    }
                    return waiting.count == Self.errandsAtOnce
                }
            } catch {
                // An error for which SQLite has undone the whole write, with what the errands before it did.
                guard let errand = current, !error.isOfTheMachine else { throw error }
                try store.write { (database) throws(StoreError) in try putOff(database, errand, error) }
                continue
            }
            carryOut(after)
        }
    }

    private struct WaitingErrand {
        let id: Int64
        /// Nil for one that can't be opened.
        let errand: Errand?
        let tries: Int64
    }

    private func waitingErrands(_ database: Database) throws(StoreError) -> [WaitingErrand] {
        try database.run(
            """
            SELECT id, sealed, tries FROM errands
            WHERE set_aside_at = 0 AND (tries = 0 OR abs(? - tried_at) >= ?) ORDER BY id LIMIT ?
            """, .integer(now()), .integer(Self.errandPause), .integer(Self.errandsAtOnce)
        ).map { WaitingErrand(id: $0.integer(0), errand: opened($0.blob(1)), tries: $0.integer(2)) }
    }

    private func opened(_ sealed: [UInt8]) -> Errand? {
        keys.open(queued: sealed, context: Self.errandContext).flatMap(Errand.init)
    }

    /// Runs an errand, whole or not at all.
    private func attempt(
        _ database: Database, _ waiting: WaitingErrand, _ after: inout Aftermath
    ) throws(StoreError) {
        guard let errand = waiting.errand else {
            try audit(database, Self.errandAct, subject: "", outcome: "can't be read, dropped")
            return try delete(database, waiting)
        }
        let before = after
        try database.run("SAVEPOINT errand")
        do throws(StoreError) {
            try run(database, errand, &after)
            try delete(database, waiting)
        } catch {
            guard database.isInTransaction, !error.isOfTheMachine else { throw error }
            after = before
            try database.run("ROLLBACK TO errand")
            try putOff(database, waiting, error)
        }
        try database.run("RELEASE errand")
    }

    /// Counts a try that failed. What the tables refuse they would refuse again: it is dropped. Anything else is tried again
    /// after a pause, and set aside in the end. The audit tells of each.
    private func putOff(_ database: Database, _ waiting: WaitingErrand, _ error: StoreError) throws(StoreError) {
        let subject = waiting.errand?.asked?.document.masked ?? ""
        guard !error.isTaken else {
            try audit(database, Self.errandAct, subject: subject, outcome: "failed")
            return try delete(database, waiting)
        }
        let isLast = waiting.tries + 1 >= Self.errandTries
        try database.run(
            "UPDATE errands SET tries = tries + 1, tried_at = ?1, set_aside_at = ?2, reason = ?3 WHERE id = ?4",
            .integer(now()), .integer(isLast ? max(1, now()) : 0), .text(error.description), .integer(waiting.id))
        try audit(
            database, Self.errandAct, subject: subject,
            outcome: "failed: \(error.description)\(isLast ? ", set aside" : "")")
    }

    private func delete(_ database: Database, _ waiting: WaitingErrand) throws(StoreError) {
        try database.run("DELETE FROM errands WHERE id = ?", .integer(waiting.id))
    }

    // MARK: What was set aside

    /// An errand that failed.
    struct FailedErrand: Equatable, Sendable {
        let number: Int64
        let kind: Errand.Kind
        /// Who was asked for; empty where it does not say.
        let document: String
        let tries: Int64
        /// Seconds since 1970; 0 while it is still tried.
        let setAsideAt: Int64
        /// SQLite's words.
        let reason: String
    }

    /// The errands that failed and were not done since, oldest first.
    func failedErrands() throws(StoreError) -> [FailedErrand] {
        try store.read { (database) throws(StoreError) in
            try database.run("SELECT id, sealed, tries, set_aside_at, reason FROM errands WHERE tries > 0 ORDER BY id")
        }.compactMap { row in
            guard let errand = opened(row.blob(1)) else { return nil }
            return FailedErrand(
                number: row.integer(0), kind: errand.kind, document: errand.asked?.document.text ?? "",
                tries: row.integer(2), setAsideAt: row.integer(3), reason: row.text(4))
        }
    }

    /// Has the errands that were set aside tried again, by the gateway that runs within a minute.
    ///
    /// - Returns: how many.
    func retryErrands() throws(StoreError) -> Int {
        try store.write { (database) throws(StoreError) in
            try database.run("UPDATE errands SET tries = 0, set_aside_at = 0, reason = '' WHERE set_aside_at <> 0")
            return try told(database, "to be tried again")
        }
    }

    /// Deletes the errands that were set aside.
    ///
    /// - Returns: how many.
    func dropErrands() throws(StoreError) -> Int {
        try store.write { (database) throws(StoreError) in
            database.leavesNoTrace()
            try database.run("DELETE FROM errands WHERE set_aside_at <> 0")
            return try told(database, "dropped")
        }
    }

    private func told(_ database: Database, _ what: String) throws(StoreError) -> Int {
        let count = database.changes
        guard count > 0 else { return 0 }
        try audit(database, Self.errandAct, subject: "", by: .owner, outcome: "\(count) \(what)")
        return count
    }
}
