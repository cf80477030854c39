import Glibc
import Synchronization

/// Asks for PINs as fast as the gateway gives them: each thread a browser, each request an issue that is on the disk when
/// it is answered.
struct Issues {
    private let gateway: Gateway

    init(_ gateway: Gateway) { self.gateway = gateway }

    func run(first: Int, count: Int, threads: Int, each: Int) {
        let times = Mutex<[Double]>([])
        let failures = Atomic(0)
        let share = count / threads
        var handles: [pthread_t] = []
        for thread in 0..<threads {
            let box = WorkBox {
                var own: [Double] = []
                let client = Client(gateway)
                for index in 0..<share {
                    own += issue(client, first + thread * share + index, each, failures)
                }
                times.withLock { $0 += own }
            }
            var handle = pthread_t()
            unsafe pthread_create(
                &handle, nil,
                { context in
                    unsafe Unmanaged<WorkBox>.fromOpaque(context!).takeRetainedValue().work()
                    return nil
                }, Unmanaged.passRetained(box).toOpaque())
            handles.append(handle)
        }
        for handle in handles { pthread_join(handle, nil) }
        let sorted = times.withLock { $0.sorted() }
        guard !sorted.isEmpty else {
            print("no PIN was issued")
            exit(1)
        }
        let issuing = sorted.reduce(0, +) / Double(threads)
        print(
            "\(tenths(Double(sorted.count) / issuing)) issues/s, p50 \(tenths(sorted[sorted.count / 2] * 1000)) ms,",
            "p99 \(tenths(sorted[sorted.count * 99 / 100] * 1000)) ms, \(failures.load(ordering: .relaxed)) failures")
    }

    private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    /// One visit; the seconds of each of its issues.
    private func issue(_ client: Client, _ person: Int, _ each: Int, _ failures: borrowing Atomic<Int>) -> [Double] {
        client.prepare(gateway.origin + "/procedure/padro", post: [])
        guard client.send() == 303 else {
            failures.add(1, ordering: .relaxed)
            return []
        }
        client.prepare(gateway.origin + "/gateway/pin")
        _ = client.send()
        let page = String(decoding: client.body, as: UTF8.self)
        let token = page.split(separator: "name=\"form\" value=\"").dropFirst().first?.prefix { $0 != "\"" } ?? ""
        let form = Array("form=\(token)&document=\(Gateway.document(person))&datum=31-12-2030".utf8)
        var times: [Double] = []
        for _ in 0..<each {
            client.prepare(gateway.origin + "/gateway/pin/request", post: form)
            let start = seconds()
            if client.send() == 303 { times.append(seconds() - start) } else { failures.add(1, ordering: .relaxed) }
        }
        return times
    }

    private final class WorkBox: @unchecked Sendable {
        let work: () -> Void
        init(_ work: @escaping () -> Void) { self.work = work }
    }
}
