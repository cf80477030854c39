import CPCSC
import Glibc
import Posix
import Synchronization

/// The card service as such.
enum CardService {
    /// How long a service that runs, or is being started, has to answer.
    private static let patience = 10

    /// A place in the service for one who asks; the caller releases it.
    ///
    /// - Throws: ``ReaderError/serviceSilent(seconds:)`` if the service takes the connection and then says nothing.
    static func open() throws(ReaderError) -> Int {
        let attempt: Attempt
        do throws(SystemError) { attempt = try Attempt() } catch { throw .failed("\(error)") }
        try attempt.start()
        guard let result = attempt.outcome(within: patience) else { throw .serviceSilent(seconds: patience) }
        return try result.get()
    }

    fileprivate static func establish() throws(ReaderError) -> Int {
        var context = SCARDCONTEXT()
        let result = unsafe SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &context)
        if clave_pcsc_outcome(result) == CLAVE_PCSC_NO_SERVICE { throw .noService }
        try ReaderError.check("SCardEstablishContext", result)
        return context
    }
}

/// One attempt to speak with the service, on a thread of its own: PC/SC's library waits for the first answer without end,
/// and can't be called off. A thread that nobody waits for any more gives its place back when it gets one.
private final class Attempt: Sendable {
    private enum State {
        case waiting
        case abandoned
        case done(Result<Int, ReaderError>)
    }

    private let state = Mutex(State.waiting)
    private let told: Descriptor
    private let teller: Descriptor

    init() throws(SystemError) {
        let ends = try Descriptor.pipe()
        told = Descriptor(owning: ends.0)
        teller = Descriptor(owning: ends.1)
    }

    func start() throws(ReaderError) {
        let attempt = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { attempt in
                unsafe Unmanaged<Attempt>.fromOpaque(attempt!).takeRetainedValue().run()
                return nil
            }, attempt.toOpaque())
        guard result == 0 else {
            unsafe attempt.release()
            throw .failed("\(SystemError("pthread_create", number: result))")
        }
        pthread_detach(thread)
    }

    private func run() {
        let result = Result { () throws(ReaderError) in try CardService.establish() }
        let isWanted = state.withLock { state in
            if case .abandoned = state { return false }
            state = .done(result)
            return true
        }
        if isWanted {
            try? teller.writeAll(unsafe [UInt8](repeating: 0, count: 1).span.bytes)
        } else if case .success(let context) = result {
            SCardReleaseContext(context)
        }
    }

    /// What came of it; nil if nothing came in so many seconds.
    func outcome(within seconds: Int) -> Result<Int, ReaderError>? {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var place = pollfd(fd: told.number, events: Int16(POLLIN), revents: 0)
        while true {
            let left = max(0, (deadline - ContinuousClock.now) / .milliseconds(1))
            if unsafe poll(&place, 1, Int32(left.rounded(.up))) > 0 || left == 0 { break }
        }
        return state.withLock { state in
            if case .done(let result) = state { return result }
            state = .abandoned
            return nil
        }
    }
}
