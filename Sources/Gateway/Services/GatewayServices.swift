import CertificateTrust
import ClaveDomain
import GatewayServices
import GatewayStore
import Glibc
import Posix
import SecureMemory

/// What the gateway does, apart from HTTP and pages: people, devices, PINs, requests, limits, audit.
///
/// Every call blocks until its writes are on the disk; any thread may call. Times are seconds since 1970 from ``now``.
final class GatewayServices: BackgroundWork {
    typealias Settings = GatewaySettings

    let store: any GatewayStore
    /// The store, with what writes leave to be done.
    let database: Database
    let keys: GatewayKeys
    let settings: Settings
    let messages: MessageQueue
    let dispatcher: MessageDispatcher
    let outboxes: Outboxes
    let letterQueue: LetterQueue
    let deviceEvents: DeviceEvents
    let deviceService: DeviceService
    let errands: ErrandQueue
    let runner: ErrandRunner
    let failures: FailedErrands
    let nonceGuard: NonceGuard
    let visits: VisitService
    let pins: PINService
    let approvals: ApprovalService
    let grants: DeviceGrants
    let smsActivation: SMSActivation
    /// Nil where no authority is trusted, and nobody is activated by certificate.
    let certificates: CertificateServices?
    let census: CensusService
    let registrations: RegistrationService
    let letters: LetterService
    /// Nil where nobody is registered by letter.
    let letterPrinting: LetterPrinting?
    let operators: Operators
    let administration: Administration
    let records: RecordService
    let contacts: ContactService
    let removals: RemovalService
    let queries: RecordQueries
    let deviceAdministration: DeviceAdministration
    let letterAdministration: LetterAdministration
    let calls: CallService
    let callDesk: CallDesk
    let reviews: ReviewService
    let recordings: RecordingService
    /// Prints letters; nil where nobody is registered by letter.
    let printer: (any LetterPrinter)?
    let emailQueue: EmailQueue
    let emails: EmailService
    /// Nil where no e-mail is sent.
    let mails: MailDispatcher?
    let clock: Clock
    let auditWriter: AuditWriter
    let auditLog: AuditLog
    let limiter: RateLimiter
    let sweeper: Sweeper
    let listeners: DeviceListeners
    private let reactor = LateReactor()

    /// - Parameters:
    ///   - store: the tables.
    ///   - keys: the gateway's own.
    ///   - sender: brings text messages on their way.
    ///   - certificates: judges certificates; nil if nobody is activated by one.
    ///   - printer: prints letters; nil if nobody is registered by letter.
    ///   - mailer: brings e-mail on its way; nil if none is sent.
    ///   - clock: the time.
    ///   - listeners: hear of the devices' events.
    ///   - reactor: makes what does what writes leave to be done.
    init(
        store: any GatewayStore, keys: GatewayKeys, settings: Settings, sender: any MessageSender,
        certificates: CertificateVerifier? = nil, printer: (any LetterPrinter)? = nil,
        mailer: (any Mailer)? = nil, clock: Clock = Clock(), listeners: DeviceListeners = DeviceListeners(),
        reactor makeReactor: (any BackgroundWork) -> any Reactor
    ) {
        self.store = store
        self.keys = keys
        self.settings = settings
        self.printer = printer
        self.clock = clock
        self.listeners = listeners
        auditWriter = AuditWriter(clock: clock)
        auditLog = AuditLog(store, folder: settings.auditFolder)
        limiter = RateLimiter(settings.limits, keys: keys, clock: clock, audit: auditWriter)
        sweeper = Sweeper(store, clock: clock, limiter: limiter, outboxes: settings.outboxes)
        messages = MessageQueue(keys: keys, clock: clock, origin: settings.isCommand ? .command() : .gateway)
        outboxes = Outboxes(folders: settings.outboxes)
        dispatcher = MessageDispatcher(
            store, queue: messages, sender: sender, clock: clock, audit: auditWriter, outboxes: outboxes)
        database = Database(store, reactor: reactor)
        letterQueue = LetterQueue(clock: clock)
        deviceEvents = DeviceEvents(keys: keys, clock: clock, audit: auditWriter)
        deviceService = DeviceService(database, devices: deviceEvents, clock: clock, audit: auditWriter)
        nonceGuard = NonceGuard(database, limiter: limiter, clock: clock)
        errands = ErrandQueue(keys: keys)
        visits = VisitService(
            database, keys: keys, clock: clock, audit: auditWriter, limiter: limiter, errands: errands)
        pins = PINService(
            database, keys: keys, clock: clock, audit: auditWriter, limiter: limiter, visits: visits,
            devices: deviceEvents, errands: errands)
        approvals = ApprovalService(
            database, origin: settings.origin, clock: clock, audit: auditWriter, limiter: limiter, visits: visits,
            errands: errands)
        grants = DeviceGrants(deviceEvents)
        smsActivation = SMSActivation(
            database, keys: keys, clock: clock, audit: auditWriter, limiter: limiter, errands: errands, grants: grants)
        census = CensusService(database)
        registrations = RegistrationService(database, clock: clock, grants: grants)
        if let certificates {
            let proofs = CertificateProofs(
                database, verifier: certificates, origin: settings.origin, clock: clock, audit: auditWriter,
                limiter: limiter)
            self.certificates = CertificateServices(
                proofs: proofs,
                activation: CertificateActivation(database, audit: auditWriter, proofs: proofs, grants: grants),
                registration: CertificateRegistration(
                    database, clock: clock, audit: auditWriter, proofs: proofs, registrations: registrations))
        } else {
            self.certificates = nil
        }
        let codes = LetterCodes(keys: keys)
        letters = LetterService(
            database, clock: clock, audit: auditWriter, limiter: limiter, errands: errands, codes: codes,
            census: census, registrations: registrations, printer: printer)
        let (database, audit) = (database, auditWriter)
        letterPrinting = printer.map {
            LetterPrinting(database, clock: clock, audit: audit, codes: codes, printer: $0)
        }
        let (queue, outboxes) = (EmailQueue(keys: keys, clock: clock, audit: audit), outboxes)
        emailQueue = queue
        emails = EmailService(database, queue: queue, clock: clock, audit: audit)
        mails = mailer.map {
            MailDispatcher(
                database, queue: queue, mailer: $0, origin: settings.origin, clock: clock, audit: audit,
                outboxes: outboxes)
        }
        operators = Operators(database, clock: clock, audit: auditWriter)
        administration = Administration(database, clock: clock, operators: operators)
        records = RecordService(
            database, clock: clock, audit: auditWriter, administration: administration, messages: messages,
            mails: emailQueue)
        contacts = ContactService(
            database, keys: keys, clock: clock, audit: auditWriter, limiter: limiter, messages: messages,
            emails: emailQueue, registrations: registrations, grants: grants, records: records)
        removals = RemovalService(
            keys: keys, audit: auditWriter, administration: administration, devices: deviceEvents,
            messages: messages, outboxes: outboxes)
        queries = RecordQueries(database, clock: clock)
        deviceAdministration = DeviceAdministration(administration, devices: deviceEvents)
        letterAdministration = LetterAdministration(
            clock: clock, audit: auditWriter, administration: administration, queue: letterQueue,
            isPrinterReady: { printer.map { !$0.isFull } ?? false })
        let callClock = CallClock(clock, isCommand: settings.isCommand)
        calls = CallService(
            database, keys: keys, clock: callClock, audit: auditWriter, limiter: limiter,
            office: .init(hours: settings.callHours, operators: settings.callOperators), census: census)
        callDesk = CallDesk(
            database, clock: callClock, audit: auditWriter, administration: administration, census: census,
            registrations: registrations)
        reviews = ReviewService(
            database, clock: callClock, audit: auditWriter, administration: administration, removals: removals)
        recordings = RecordingService(database, keys: keys, clock: callClock, audit: auditWriter)
        let work = ErrandWork(
            visits: visits, devices: deviceEvents, messages: messages, letters: letterQueue, limiter: limiter,
            clock: clock, audit: auditWriter)
        runner = ErrandRunner(database, queue: errands, work: work, clock: clock, audit: auditWriter)
        failures = FailedErrands(database, queue: errands, audit: auditWriter)
        reactor.set(makeReactor(self))
    }

