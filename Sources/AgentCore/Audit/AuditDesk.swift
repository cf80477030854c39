import AgentProtocol
import Audit
import CLinux
import EventLoop
import Glibc
import Posix

/// Brings records to the log, in the order of their coming, on a worker; what comes meanwhile goes in one write.
///
/// As a ``Witness`` it refuses what must not happen without its record: ``note(_:)`` only tells, ``record(_:)`` returns when
/// the record is on the disk.
@CoreActor
final class AuditDesk {
    /// Records that may wait for the disk; more are dropped, and their number is recorded.
    private static let maximumWaiting = 4096

    /// The log on its way between the loop and a worker; one holds it at a time.
    private final class Box: @unchecked Sendable {
        private var log: AuditLog
        init(folder: String) { log = AuditLog(folder: folder) }

        /// The log's end behind these records.
        func append(_ entries: [AuditEntry]) -> Result<AuditHead, SystemError> {
            do throws(SystemError) {
                try log.append(entries, time: Self.now)
                return .success(log.head)
            } catch { return .failure(error) }
        }

        /// The log's end once it was compared, and it was recorded if it has lost what is remembered.
        func compare(with remembered: AuditHead) -> Result<AuditHead, SystemError> {
            do throws(SystemError) {
                _ = try log.compare(with: remembered, of: "vault", time: Self.now)
                return .success(log.head)
            } catch { return .failure(error) }
        }

        /// Milliseconds since 1970.
        private static var now: UInt64 {
            var now = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &now)
            return UInt64(max(0, now.tv_sec)) * 1000 + UInt64(now.tv_nsec) / 1_000_000
        }
    }

    private struct Waiting {
        /// Nil for a look whether the log can be written.
        let entry: AuditEntry?
        let written: Promise<SystemError?>?
    }

    private let box: Box
    private var waiting: [Waiting] = []
    private var dropped: UInt64 = 0
    private var isWriting = false
    /// What waits for the records that came before it to be written: the end of the log that the vault remembers, if it does.
    private var settling: [(remembered: AuditHead?, settled: Promise<Void>)] = []
    /// The last record that this agent has written; ``AuditHead/none`` before.
    private(set) var head = AuditHead.none
    /// Called after records have been written.
    private let onGrow: @CoreActor () -> Void

    init(folder: String, onGrow: @escaping @CoreActor () -> Void) {
        box = Box(folder: folder)
        self.onGrow = onGrow
    }

    /// Records what has happened; a failure is told in the debug log only.
    func note(_ entry: AuditEntry) {
        put(Waiting(entry: entry, written: nil))
    }

    /// Records what may happen only with its record; a cancelled task waits as well.
    ///
    /// - Throws: `.noSpace`, `.readOnly`, or `.system` with the disk's reason.
    func record(_ entry: AuditEntry) async throws(AgentError) { try await write(entry) }

    /// Makes sure that the log can be opened for writing, before a person is asked for something that needs a record. Whether
    /// a full disk has room for one shows only when it is written.
    func requireWritable() async throws(AgentError) { try await write(nil) }

    private func write(_ entry: AuditEntry?) async throws(AgentError) {
        let written = Promise<SystemError?>()
        put(Waiting(entry: entry, written: written))
        guard let failure = await written.wait() else { return }
        let code: AgentError.Code =
            switch failure.number {
            case ENOSPC, EDQUOT: .noSpace
            case EROFS: .readOnly
            default: .system
            }
        throw AgentError(code, "the audit log can't be written: \(failure)")
    }

    /// Returns when all records that have come are written, as far as the disk takes them, and the log was compared with the
    /// end that the vault remembers: what it has lost is recorded.
    func settle(_ remembered: AuditHead?) async {
        let settled = Promise<Void>()
        settling.append((remembered, settled))
        start()
        await settled.wait()
    }

    private func put(_ new: Waiting) {
        guard waiting.count < Self.maximumWaiting || new.written != nil else {
            dropped += 1
            return
        }
        waiting.append(new)
        start()
    }

    private func start() {
        guard !isWriting else { return }
        isWriting = true
        Task { @CoreActor in await writeAll() }
    }

    private func writeAll() async {
        while !waiting.isEmpty || !settling.isEmpty {
            // They wait for what has come by now, and not for what comes while that is written: else somebody who brings
            // about records without end would keep the vault from being opened.
            let due = settling
            settling = []
            if !waiting.isEmpty { await writeWaiting() }
            for next in due {
                if let end = next.remembered { await compareNow(with: end) }
                next.settled.fulfil(())
            }
        }
        isWriting = false
    }

    private func compareNow(with end: AuditHead) async {
        let box = box
        switch await WorkerPool.shared.run({ box.compare(with: end) }) {
        case .success(let head): grow(to: head)
        case .failure(let failure): DebugLog.write("the audit log can't be compared: \(failure)")
        }
    }

    private func writeWaiting() async {
        let batch = waiting
        waiting = []
        var entries = batch.compactMap(\.entry)
        let lost = dropped
        if lost > 0 { entries.append(AuditEntry("dropped", [.init("records", .number(lost))])) }
        let box = box
        let all = entries
        var failure: SystemError?
        switch await WorkerPool.shared.run({ box.append(all) }) {
        case .success(let head):
            dropped -= lost
            grow(to: head)
        case .failure(let error):
            // What could not be written is told once the disk takes records again.
            dropped += UInt64(batch.count { $0.written == nil })
            DebugLog.write("the audit log can't be written: \(error)")
            failure = error
        }
        for waiting in batch { waiting.written?.fulfil(failure) }
    }

    private func grow(to head: AuditHead) {
        guard head != self.head else { return }
        self.head = head
        onGrow()
    }
}
