import CLinux
import Glibc
import Posix
import Synchronization

/// A program's one thread: waits for descriptors and timers, and runs the jobs of ``CoreActor``.
///
/// All state that the actor isolates lives on this thread; only workers and their completions touch another.
///
/// Dispatch could do this too, on threads of its own; loaded, it makes an idle process some 370 KiB larger (PSS).
public final class EventLoop: SerialExecutor, @unchecked Sendable {
    /// What a descriptor is ready for.
    public struct Readiness: OptionSet, Sendable {
        /// Bits of `epoll_event.events` (epoll_ctl(2)).
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// There is something to read, or nothing will come any more.
        public static let readable = Readiness(rawValue: UInt32(EPOLLIN.rawValue))
        /// More can be written.
        public static let writable = Readiness(rawValue: UInt32(EPOLLOUT.rawValue))
        /// The other side has gone, or closed its direction.
        public static let hangUp = Readiness(rawValue: UInt32(EPOLLRDHUP.rawValue))
        /// Nothing can be sent or received any more.
        public static let gone = Readiness(rawValue: UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue))
    }

    private struct Watcher {
        /// A descriptor's number may have passed to another since the kernel told of it: this has not.
        let watch: UInt32
        let action: (Readiness) -> Void
    }

    /// Names a timer.
    public struct TimerToken: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// The one loop, of the thread that is the first to use it.
    public static let shared = EventLoop()
    /// Milliseconds of one turn in which jobs are run, and after how many of them the clock is looked at.
    private static let jobTime: UInt64 = 3
    private static let jobsPerLook = 8

    private let epoll: Int32
    private let wake: Int32
    private let thread = pthread_self()
    private let jobs = Mutex<[UnownedJob]>([])
    /// Jobs that have been taken and have not run, in their order; of the loop alone.
    private var taken = Fifo<UnownedJob>()
    private let results = Mutex<[@Sendable () -> Void]>([])
    private var watchers: [Int32: Watcher] = [:]
    private var lastWatch: UInt32 = 0
    private var deferred: [() -> Void] = []
    private var timers = Timers()
    private var isRunning = false

    private init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        precondition(epoll >= 0 && wake >= 0, "the kernel gives no event loop")
        _ = control(EPOLL_CTL_ADD, wake, 0, .readable)
    }

    // MARK: Executor

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
        if !isOnLoop { signal() }
    }

    /// Calls `action` on the loop, soon; from any thread.
    public func perform(_ action: @escaping @Sendable () -> Void) {
        let isFirst = results.withLock { results in
            results.append(action)
            return results.count == 1
        }
        if isFirst { signal() }
    }

    public func checkIsolated() {
        precondition(isOnLoop, "the loop's state is touched from another thread")
    }

    private var isOnLoop: Bool { pthread_equal(pthread_self(), thread) != 0 }

    private func signal() {
        var one: UInt64 = 1
        _ = unsafe write(wake, &one, 8)
    }

    // MARK: Running

    /// Runs until ``stop()``.
    public func run() {
        isRunning = true
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 64)
        while isRunning {
            let isBusy = runJobs()
            guard isRunning else { return }
            let patience = isBusy || !deferred.isEmpty ? 0 : untilNextTimer()
            let count = unsafe epoll_wait(epoll, &events, Int32(events.count), patience)
            for index in 0..<Int(max(count, 0)) {
                let event = unsafe events[index]
                unsafe deliver(event.data.u64, Readiness(rawValue: event.events))
            }
            runDeferred()
            fireTimers()
        }
    }

    /// Ends ``run()`` after the jobs at hand.
    public func stop() {
        isRunning = false
    }

    private func deliver(_ name: UInt64, _ readiness: Readiness) {
        let descriptor = Int32(truncatingIfNeeded: name)
        if descriptor == wake {
            var count: UInt64 = 0
            _ = unsafe read(wake, &count, 8)
        } else if let watcher = watchers[descriptor] {
            if watcher.watch == UInt32(name >> 32) { watcher.action(readiness) }
        } else {
            // Forgotten, and still open.
            _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
        }
    }

    /// Calls `action` on the loop once all else that is ready now has had its turn; from the loop only.
    public func soon(_ action: @escaping () -> Void) { deferred.append(action) }

    private func runDeferred() {
        guard !deferred.isEmpty else { return }
        let actions = deferred
        deferred = []
        for action in actions { action() }
    }

    /// Runs what tasks have to do, and what they bring about, for some while: descriptors and timers have their turn too.
    ///
    /// - Returns: whether some is left.
    private func runJobs() -> Bool {
        let results = results.withLock { results in
            defer { results = [] }
            return results
        }
        for result in results { result() }
        let end = SteadyClock.milliseconds + Self.jobTime
        var count = 0
        while true {
            if taken.isEmpty {
                let batch = jobs.withLock { jobs in
                    defer { jobs = [] }
                    return jobs
                }
                if batch.isEmpty { return false }
                for job in batch { taken.append(job) }
            }
            guard let job = taken.popFirst() else { return false }
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            count += 1
            if count % Self.jobsPerLook == 0, SteadyClock.milliseconds >= end { return true }
        }
    }

    // MARK: Descriptors

    /// Calls `action` whenever `descriptor` is ready for what is asked (a hang-up is always told).
    public func watch(_ descriptor: Int32, for readiness: Readiness, _ action: @escaping (Readiness) -> Void) {
        lastWatch &+= 1
        let isNew = watchers.updateValue(Watcher(watch: lastWatch, action: action), forKey: descriptor) == nil
        if isNew, control(EPOLL_CTL_ADD, descriptor, lastWatch, readiness) { return }
        change(descriptor, to: readiness)
    }

    /// Changes what is waited for.
    public func change(_ descriptor: Int32, to readiness: Readiness) {
        guard let watcher = watchers[descriptor] else { return }
        _ = control(EPOLL_CTL_MOD, descriptor, watcher.watch, readiness)
    }

    /// Forgets a descriptor; to be called before it is closed, by which the kernel forgets it. One that stays open ceases to
    /// be watched with the first that it is ready for.
    public func forget(_ descriptor: Int32) { watchers[descriptor] = nil }

    /// - Returns: false if it was to be added and is there already.
    private func control(_ operation: Int32, _ descriptor: Int32, _ watch: UInt32, _ readiness: Readiness) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = readiness.union(.hangUp).rawValue
        unsafe event.data.u64 = UInt64(watch) << 32 | UInt64(UInt32(bitPattern: descriptor))
        let outcome = unsafe epoll_ctl(epoll, operation, descriptor, &event)
        precondition(outcome == 0 || operation == EPOLL_CTL_ADD && errno == EEXIST, "epoll_ctl")
        return outcome == 0
    }

    // MARK: Timers

    /// Calls `action` once, in `milliseconds`.
    ///
    /// - Returns: its name, to cancel it by.
    @discardableResult
    public func after(milliseconds: UInt64, _ action: @escaping () -> Void) -> TimerToken {
        TimerToken(number: timers.add(due: SteadyClock.milliseconds + milliseconds, action))
    }

    /// Makes sure that a timer's action is not called any more.
    public func cancel(_ token: TimerToken?) {
        if let token { timers.remove(token.number) }
    }

    private func untilNextTimer() -> Int32 {
        guard let due = timers.firstDue else { return -1 }
        let now = SteadyClock.milliseconds
        return due <= now ? 0 : Int32(clamping: due - now)
    }

    private func fireTimers() {
        guard timers.firstDue != nil else { return }
        let now = SteadyClock.milliseconds
        while let action = timers.popFirst(dueBy: now) { action() }
    }
}
