import ClaveDomain
import GatewayServices
import GatewayStore
import SecureMemory
import Synchronization

/// Running errands: each in one write with all that it brings about, once.
///
/// One that fails is put off for a minute, and those behind it go on; after some tries it is set aside, for whoever owns the
/// state folder to look at (`clave-gateway errand`).
///
/// An errand may also end the whole process. So what waits when the gateway starts, and what has failed before, is run
/// alone, and its try is counted before it begins: one that ends the gateway is set aside too, and does not end each that is
/// started. All else is run together, in one write.
extension GatewayServices {
    private static let errandContext = Array("errand".utf8)
    static let errandAct = "errand"
    /// Errands of one write.
    private static let errandsAtOnce = 16
    /// How often an errand is tried, and the seconds between two tries.
    static let errandTries: Int64 = 5
    static let errandPause: Int64 = 60

    /// Leaves an errand, in the caller's write.
    func leave(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        // It holds codes and who was asked for: sealed, it tells nothing without a key in another file.
        try tx.errands.add(
            keys.seal(queued: errand.bytes, context: Self.errandContext),
            about: waitingSubject(errand.asked?.document))
        effects.hasErrands = true
    }

    /// Runs the errands that wait. Nobody who asked waits for it.
    ///
    /// - Throws: where the machine is at fault, as by a full disk: then no errand is, and all wait.
    func runErrands() throws(StoreError) {
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
                let waiting = try tx.errands.untried(limit: Self.errandsAtOnce).map(waiting)
                for errand in waiting {
                    current = errand
                    try attempt(tx, errand, &effects)
                }
                return waiting.count == Self.errandsAtOnce
            }
        } catch {
            // An error for which SQLite has undone the whole write, with what the errands before it did.
            guard let errand = current, !error.isOfTheMachine else { throw error }
            try store.write { (tx) throws(StoreError) in try putOff(tx, errand, error) }
            return true
        }
    }

    // MARK: Alone

    /// Counts a try of the next errand that is to be run alone, before it is run.
    ///
    /// - Returns: the errand, with the tries before this one; nil if there is none.
    func beginErrand() throws(StoreError) -> WaitingErrand? {
        let newest = try formerErrands()
        let isAny = try store.read { (tx) throws(StoreError) in
            try !errandsToRunAlone(tx, upTo: newest, limit: 1).isEmpty
        }
        guard isAny else { return nil }
        return try store.write { (tx) throws(StoreError) in
            for errand in try errandsToRunAlone(tx, upTo: newest, limit: Self.errandsAtOnce).map(waiting) {
                guard errand.tries < Self.errandTries else {
                    try setAside(tx, errand)
                    continue
                }
                // The first may have been cut off by whoever stopped the gateway: the next try need not wait.
                let triedAt = errand.tries == 0 ? 0 : now()
                try tx.errands.note(errand.id, tries: errand.tries + 1, at: triedAt, reason: Self.endedGateway)
                return errand
            }
            return nil
        }
    }

    /// Up to which number the errands are a former gateway's, which one of them may have ended.
    private func formerErrands() throws(StoreError) -> Int64 {
        let known = newestFormerErrand.load(ordering: .relaxed)
        guard known < 0 else { return known }
        let newest = try store.read { (tx) throws(StoreError) in try tx.errands.newest() }
        newestFormerErrand.store(newest, ordering: .relaxed)
        return newest
    }

    /// Why an errand failed in the middle of which the gateway ended.
    private static let endedGateway = "the gateway ended before it was done"

    private func runAlone(_ errand: WaitingErrand) throws(StoreError) {
        do throws(StoreError) {
            try database.write { (tx, effects) throws(StoreError) in try attempt(tx, errand, &effects) }
        } catch {
            guard error.isOfTheMachine else {
                return try store.write { (tx) throws(StoreError) in try putOff(tx, errand, error) }
            }
            // Where not even this can be written, the try stays counted.
            try? store.write { (tx) throws(StoreError) in
                try tx.errands.note(errand.id, tries: errand.tries, at: errand.triedAt, reason: errand.reason)
            }
            throw error
        }
    }

    private func setAside(_ tx: WriteTransaction, _ errand: WaitingErrand) throws(StoreError) {
        try tx.errands.setAside(errand.id, at: now())
        try audit(
            tx, Self.errandAct, subject: errand.errand?.asked?.document.masked ?? "",
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
            id: row.id, errand: opened(row.sealed), tries: row.tries, triedAt: row.triedAt, reason: row.reason)
    }

    private func errandsToRunAlone(
        _ tx: StoreTransaction<some StoreAccess>, upTo number: Int64, limit: Int
    ) throws(StoreError) -> [QueuedErrand] {
        try tx.errands.toRunAlone(upTo: number, at: now(), pause: Self.errandPause, limit: limit)
    }

    func opened(_ sealed: [UInt8]) -> Errand? {
        keys.open(queued: sealed, context: Self.errandContext).flatMap(Errand.init)
    }

    /// Runs an errand, whole or not at all.
    private func attempt(
        _ tx: WriteTransaction, _ waiting: WaitingErrand, _ effects: inout Effects
    ) throws(StoreError) {
        guard let errand = waiting.errand else {
            try audit(tx, Self.errandAct, subject: "", outcome: "can't be read, dropped")
            return try tx.errands.remove(waiting.id)
        }
        let before = effects
        do throws(StoreError) {
            try tx.nested { () throws(StoreError) in
                try run(tx, errand, &effects)
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
            try audit(tx, Self.errandAct, subject: subject, outcome: "failed")
            return try tx.errands.remove(waiting.id)
        }
        let isLast = waiting.tries + 1 >= Self.errandTries
        try tx.errands.note(waiting.id, tries: waiting.tries + 1, at: now(), reason: error.description)
        if isLast { try tx.errands.setAside(waiting.id, at: now()) }
        try audit(
            tx, Self.errandAct, subject: subject,
            outcome: "failed: \(error.description)\(isLast ? ", set aside" : "")")
    }
}
