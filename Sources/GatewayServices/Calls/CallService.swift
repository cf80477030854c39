import ClaveDomain
public import GatewayAPI
public import GatewayStore
import SecureMemory

/// Appointments for video calls, as agents make and follow them; and the person's page (`CallService+Page.swift`).
public struct CallService: Sendable {
    /// The way of registration, as gateways and tables name it.
    public static let method = "call"
    /// As the audit calls it.
    static let act = "call"
    private static let day: Int64 = 86_400

    /// When calls are held.
    public struct Office: Sendable {
        let hours: WorkingHours
        let operators: Int

        /// - Parameters:
        ///   - hours: when operators are at work.
        ///   - operators: how many hold calls at once.
        public init(hours: WorkingHours, operators: Int) {
            self.hours = hours
            self.operators = operators
        }
    }

    let database: Database
    let audit: AuditWriter
    let limiter: RateLimiter
    let clock: CallClock
    private let keys: GatewayKeys
    private let office: Office
    private let census: CensusService

    public init(
        _ database: Database, keys: GatewayKeys, clock: CallClock, audit: AuditWriter, limiter: RateLimiter,
        office: Office, census: CensusService
    ) {
        self.database = database
        self.keys = keys
        self.clock = clock
        self.audit = audit
        self.limiter = limiter
        self.office = office
        self.census = census
    }

    // MARK: Times

    /// What the question for times came to.
    public enum Offer: Equatable, Sendable {
        case slots(CallSlots)
        /// Too often: wait these seconds.
        case tooMany(seconds: Int64)
    }

    /// When calls can be: the same for right and wrong data.
    public func slots(for asked: ClaimedPerson, address: String) throws(StoreError) -> Offer {
        let moment = clock.moment()
        return try database.write { (tx, _) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.act) {
                return .tooMany(seconds: seconds)
            }
            let starts = try freeStarts(tx, moment).prefix(RegistrationCall.slotLimit)
            return .slots(
                CallSlots(
                    isOpen: office.hours.isOpen(at: moment.now),
                    waiting: UInt32(clamping: try tx.calls.line(at: moment).count),
                    starts: starts.map { UInt64(clamping: $0) }))
        }
    }

    /// Beginnings of appointments of which not all are taken. Those of wrong data count too: else a free one would tell.
    private func freeStarts(
        _ tx: StoreTransaction<some StoreAccess>, _ moment: Moment
    ) throws(StoreError) -> [Int64] {
        let taken = try tx.calls.appointments(after: moment.now)
        return office.hours.starts(after: moment.now, days: CallRules.days, length: CallRules.length)
            .filter { taken[$0, default: 0] < office.operators }
    }

    // MARK: Booking

    /// What a booking came to.
    public enum Booking: Equatable, Sendable {
        /// The session in which the device follows the call, and the person's page.
        case booked(session: [UInt8], CallAppointment)
        /// Too often: wait these seconds.
        case tooMany(seconds: Int64)
        /// Nobody is free then.
        case slotTaken
        /// An operator talks to this device.
        case busy
    }

    /// Makes an appointment, or lines the person up; it takes the place of one that this device has. Whether the data are
    /// right, the operator sees, and nobody else: calls of the same data live side by side, and an approval ends the others.
    ///
    /// - Parameters:
    ///   - wish: one of the times that were offered, in seconds since 1970; 0 to line up now.
    ///   - signingKey: the device's.
    ///   - sealingKey: the device's.
    ///   - address: the agent's network address.
    public func book(
        _ asked: ClaimedPerson, at wish: UInt64, signingKey: [UInt8], sealingKey: [UInt8], address: String
    ) throws(StoreError) -> Booking {
        let (token, session) = (randomBytes(CallRules.tokenLength), randomBytes(GatewayLimits.identifier))
        let moment = clock.moment()
        return try database.write { (tx, _) throws(StoreError) in
            if let seconds = try countBooking(tx, asked, address) { return .tooMany(seconds: seconds) }
            try tx.calls.settle(at: moment)
            let start = wish == 0 ? moment.now : Int64(clamping: wish)
            let isFree =
                try wish == 0 ? office.hours.isOpen(at: moment.now) : freeStarts(tx, moment).contains(start)
            guard isFree else { return .slotTaken }
            let isRight = try census.entry(tx, of: asked) != nil
            guard try giveWay(tx, signingKey, moment) else { return .busy }
            let call = NewCall(
                token: digest(token), session: session, signingKey: signingKey, sealingKey: sealingKey, person: asked,
                isRight: isRight, start: start)
            try tx.calls.book(call, at: moment.now)
            try audit.record(
                tx, Self.act, subject: asked.document.masked, address: address,
                outcome: wish == 0 ? "lined up" : "booked")
            return .booked(
                session: session,
                CallAppointment(
                    page: RegistrationCall.pagePrefix + base64URL(token), start: UInt64(clamping: start)))
        }
    }

    private func countBooking(
        _ tx: WriteTransaction, _ asked: ClaimedPerson, _ address: String
    ) throws(StoreError) -> Int64? {
        if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.act) { return seconds }
        return try limiter.count(
            tx, "call", address, limit: CallRules.bookingsPerAddress, window: Self.day)
    }

    /// Calls off what a new appointment of a device takes the place of; false if an operator talks to that device.
    private func giveWay(_ tx: WriteTransaction, _ device: [UInt8], _ moment: Moment) throws(StoreError) -> Bool {
        let live = try tx.calls.live(ofDevice: device, at: moment)
        guard !live.contains(where: { $0.state == .running }) else { return false }
        for call in live { try tx.calls.cancel(call.id, at: moment.now) }
        return true
    }

    // MARK: Following

    /// Where a call stands, for the device that booked it; nil for any other, and where there is none.
    public func progress(of session: RegistrationSession) throws(StoreError) -> CallProgress? {
        let moment = clock.moment()
        return try database.read { (tx) throws(StoreError) in
            let call = try tx.calls.call(
                ofSession: session.id, signingKey: session.signingKey, sealingKey: session.sealingKey, at: moment)
            return try call.map { (call) throws(StoreError) in try progress(tx, call, moment) }
        }
    }

    /// Where a call stands, in the caller's read or write.
    func progress(
        _ tx: StoreTransaction<some StoreAccess>, _ call: Call, _ moment: Moment
    ) throws(StoreError) -> CallProgress {
        let state = call.outward(at: moment.now)
        let ahead = state == .queued ? try tx.calls.line(at: moment).firstIndex { $0.id == call.id } ?? 0 : 0
        return CallProgress(
            state: state, ahead: UInt32(clamping: ahead), start: UInt64(clamping: call.start), reason: call.reason)
    }

    /// What is kept of a page's token.
    func digest(_ token: [UInt8]) -> [UInt8] { keys.digest(token, for: "call", of: []) }
}
