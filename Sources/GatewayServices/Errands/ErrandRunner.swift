import ClaveDomain
public import GatewayStore
import Synchronization

/// Runs errands: each in one write with all that it brings about, once.
///
/// One that fails is put off for a minute, and those behind it go on; after some tries it is set aside, for whoever owns the
/// state folder to look at (`clave-gateway errand`).
///
/// An errand may also end the whole process. So what waits when the gateway starts, and what has failed before, is run
/// alone, and its try is counted before it begins: one that ends the gateway is set aside too, and does not end each that is
/// started. All else is run together, in one write.
public final class ErrandRunner: Sendable {
    /// As the audit calls them.
    static let act = "errand"
    /// Errands of one write.
    private static let atOnce = 16
    /// How often an errand is tried, and the seconds between two tries.
    private static let tries: Int64 = 5
    private static let pause: Int64 = 60
    /// Why an errand failed in the middle of which the gateway ended.
    private static let endedGateway = "the gateway ended before it was done"

    private let database: Database
    private let queue: ErrandQueue
    private let work: ErrandWork
    private let clock: Clock
    private let audit: AuditWriter
    /// Number of the newest errand that waited when this gateway ran errands first; -1 before.
    private let newestFormer = Atomic<Int64>(-1)

    /// - Parameters:
    ///   - queue: where the errands wait.
    ///   - work: what each kind of errand does.
    public init(_ database: Database, queue: ErrandQueue, work: ErrandWork, clock: Clock, audit: AuditWriter) {
        self.database = database
        self.queue = queue
        self.work = work
        self.clock = clock
        self.audit = audit
    }

    /// Runs the errands that wait. Nobody who asked waits for it.
    ///
    /// - Throws: where the machine is at fault, as by a full disk: then no errand is, and all wait.
    public func runErrands() throws(StoreError) {
        while let errand = try beginErrand() { try runAlone(errand) }
        while try runTogether() {}
    }

    /// Runs some errands that have not failed.
    ///
    /// - Returns: whether there may be more.
    private func runTogether() throws(StoreError) -> Bool {
        var current: WaitingErrand?
        do throws(StoreError) {
            return try database.write { (tx, effects) throws(StoreError) in
                current = nil
                let waiting = try tx.errands.untried(limit: Self.atOnce).map(waiting)
                for errand in waiting {
                    current = errand
                    try attempt(tx, errand, &effects)
                }
                return waiting.count == Self.atOnce
            }
        } catch {
            // An error for which SQLite has undone the whole write, with what the errands before it did.
            guard let errand = current, !error.isOfTheMachine else { throw error }
            try database.write { (tx, _) throws(StoreError) in try putOff(tx, errand, error) }
            return true
        }
    }

    // MARK: Alone

    /// Counts a try of the next errand that is to be run alone, before it is run.
    ///
    /// - Returns: the errand, with the tries before this one; nil if there is none.
    func beginErrand() throws(StoreError) -> WaitingErrand? {
        let newest = try formerErrands()
        let isAny = try database.read { (tx) throws(StoreError) in
            try !errandsToRunAlone(tx, upTo: newest, limit: 1).isEmpty
        }
        guard isAny else { return nil }
        return try database.write { (tx, _) throws(StoreError) in
            for errand in try errandsToRunAlone(tx, upTo: newest, limit: Self.atOnce).map(waiting) {
                guard errand.tries < Self.tries else {
                    try setAside(tx, errand)
                    continue
                }
                // The first may have been cut off by whoever stopped the gateway: the next try need not wait.
                let triedAt = errand.tries == 0 ? 0 : clock.now()
                try tx.errands.note(errand.id, tries: errand.tries + 1, at: triedAt, reason: Self.endedGateway)
                return errand
            }
            return nil
        }
    }

    /// Up to which number the errands are a former gateway's, which one of them may have ended.
    private func formerErrands() throws(StoreError) -> Int64 {
        let known = newestFormer.load(ordering: .relaxed)
        guard known < 0 else { return known }
        let newest = try database.read { (tx) throws(StoreError) in try tx.errands.newest() }
        newestFormer.store(newest, ordering: .relaxed)
        return newest
    }

    private func runAlone(_ errand: WaitingErrand) throws(StoreError) {
        do throws(StoreError) {
            try database.write { (tx, effects) throws(StoreError) in try attempt(tx, errand, &effects) }
        } catch {
            guard error.isOfTheMachine else {
                return try database.write { (tx, _) throws(StoreError) in try putOff(tx, errand, error) }
            }
            // Where not even this can be written, the try stays counted.
            try? database.write { (tx, _) throws(StoreError) in
                try tx.errands.note(errand.id, tries: errand.tries, at: errand.triedAt, reason: errand.reason)
            }
            throw error
        }
    }

    private func setAside(_ tx: WriteTransaction, _ errand: WaitingErrand) throws(StoreError) {
        try tx.errands.setAside(errand.id, at: clock.now())
        try audit.record(
            tx, Self.act, subject: errand.errand?.asked?.document.masked ?? "",
            outcome: "failed: \(errand.reason), set aside")
    }

    // MARK: Each

    struct WaitingErrand {
        let id: Int64
        /// Nil for one that can't be opened.
        let errand: Errand?
        let tries: Int64
        /// When it was tried last; 0 for never.
        let triedAt: Int64
        /// Why it failed; empty if it did not.
        let reason: String
    }

    private func waiting(_ row: QueuedErrand) -> WaitingErrand {
        WaitingErrand(
            id: row.id, errand: queue.opened(row.sealed), tries: row.tries, triedAt: row.triedAt, reason: row.reason)
    }

    private func errandsToRunAlone(
        _ tx: StoreTransaction<some StoreAccess>, upTo number: Int64, limit: Int
    ) throws(StoreError) -> [QueuedErrand] {
        try tx.errands.toRunAlone(upTo: number, at: clock.now(), pause: Self.pause, limit: limit)
    }

    /// Runs an errand, whole or not at all.
    private func attempt(
        _ tx: WriteTransaction, _ waiting: WaitingErrand, _ effects: inout Effects
    ) throws(StoreError) {
        guard let errand = waiting.errand else {
            try audit.record(tx, Self.act, subject: "", outcome: "can't be read, dropped")
            return try tx.errands.remove(waiting.id)
        }
        let before = effects
        do throws(StoreError) {
            try tx.nested { () throws(StoreError) in
                try work.run(tx, errand, &effects)
                try tx.errands.remove(waiting.id)
            }
        } catch {
            guard tx.isOpen, !error.isOfTheMachine else { throw error }
            effects = before
            try putOff(tx, waiting, error)
        }
    }

    /// Counts a try that failed. What the tables refuse they would refuse again: it is dropped. Anything else is tried again
    /// after a pause, and set aside in the end. The audit tells of each.
    private func putOff(_ tx: WriteTransaction, _ waiting: WaitingErrand, _ error: StoreError) throws(StoreError) {
        let subject = waiting.errand?.asked?.document.masked ?? ""
        guard !error.isRefused else {
            try audit.record(tx, Self.act, subject: subject, outcome: "failed")
            return try tx.errands.remove(waiting.id)
        }
        let isLast = waiting.tries + 1 >= Self.tries
        try tx.errands.note(waiting.id, tries: waiting.tries + 1, at: clock.now(), reason: error.description)
        if isLast { try tx.errands.setAside(waiting.id, at: clock.now()) }
        try audit.record(
            tx, Self.act, subject: subject,
            outcome: "failed: \(error.description)\(isLast ? ", set aside" : "")")
    }
}