    func now() -> Int64 { clock.now() }

    /// Hears from now on what commands beside this gateway have done, and tells the event streams, the printer and the mailer.
    func hearOtherProcesses() throws(StoreError) -> any StoreSubscription {
        try store.subscribe { [weak self] notices in
            var effects = Effects()
            for notice in notices {
                switch notice {
                case .events(let device): effects.devices.insert(device)
                case .post: effects.hasPost = true
                }
            }
            self?.reactor.react(to: effects)
        }
    }

    func runErrands() throws(StoreError) { try runner.runErrands() }
    func sendMessages() throws(StoreError) { try dispatcher.sendMessages() }

    /// Seconds after which letters that could not be printed are tried again.
    private static let printerPatience: Int32 = 600

    /// Starts the threads that run errands, hand messages and e-mail over, and print letters, each by itself: a slow modem
    /// keeps no PIN from a device, and no request waits for a printer, nor tells by its time that a letter goes out.
    ///
    /// - Parameter complain: hears why something could not be done; it is tried again with the next, and each minute. Single
    ///   messages, mails and letters that fail are in the audit.
    func startWorkers(_ bells: WorkBells, complain: @escaping @Sendable (String) -> Void) throws {
        try dispatcher.release()
        try Worker.start(bells.errands) {
            self.keys.withDigests {
                do { try self.runErrands() } catch { complain("requests could not be carried out: \(error)") }
            }
        }
        try Worker.start(bells.messages) {
            do { try self.sendMessages() } catch { complain("messages could not be sent: \(error)") }
        }
        if let mails {
            try Worker.start(bells.mails) {
                do { try mails.sendMails() } catch { complain("e-mail could not be sent: \(error)") }
            }
        }
        guard let letterPrinting else { return }
        try Worker.start(bells.letters, timeout: Self.printerPatience) {
            do { try letterPrinting.printLetters() } catch { complain("letters could not be printed: \(error)") }
        }
    }
}

// What the services that are no types of their own yet share. It goes with the last of them.
extension GatewayServices {
    func audit(
        _ tx: WriteTransaction, _ act: String, subject: String, address: String = "", by actor: Actor? = nil,
        outcome: String
    ) throws(StoreError) {
        try auditWriter.record(tx, act, subject: subject, address: address, by: actor, outcome: outcome)
    }
}
