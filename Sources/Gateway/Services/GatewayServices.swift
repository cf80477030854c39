import CertificateTrust
import ClaveDomain
import GatewayStore
import Glibc
import Posix
import SecureMemory
import Synchronization

/// What the gateway does, apart from HTTP and pages: people, devices, PINs, requests, limits, audit.
///
/// Every call blocks until its writes are on the disk; any thread may call. Times are seconds since 1970 from ``now``.
final class GatewayServices: Sendable {
    /// How a gateway runs.
    struct Settings: Sendable {
        /// For people and agents: "Sandbox gateway".
        var name = "Sandbox gateway"
        /// `https://host:port`, as browsers and agents see it.
        var origin: String
        /// Pins of the TLS keys, for agents.
        var pins: [String] = []
        /// Attempts from one network address in ten minutes, and visits that it may begin.
        var attemptsPerAddress = 100
        /// Attempts on one document from one network address in ten minutes.
        var attemptsPerDocument = 10
        /// When video calls are held, by how many operators at once, and by which servers browsers learn their network
        /// addresses (RFC 8489): none within one network.
        var callHours = WorkingHours.none
        var callOperators = 1
        var stunServers: [String] = []
        /// By which alone the pictures of calls go; nil where browsers may reach each other.
        var turn: TurnServer?
        /// Whether this is a command, which may run beside the gateway: it sends the text messages of its own acts alone.
        var isCommand = false
        /// Where closed files of the audit lie; nil where none are closed.
        var auditFolder: String?
        /// Folders with what the sandbox has sent, also where this gateway sends by other means now.
        var outboxes: [String] = []
    }

    let store: any GatewayStore
    let keys: GatewayKeys
    let settings: Settings
    let sender: any MessageSender
    /// Judges certificates; nil where no authority is trusted, and nobody is activated by one.
    let certificates: CertificateVerifier?
    /// Prints letters; nil where nobody is registered by letter.
    let printer: (any LetterPrinter)?
    let now: @Sendable () -> Int64
    let jumps: ClockJumps
    /// Whose a text message is: empty for the gateway's, random for a command's.
    let messageOrigin: [UInt8]
    /// Brings e-mail on its way; nil where none is sent.
    let mailer: (any Mailer)?
    /// Number of the newest errand that waited when this gateway ran errands first; -1 before.
    let newestFormerErrand = Atomic<Int64>(-1)
    /// What was handed over while the disk could not record it.
    let doneMessages = Kept<SentMessage>()
    let doneMails = Kept<SentMail>()
    private let errands = Mutex<(@Sendable () -> Void)?>(nil)
    private let messages = Mutex<(@Sendable () -> Void)?>(nil)
    private let letters = Mutex<@Sendable () -> Void>({})
    private let mails = Mutex<@Sendable () -> Void>({})
    private let news = Mutex<@Sendable (Int64) -> Void>({ _ in })

    /// - Parameters:
    ///   - store: the tables.
    ///   - keys: the gateway's own.
    ///   - sender: brings text messages on their way.
    ///   - certificates: judges certificates; nil if nobody is activated by one.
    ///   - printer: prints letters; nil if nobody is registered by letter.
    ///   - mailer: brings e-mail on its way; nil if none is sent.
    ///   - now: the clock.
    ///   - sinceStart: seconds since the machine's start, by which it is noticed that the clock is set.
    init(
        store: any GatewayStore, keys: consuming GatewayKeys, settings: Settings, sender: any MessageSender,
        certificates: CertificateVerifier? = nil, printer: (any LetterPrinter)? = nil,
        mailer: (any Mailer)? = nil, now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
        sinceStart: @escaping @Sendable () -> Int64 = { Int64(SteadyClock.milliseconds / 1000) }
    ) {
        self.store = store
        self.keys = keys
        self.settings = settings
        self.sender = sender
        self.certificates = certificates
        self.printer = printer
        self.mailer = mailer
        self.now = now
        jumps = ClockJumps(at: now(), sinceStart)
        messageOrigin = settings.isCommand ? randomBytes(16) : []
    }

