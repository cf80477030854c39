import AgentProtocol
import Audit
import Glibc
import Posix

/// Brings records to the log, in the order of their coming, on a worker; what comes meanwhile goes in one write.
///
/// It is the witness after the question: ``note(_:)`` only tells; ``record(_:)`` returns when the record is on the disk,
/// for what must not happen without its record.
@CoreActor
final class AuditDesk {
    /// Records that may wait for the disk; more are dropped, and their number is recorded.
    private static let maximumWaiting = 4096

    /// The log on its way between the loop and a worker; one holds it at a time.
    private final class Box: @unchecked Sendable {
        private var log: AuditLog
        init(folder: String) { log = AuditLog(folder: folder) }

        func append(_ entries: [AuditEntry]) -> SystemError? {
            var now = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &now)
            let time = UInt64(max(0, now.tv_sec)) * 1000 + UInt64(now.tv_nsec) / 1_000_000
            do throws(SystemError) { try log.append(entries, time: time) } catch { return error }
            return nil
        }
    }

    private struct Waiting {
        let entry: AuditEntry
        let written: Promise<SystemError?>?
    }

    private let box: Box
    private var waiting: [Waiting] = []
    private var dropped: UInt64 = 0
    private var isWriting = false

    init(folder: String) {
        box = Box(folder: folder)
    }

    /// Records what has happened; a failure is told in the debug log only.
    func note(_ entry: AuditEntry) {
        put(Waiting(entry: entry, written: nil))
    }

    /// Records what may happen only with its record; a cancelled task waits as well.
    ///
    /// - Throws: `.noSpace`, or `.system` with the disk's reason.
    func record(_ entry: AuditEntry) async throws(AgentError) {
        let written = Promise<SystemError?>()
        put(Waiting(entry: entry, written: written))
        guard let failure = await written.wait() else { return }
        let isFull = failure.number == ENOSPC || failure.number == EDQUOT
        throw AgentError(isFull ? .noSpace : .system, "the audit log can't be written: \(failure)")
    }

    private func put(_ new: Waiting) {
        guard waiting.count < Self.maximumWaiting || new.written != nil else {
            dropped += 1
            return
        }
        waiting.append(new)
        guard !isWriting else { return }
        isWriting = true
        Task { @CoreActor in await writeAll() }
    }

    private func writeAll() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            var entries = batch.map(\.entry)
            let lost = dropped
            if lost > 0 { entries.append(AuditEntry("dropped", [.init("records", .number(lost))])) }
            let box = box
            let all = entries
            let failure = await WorkerPool.shared.run { box.append(all) }
            if failure == nil {
                dropped -= lost
            } else {
                // What could not be written is told once the disk takes records again.
                dropped += UInt64(batch.count { $0.written == nil })
                DebugLog.write("the audit log can't be written: \(failure!)")
            }
            for waiting in batch { waiting.written?.fulfil(failure) }
        }
        isWriting = false
    }
}
