import CLinux
import Glibc
import Posix

/// Keeps a card in a virtual reader until a signal ends it: SIGUSR1 pulls the card out, SIGUSR2 puts it in again.
struct ReaderLoop: ~Copyable {
    /// Milliseconds between attempts to reach a reader.
    private static let pause: Int32 = 300

    private let address: ReaderAddress
    private let answerToReset: [UInt8]
    private var card: FaultyTransport
    private let log: CardLog?
    private let say: (String) -> Void
    private let signals: Descriptor
    private var socket: Descriptor?
    /// The socket's number; -1 without one, which `poll` passes over.
    private var socketNumber: Int32 = -1
    private var messages = ReaderMessages()
    private var isIn = true
    private var isOver = false
    private var hasComplained = false

    /// A loop; its signals are blocked in this thread from now on.
    init(
        _ card: FaultyTransport, answerToReset: [UInt8], at address: ReaderAddress, log: consuming CardLog?,
        say: @escaping (String) -> Void
    ) throws(SystemError) {
        self.card = card
        self.answerToReset = answerToReset
        self.address = address
        self.log = log
        self.say = say
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2] { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signals = Descriptor(
            owning: try retrying("signalfd") { unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)) })
    }

    /// Runs until SIGTERM, SIGINT or SIGHUP.
    mutating func run() {
        while !isOver {
            if isIn && socket == nil { insert() }
            let isWaiting = isIn && socket == nil
            guard wait(isWaiting ? Self.pause : -1) else { continue }
            receive()
        }
    }

    // MARK: In and out

    private mutating func insert() {
        do throws(SystemError) {
            let made = try address.connect()
            socketNumber = made.number
            socket = consume made
            messages = ReaderMessages()
            card.reset()
            hasComplained = false
            say("in the reader at \(address.host):\(address.port)")
        } catch {
            if !hasComplained { say("waiting for a reader: \(error)") }
            hasComplained = true
        }
    }

    private mutating func pull() {
        isIn = false
        leave()
        say("out of the reader; SIGUSR2 puts the card in again")
    }

    private mutating func leave() {
        socket = nil
        socketNumber = -1
        card.reset()
    }

    // MARK: Waiting

    /// Waits for the reader or a signal, at most so many milliseconds; whether the reader has something.
    private mutating func wait(_ milliseconds: Int32) -> Bool {
        var places = [
            pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socketNumber, events: Int16(POLLIN), revents: 0),
        ]
        guard unsafe poll(&places, 2, milliseconds) > 0 else { return false }
        if places[0].revents != 0 { takeSignals() }
        return places[1].revents != 0 && socket != nil
    }

    private mutating func takeSignals() {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while unsafe read(signals.number, &information, size) == size {
            switch Int32(information.ssi_signo) {
            case SIGUSR1: if isIn { pull() }
            case SIGUSR2: isIn = true
            default: isOver = true
            }
        }
    }

    // MARK: Messages

    private mutating func receive() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let number = socketNumber
        acknowledge()
        let count = (try? retrying("read", { unsafe read(number, &buffer, buffer.count) })) ?? 0
        guard count > 0 else {
            // The reader has gone; it is looked for again after a pause.
            leave()
            _ = wait(Self.pause)
            return
        }
        messages.append(buffer[..<count])
        while !isOver, socket != nil, let message = messages.next() { handle(message) }
    }

    /// The reader sends a message's length and its content apart, and waits with the second until the first has been
    /// acknowledged, which is otherwise put off for 40 ms. The kernel forgets this wish from time to time.
    private borrowing func acknowledge() {
        var wish: Int32 = 1
        unsafe setsockopt(
            socketNumber, Int32(IPPROTO_TCP), TCP_QUICKACK, &wish, socklen_t(MemoryLayout<Int32>.size))
    }

    private mutating func handle(_ message: ReaderMessages.Message) {
        switch message {
        case .powerOff, .powerOn, .reset: card.reset()
        case .answerToReset: send(answerToReset)
        case .unknown: break
        case .command(let bytes): transmit(bytes)
        }
    }

    private mutating func transmit(_ bytes: [UInt8]) {
        let reply = card.respond(to: bytes)
        note("> " + CardLog.shown(bytes))
        switch reply {
        case .removed:
            note("< removed")
            pull()
        case .answer(let answer, let delay):
            note("< " + hexadecimal(answer))
            if delay > 0 { sleep(milliseconds: delay) }
            if !isOver && isIn { send(answer) }
        }
    }

    private borrowing func note(_ text: String) {
        guard log != nil else { return }
        log!.write(card.count, text)
    }

    /// Waits; a signal that ends the program or pulls the card ends it too.
    private mutating func sleep(milliseconds: Int) {
        var place = pollfd(fd: signals.number, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&place, 1, Int32(milliseconds)) > 0 { takeSignals() }
    }

    private mutating func send(_ bytes: [UInt8]) {
        guard socket != nil else { return }
        let framed = ReaderMessages.framed(bytes)
        do throws(SystemError) { try socket!.sendAll(unsafe framed.span.bytes) } catch { leave() }
    }
}
