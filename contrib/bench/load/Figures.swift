import Glibc
import Synchronization

/// Times of many acts on many threads, and what they come to.
final class Figures: Sendable {
    private let times = Mutex<[Double]>([])
    private let failures = Atomic(0)

    /// Adds times, in seconds.
    func add(_ some: [Double]) { times.withLock { $0 += some } }

    /// Counts an act that failed.
    func fail() { failures.add(1, ordering: .relaxed) }

    /// Runs work on threads, each with its number, to its end.
    func run(threads: Int, _ work: @escaping @Sendable (Int) -> Void) {
        let handles = (0..<threads).map { thread in Self.start { work(thread) } }
        for handle in handles { pthread_join(handle, nil) }
    }

    /// Begins work on a thread, which is to be joined.
    static func start(_ work: @escaping @Sendable () -> Void) -> pthread_t {
        var handle = pthread_t()
        unsafe pthread_create(
            &handle, nil,
            { context in
                unsafe Unmanaged<WorkBox>.fromOpaque(context!).takeRetainedValue().work()
                return nil
            }, Unmanaged.passRetained(WorkBox(work)).toOpaque())
        return handle
    }

    /// Prints one line: `N WHAT/s, p50 … ms, p99 … ms, max … ms, N failures`. Acts per second are what the threads together
    /// do while they wait for the gateway.
    func tell(_ what: String, threads: Int) {
        let sorted = times.withLock { $0.sorted() }
        guard !sorted.isEmpty else {
            print("no \(what), \(failures.load(ordering: .relaxed)) failures")
            exit(1)
        }
        let rate = Double(sorted.count) * Double(threads) / sorted.reduce(0, +)
        func milliseconds(_ place: Int) -> String { "\(Self.tenths(sorted[place] * 1000)) ms" }
        print(
            "\(Self.tenths(rate)) \(what)/s, p50 \(milliseconds(sorted.count / 2)),",
            "p99 \(milliseconds(sorted.count * 99 / 100)), max \(milliseconds(sorted.count - 1)),",
            "\(failures.load(ordering: .relaxed)) failures")
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private final class WorkBox: @unchecked Sendable {
        let work: () -> Void
        init(_ work: @escaping () -> Void) { self.work = work }
    }
}
