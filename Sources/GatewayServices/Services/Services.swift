public import CertificateTrust
public import GatewayStore

/// The services of a gateway, each with what it needs: the one place where they are put together.
///
/// What keeps something from one call to the next is made once; the rest are values, which are made where they are asked for
/// (`Services+*.swift`). Every call blocks until its writes are on the disk; any thread may call.
///
/// Those values do not keep it. Where it does itself what writes leave to be done (``InlineReactor``), it has to live as
/// long as they are used.
public final class Services: BackgroundWork {
    public let store: any GatewayStore
    /// The store, with what writes leave to be done.
    let database: Database
    public let keys: GatewayKeys
    public let settings: GatewaySettings
    public let clock: Clock
    /// Hear of the devices' events.
    public let listeners: DeviceListeners
    public let audit: AuditWriter
    public let auditLog: AuditLog
    public let limiter: RateLimiter
    public let sweeper: Sweeper
    public let messages: MessageQueue
    public let dispatcher: MessageDispatcher
    public let runner: ErrandRunner
    /// Nil where no e-mail is sent.
    public let mails: MailDispatcher?
    /// Nil where nobody is registered by letter.
    public let letterPrinting: LetterPrinting?
    let printer: (any LetterPrinter)?
    let verifier: CertificateVerifier?
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
    public init(
        store: any GatewayStore, keys: GatewayKeys, settings: GatewaySettings, sender: any MessageSender,
        certificates: CertificateVerifier? = nil, printer: (any LetterPrinter)? = nil,
        mailer: (any Mailer)? = nil, clock: Clock = Clock(), listeners: DeviceListeners = DeviceListeners(),
        reactor makeReactor: (any BackgroundWork) -> any Reactor
    ) {
        let (audit, database) = (AuditWriter(clock: clock), Database(store, reactor: reactor))
        let limiter = RateLimiter(settings.limits, keys: keys, clock: clock, audit: audit)
        let messages = MessageQueue(keys: keys, clock: clock, origin: settings.isCommand ? .command() : .gateway)
        (self.store, self.database, self.keys, self.settings) = (store, database, keys, settings)
        (self.clock, self.listeners, self.audit, self.limiter) = (clock, listeners, audit, limiter)
        (self.messages, self.printer, verifier) = (messages, printer, certificates)
        auditLog = AuditLog(store, folder: settings.auditFolder)
        let outboxes = Outboxes(folders: settings.outboxes)
        sweeper = Sweeper(store, clock: clock, limiter: limiter, outboxes: outboxes)
        dispatcher = MessageDispatcher(
            store, queue: messages, sender: sender, clock: clock, audit: audit, outboxes: outboxes)
        mails = mailer.map {
            MailDispatcher(
                database, queue: EmailQueue(keys: keys, clock: clock, audit: audit), mailer: $0,
                origin: settings.origin, clock: clock, audit: audit, outboxes: outboxes)
        }
        letterPrinting = printer.map {
            LetterPrinting(database, clock: clock, audit: audit, codes: LetterCodes(keys: keys), printer: $0)
        }
        let errands = ErrandQueue(keys: keys)
        let visits = VisitService(database, keys: keys, clock: clock, audit: audit, limiter: limiter, errands: errands)
        let work = ErrandWork(
            visits: visits, devices: DeviceEvents(keys: keys, clock: clock, audit: audit), messages: messages,
            letters: LetterQueue(clock: clock), limiter: limiter, clock: clock, audit: audit)
        runner = ErrandRunner(database, queue: errands, work: work, clock: clock, audit: audit)
        reactor.set(makeReactor(self))
    }

    /// Hears from now on what commands beside this gateway have done, and tells the event streams, the printer and the mailer.
    public func hearOtherProcesses() throws(StoreError) -> any StoreSubscription {
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

    public func runErrands() throws(StoreError) { try runner.runErrands() }
    public func sendMessages() throws(StoreError) { try dispatcher.sendMessages() }
}