    /// Who is called, with the device's number, when there is news for a device: the event streams.
    func onNews(_ action: @escaping @Sendable (Int64) -> Void) {
        news.withLock { $0 = action }
    }

    /// Hears from now on what commands beside this gateway have done, and tells the event streams, the printer and the mailer.
    func hearOtherProcesses() throws(StoreError) -> any StoreSubscription {
        try store.subscribe { [weak self] notices in
            for notice in notices {
                switch notice {
                case .events(let device): self?.tellNews(of: device)
                case .post:
                    self?.wakePrinter()
                    self?.wakeMailer()
                }
            }
        }
    }

    /// Tells that a device has news.
    func tellNews(of device: Int64) {
        news.withLock { $0 }(device)
    }

    /// What is called when errands wait for ``runErrands()``. Without it they are run at once, by who leaves them.
    func onErrands(_ action: @escaping @Sendable () -> Void) {
        errands.withLock { $0 = action }
    }

    /// Tells that errands wait.
    func wakeErrands() {
        if let wake = errands.withLock({ $0 }) { return wake() }
        // What fails here waits for the next time.
        try? runErrands()
    }

    /// What is called when text messages wait for ``sendMessages()``. Without it they are sent at once, by who writes them:
    /// a command waits for its messages.
    func onMessages(_ action: @escaping @Sendable () -> Void) {
        messages.withLock { $0 = action }
    }

    /// Tells that text messages wait.
    func wakeMessenger() {
        if let wake = messages.withLock({ $0 }) { return wake() }
        try? sendMessages()
    }

    /// What is called when letters wait for ``printLetters()``, or may.
    func onLetters(_ action: @escaping @Sendable () -> Void) {
        letters.withLock { $0 = action }
    }

    /// Tells that letters may wait.
    func wakePrinter() { letters.withLock { $0 }() }

    /// What is called when e-mail waits for ``sendMails()``, or may.
    func onMails(_ action: @escaping @Sendable () -> Void) {
        mails.withLock { $0 = action }
    }

    /// Tells that e-mail may wait.
    func wakeMailer() { mails.withLock { $0 }() }

    // MARK: Small things

    /// `count` random symbols of the PIN's alphabet: uniform, as 256 is a multiple of 32.
    func randomSymbols(_ count: Int) -> [UInt8] {
        randomBytes(count).map { PINAlphabet.symbol($0 & 31) }
    }

    /// `count` random decimal digits: uniform, as a byte from 250 on is drawn again.
    func randomDigits(_ count: Int) -> [UInt8] {
        var digits: [UInt8] = []
        while digits.count < count {
            digits += randomBytes(count).filter { $0 < 250 }.map { UInt8(ascii: "0") + $0 % 10 }
        }
        return Array(digits.prefix(count))
    }

    /// Removes what has expired: old transactions, nonces, counts, events. Called once a minute; what was deleted since
    /// the last time is gone from the write-ahead log too.
    ///
    /// - Returns: false if the clock was set lately, and nothing was removed.
    @discardableResult
    func sweep() throws(StoreError) -> Bool {
        let now = now()
        guard jumps.areOver(at: now) else { return false }
        try store.write { (tx) throws(StoreError) in
            tx.leavesNoTrace()
            try tx.nonces.removeExpired(at: now)
            try sweepActs(tx)
            try tx.devices.removeExpiredEvents(at: now)
            try tx.activations.removeExpired(at: now)
            try tx.messages.removeExpired(at: now)
            try tx.errands.removeSetAside(before: now - Self.errandLife)
            try tx.registrations.removeExpired(at: now)
            try tx.emails.removeExpired(at: now)
            try tx.notices.remove(before: now - Self.newsLife)
            try tx.devices.removeForgotten()
            try tx.challenges.removeExpired(at: now)
            try sweepCalls(tx)
            try tx.visits.removeAll(begunBefore: now - 86_400)
            // Of a PIN that lets nobody in any more, the digest goes too.
            try tx.visits.removeDeadPINs(at: now)
        }
        for folder in settings.outboxes { Outbox(folder: folder).removeOld(at: now) }
        return true
    }
}
