import Glibc
import Synchronization

/// The signals by which a person, a shell or the end of a session ends a program.
public enum EndingSignals {
    static let all = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]

    /// Whether this one ends the program now: as the system has it, or once the files of ``PassingFile`` are gone.
    static func ends(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        if case .none = unsafe action.__sigaction_handler.sa_handler { return true }
        return PassingFiles.handled.load(ordering: .acquiring) & 1 << UInt64(number) != 0
    }

    /// Has those that come meanwhile wait: for steps of which all are done or none, and which are done at once.
    public static func held<Failure>(_ body: () throws(Failure) -> Void) throws(Failure) {
        var ending = sigset_t()
        unsafe sigemptyset(&ending)
        for number in all { unsafe sigaddset(&ending, number) }
        var before = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, &ending, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}

/// A file that goes again: with this value, or with the program where one of ``EndingSignals`` ends it.
@safe
public final class PassingFile {
    public let path: String
    private let entry: UnsafeMutablePointer<PassingEntry>

    /// - Parameter path: absolute, or the program stays in its folder. It is said before the file is made, so that no
    ///   signal can come between.
    public init(_ path: String) {
        self.path = path
        unsafe entry = PassingEntry.add(path)
    }

    /// It stays, or has another name by now.
    public func keep() { unsafe entry.pointee.isPassing.store(false, ordering: .releasing) }

    deinit {
        guard unsafe entry.pointee.isPassing.load(ordering: .acquiring) else { return }
        unsafe unlink(path)
        keep()
    }
}

/// What the handler of signals reads. It stays in memory, for the handler may be reading it: some bytes for each file.
@unsafe
private struct PassingEntry: ~Copyable {
    let path: UnsafeMutablePointer<CChar>
    var next: UnsafeMutablePointer<PassingEntry>?
    let isPassing = Atomic(true)

    static func add(_ path: String) -> UnsafeMutablePointer<PassingEntry> {
        guard let bytes = unsafe copiedSystemBytes(path) else { fatalError("out of memory") }
        let entry = UnsafeMutablePointer<PassingEntry>.allocate(capacity: 1)
        // Made before a handler may look at it.
        var first = unsafe PassingFiles.first.load(ordering: .acquiring)
        PassingFiles.handleSignals()
        unsafe entry.initialize(to: PassingEntry(path: bytes, next: first))
        while true {
            let (isDone, now) = unsafe PassingFiles.first.compareExchange(
                expected: first, desired: entry, ordering: .acquiringAndReleasing)
            if isDone { return unsafe entry }
            unsafe first = now
            unsafe entry.pointee.next = first
        }
    }
}

private enum PassingFiles {
    nonisolated(unsafe) static let first = unsafe Atomic<UnsafeMutablePointer<PassingEntry>?>(nil)

    /// The signals that do so, each a bit.
    static let handled = Atomic<UInt64>(0)

    /// Has ``EndingSignals`` remove the files, once; one that the caller has the program ignore, as `nohup` does, is still
    /// ignored.
    static func handleSignals() { _ = isHandling }

    private static let isHandling: Bool = {
        for number in EndingSignals.all {
            var now = sigaction()
            guard unsafe sigaction(number, nil, &now) == 0, case .none = unsafe now.__sigaction_handler.sa_handler
            else {
                continue
            }
            signal(number, removeFilesAndEnd)
            handled.bitwiseOr(1 << UInt64(number), ordering: .releasing)
        }
        return true
    }()
}

/// May do next to nothing (signal-safety(7)): it calls unlink(2), and has the signal end the program once it returns.
private func removeFilesAndEnd(_ number: Int32) {
    var next = unsafe PassingFiles.first.load(ordering: .acquiring)
    while let entry = unsafe next {
        if unsafe entry.pointee.isPassing.load(ordering: .acquiring) { unsafe unlink(entry.pointee.path) }
        unsafe next = entry.pointee.next
    }
    signal(number, SIG_DFL)
    raise(number)
}
