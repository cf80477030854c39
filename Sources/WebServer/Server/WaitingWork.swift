import CMicrohttpd
import Glibc
import Posix
import Synchronization

/// A few threads for requests that wait for another machine, so that none of the server's threads does.
///
/// They end with the process.
@safe
final class WaitingWork: @unchecked Sendable {
    /// Requests at a time, and those that may wait for their turn.
    static let threads = 8
    static let maximumQueue = 256

    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private var available = sem_t()

    /// - Parameter threads: how many requests are worked on at a time.
    init(threads: Int = WaitingWork.threads) throws(SystemError) {
        unsafe sem_init(&available, 0, 0)
        for _ in 0..<threads { try DetachedThread.start { self.work() } }
    }

    /// Does the job on one of the threads, after those that came before; false if too many wait, or it was stopped.
    func add(_ job: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isStopped, state.jobs.count < Self.maximumQueue else { return false }
            state.jobs.append(job)
            return true
        }
        if isTaken { unsafe sem_post(&available) }
        return isTaken
    }

    /// Forgets the jobs that wait, and ends the threads after those that they are at.
    func stop() {
        state.withLock { state in
            state.jobs = []
            state.isStopped = true
        }
        unsafe sem_post(&available)
    }

    private func work() {
        while true {
            while unsafe sem_wait(&available) != 0 {}
            let (job, isStopped) = state.withLock { ($0.jobs.isEmpty ? nil : $0.jobs.removeFirst(), $0.isStopped) }
            if isStopped {
                // For the next thread.
                unsafe sem_post(&available)
                return
            }
            job?()
        }
    }
}

/// A request whose answer is not there yet: its connection sleeps, and takes up no thread.
@safe
final class Parked: @unchecked Sendable {
    private struct State {
        var response: HTTPResponse?
        /// The connection that sleeps, as a number.
        var connection: UInt?
    }

    private let state = Mutex(State())

    /// The answer, once there is one.
    var response: HTTPResponse? { state.withLock { $0.response } }

    /// Puts the connection to sleep; called by the server for this request, before anybody can answer it.
    func sleep(_ connection: OpaquePointer) {
        unsafe MHD_suspend_connection(connection)
        let name = UInt(bitPattern: connection)
        state.withLock { $0.connection = name }
    }

    /// Gives the answer, and wakes the connection. Only the first answer counts.
    func finish(_ response: HTTPResponse) {
        state.withLock { state in
            guard state.response == nil, let connection = state.connection else { return }
            state.response = response
            state.connection = nil
            unsafe MHD_resume_connection(OpaquePointer(bitPattern: connection))
        }
    }
}

/// All requests that wait for their answer, so that a server that stops can answer them.
final class ParkedRequests: Sendable {
    private struct State {
        var waiting: [ObjectIdentifier: Parked] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())

    /// How many there are.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Puts a connection to sleep until its answer is there; nil when the server stops.
    func park(_ connection: OpaquePointer) -> Parked? {
        // Under the lock: whoever stops the server finds it asleep and registered, or not at all.
        let name = UInt(bitPattern: connection)
        return state.withLock { state in
            guard !state.isStopped else { return nil }
            let parked = Parked()
            unsafe parked.sleep(OpaquePointer(bitPattern: name)!)
            state.waiting[ObjectIdentifier(parked)] = parked
            return parked
        }
    }

    /// Answers one.
    func finish(_ parked: Parked, _ response: HTTPResponse) {
        state.withLock { $0.waiting[ObjectIdentifier(parked)] = nil }
        parked.finish(response)
    }

    /// Answers all, and lets no more wait.
    func stop(_ response: HTTPResponse) {
        let all = state.withLock { state in
            defer { state = State(isStopped: true) }
            return Array(state.waiting.values)
        }
        for parked in all { parked.finish(response) }
    }
}
