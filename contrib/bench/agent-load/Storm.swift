import CLinux
import Glibc

/// A client that has thousands of requests under way at once, and reads the answers as they come.
struct Flood {
    /// Requests that are sent in one go.
    private static let count = 13_000

    /// Goes on for a time.
    static func run(_ socket: String, _ request: [UInt8], seconds duration: Double) {
        let client = Client(socket)
        let requests = (0..<count).flatMap { _ in request }
        let end = seconds() + duration
        var sent = 0
        var entry = pollfd(fd: client.number, events: Int16(POLLIN | POLLOUT), revents: 0)
        while seconds() < end {
            guard unsafe poll(&entry, 1, 1000) >= 0 else { fail("poll") }
            if entry.revents & Int16(POLLIN | POLLHUP) != 0 { discard(client.number) }
            if entry.revents & Int16(POLLOUT) != 0 {
                sent = (sent + put(requests[sent...], client.number)) % requests.count
            }
        }
        close(client.number)
    }

    private static func discard(_ number: Int32) {
        unsafe withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 16) { buffer in
            if unsafe recv(number, buffer.baseAddress!, buffer.count, Int32(MSG_DONTWAIT)) == 0 {
                fail("the agent has closed a connection that floods it")
            }
        }
    }

    private static func put(_ bytes: ArraySlice<UInt8>, _ number: Int32) -> Int {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let count = unsafe bytes.withUnsafeBytes { unsafe send(number, $0.baseAddress!, $0.count, flags) }
        return max(count, 0)
    }
}

/// A client that asks now and then, and how long each answer took.
struct Patience {
    /// Microseconds between an answer and the next request.
    private static let pause: UInt32 = 2000

    /// Prints the middle time, the 99th of a hundred and the longest, in microseconds.
    static func run(_ socket: String, _ request: [UInt8], seconds duration: Double) {
        let client = Client(socket)
        var times: [Double] = []
        let end = seconds() + duration
        while seconds() < end {
            let start = seconds()
            _ = client.ask(request)
            times.append(seconds() - start)
            usleep(pause)
        }
        times.sort()
        guard let longest = times.last else { fail("nothing was answered") }
        let figures = [times[times.count / 2], times[min(times.count * 99 / 100, times.count - 1)], longest]
        print(figures.map { "\(Int($0 * 1e6))" }.joined(separator: "\t"))
    }
}
