import CLinux
import Glibc

/// Many clients that ask the same again and again, and how long each answer took.
struct Load {
    private let socket: String
    private let request: [UInt8]
    /// The type that every answer must have.
    private let answer: UInt8
    /// Each answer is followed by a new connection.
    private let reconnects: Bool
    private let epoll = epoll_create1(0)
    private var clients: [Int32: Client] = [:]
    private var times: [Float] = []
    private var elapsed = 0.0

    init(socket: String, request: [UInt8], answer: UInt8, reconnects: Bool) {
        self.socket = socket
        self.request = request
        self.answer = answer
        self.reconnects = reconnects
    }

    /// Measures for a time, after a warm-up of a tenth of it.
    mutating func run(clients count: Int, seconds duration: Double) {
        for _ in 0..<count { begin() }
        pump(until: seconds() + duration / 10)
        times.removeAll(keepingCapacity: true)
        let start = seconds()
        pump(until: start + duration)
        elapsed = seconds() - start
    }

    /// Prints the figures.
    func report() {
        let sorted = times.sorted()
        guard !sorted.isEmpty else { fail("nothing was answered") }
        let rate = Int(Double(sorted.count) / elapsed)
        let middle = Int(sorted[sorted.count / 2] * 1e6)
        let late = Int(sorted[min(sorted.count * 99 / 100, sorted.count - 1)] * 1e6)
        print("\(rate)\t\(middle)\t\(late)")
    }

    private mutating func begin() {
        let start = seconds()
        var client = Client(socket)
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue
        unsafe event.data.fd = client.number
        _ = unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, client.number, &event)
        client.sent = start
        client.send(request)
        clients[client.number] = client
    }

    private mutating func pump(until end: Double) {
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)
        var now = seconds()
        while now < end {
            let count = unsafe epoll_wait(epoll, &events, 256, 1000)
            for index in 0..<Int(max(count, 0)) { take(unsafe events[index].data.fd) }
            now = seconds()
        }
    }

    private mutating func take(_ number: Int32) {
        guard clients[number]!.receive() else { return }
        guard clients[number]!.answer[4] == answer else { fail("the agent refused") }
        let now = seconds()
        times.append(Float(now - clients[number]!.sent))
        clients[number]!.answer.removeAll(keepingCapacity: true)
        guard !reconnects else {
            clients[number] = nil
            close(number)
            return begin()
        }
        clients[number]!.sent = now
        clients[number]!.send(request)
    }
}
