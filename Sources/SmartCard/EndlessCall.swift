import Glibc
import Posix
import Synchronization

/// A call that may wait without end and can't be called off, as some of PC/SC's library, made on a thread of its own.
///
/// Whoever wants its result waits as long as they like. A thread that nobody waits for any more gives back what it gets, and
/// ends.
final class EndlessCall<Value: Sendable>: Sendable {
    private enum State {
        case waiting
        case abandoned
        case done(Result<Value, ReaderError>)
    }

    private let state = Mutex(State.waiting)
    private let told: Descriptor
    private let teller: Descriptor
    private let work: @Sendable () throws(ReaderError) -> Value
    private let giveBack: @Sendable (Value) -> Void

    /// Begins it.
    ///
    /// - Parameters:
    ///   - giveBack: what becomes of a result that nobody waits for any more.
    /// - Throws: if there can be no thread; `work` is not called then.
    init(
        _ work: @escaping @Sendable () throws(ReaderError) -> Value, giveBack: @escaping @Sendable (Value) -> Void
    ) throws(ReaderError) {
        self.work = work
        self.giveBack = giveBack
        do throws(SystemError) {
            let ends = try Descriptor.pipe()
            told = Descriptor(owning: ends.0)
            teller = Descriptor(owning: ends.1)
            try DetachedThread.start { self.run() }
        } catch { throw .failed("\(error)") }
    }

    /// What came of it; nil if nothing came by then, and nobody waits for it any more.
    func result(until deadline: ContinuousClock.Instant) throws(ReaderError) -> Value? {
        wait(until: deadline)
        let result = state.withLock { state -> Result<Value, ReaderError>? in
            if case .done(let result) = state { return result }
            state = .abandoned
            return nil
        }
        return try result?.get()
    }

    /// Sleeps until the thread has done its work, or time is up.
    private func wait(until deadline: ContinuousClock.Instant) {
        var place = pollfd(fd: told.number, events: Int16(POLLIN), revents: 0)
        while true {
            let left = max(0, (deadline - ContinuousClock.now) / .milliseconds(1))
            let ready = unsafe poll(&place, 1, Int32(min(left.rounded(.up), Double(Int32.max))))
            if ready > 0 || left == 0 { return }
        }
    }

    // MARK: The thread

    private func run() {
        let result: Result<Value, ReaderError>
        do throws(ReaderError) { result = .success(try work()) } catch { result = .failure(error) }
        let isWanted = state.withLock { state in
            if case .abandoned = state { return false }
            state = .done(result)
            return true
        }
        if isWanted {
            try? teller.writeAll(unsafe [UInt8](repeating: 0, count: 1).span.bytes)
        } else if case .success(let value) = result {
            giveBack(value)
        }
    }
}
