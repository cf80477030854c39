import CPCSC
import Glibc
import Synchronization

/// The readers of this computer, by its card service (pcscd).
///
/// One thread looks or waits at a time; ``cancel()`` may come from any.
public final class CardReaders: Sendable {
    /// The most readers that are looked at; the service itself has no more than 16, and one place is for the question
    /// whether another comes.
    public static let limit = 15
    /// The reader that is none: it changes when a reader comes or goes.
    private static let anyReader = #"\\?PnP?\Notification"#
    /// The most bytes of readers' names.
    private static let namesLimit = 16 * 128 + 1
    /// How often a list is made anew because a reader has gone while it was made.
    private static let triesLimit = 8

    private let context: Int
    private let wait = Mutex((isRunning: false, isCancelled: false))

    /// Speaks to the service, which its socket may have to be started for.
    public init() throws(ReaderError) {
        context = try CardService.open()
    }

    deinit {
        SCardReleaseContext(context)
    }

    /// All readers and what is in them now; none if there is no reader.
    public func list() throws(ReaderError) -> [CardReader] {
        for _ in 0..<Self.triesLimit {
            let names = try names()
            guard !names.isEmpty else { return [] }
            if let readers = try look(names.map { ($0, 0) }, milliseconds: 0) { return readers }
        }
        throw .failed("the readers come and go")
    }

    /// Waits until a reader comes or goes, or a card in one does, and returns what is there then.
    ///
    /// The thread sleeps until the service wakes it. A reader that comes in the instant before the service knows that
    /// somebody waits is seen at the next change only; cards are not missed.
    ///
    /// - Parameters:
    ///   - known: what ``list()`` or this has said last; if it is no longer so, that is returned at once.
    ///   - milliseconds: how long; nil for as long as it takes.
    /// - Throws: ``ReaderError/timedOut``, or ``ReaderError/cancelled`` when ``cancel()`` was called meanwhile or before.
    public func change(after known: [CardReader], milliseconds: Int? = nil) throws(ReaderError) -> [CardReader] {
        let deadline = milliseconds.map { ContinuousClock.now + .milliseconds($0) }
        defer { wait.withLock { $0.isRunning = false } }
        while true {
            let readers = try list()
            guard readers.elementsEqual(known, by: { $0.isSame(as: $1) }) else { return readers }
            try begin()
            var watched = readers.map { (name: $0.name, state: $0.state) }
            watched.append((Self.anyReader, 0))
            do throws(ReaderError) {
                _ = try look(watched, milliseconds: Self.remaining(deadline))
            } catch {
                if error == .cancelled { wait.withLock { $0.isCancelled = false } }
                throw error
            }
        }
    }

    /// From now on a cancellation wakes the thread; one that came before ends the wait here.
    private func begin() throws(ReaderError) {
        let isCancelled = wait.withLock { wait in
            defer { wait.isCancelled = false }
            wait.isRunning = !wait.isCancelled
            return wait.isCancelled
        }
        if isCancelled { throw .cancelled }
    }

    /// Ends the wait that there is, or else the next one at once.
    public func cancel() {
        var isRunning = wait.withLock { wait in
            wait.isCancelled = true
            return wait.isRunning
        }
        // The service forgets a cancellation that comes a moment before it knows of the wait.
        while isRunning {
            SCardCancel(context)
            usleep(1000)
            isRunning = wait.withLock { $0.isRunning }
        }
    }

    private static func remaining(_ deadline: ContinuousClock.Instant?) throws(ReaderError) -> Int? {
        guard let deadline else { return nil }
        let left = (deadline - ContinuousClock.now) / .milliseconds(1)
        guard left >= 1 else { throw .timedOut }
        return Int(min(left, Double(Int32.max)))
    }

    private func names() throws(ReaderError) -> [String] {
        var bytes = [CChar](repeating: 0, count: Self.namesLimit)
        var count = DWORD(bytes.count)
        let result = unsafe SCardListReaders(context, nil, &bytes, &count)
        if clave_pcsc_outcome(result) == CLAVE_PCSC_NO_READERS { return [] }
        try ReaderError.check("SCardListReaders", result)
        let names = bytes[..<min(Int(count), bytes.count)].split(separator: 0).prefix(Self.limit)
        return names.map { String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }

    /// Waits until something is not as given, and returns what is; nil if a reader is no longer there.
    private func look(_ readers: [(name: String, state: UInt)], milliseconds: Int?) throws(ReaderError) -> [CardReader]?
    {
        let names = unsafe readers.map { unsafe strdup($0.name) }
        defer { unsafe names.forEach { unsafe free($0) } }
        var states = unsafe zip(names, readers).map { name, reader in
            var state = unsafe SCARD_READERSTATE()
            unsafe state.szReader = UnsafePointer(name)
            unsafe state.dwCurrentState = reader.state
            return unsafe state
        }
        let timeout = milliseconds.map { DWORD(clamping: $0) } ?? DWORD(INFINITE)
        let result = unsafe SCardGetStatusChange(context, timeout, &states, DWORD(states.count))
        if clave_pcsc_outcome(result) == CLAVE_PCSC_READER_GONE { return nil }
        try ReaderError.check("SCardGetStatusChange", result)
        return unsafe zip(readers, states).map { unsafe CardReader($0.name, $1) }
    }
}

extension CardReader {
    fileprivate init(_ name: String, _ state: SCARD_READERSTATE) {
        let atr = unsafe withUnsafeBytes(of: state.rgbAtr) { unsafe Array($0.prefix(Int(state.cbAtr))) }
        unsafe self.init(name: name, state: state.dwEventState, atr: atr)
    }
}
