import ClaveDomain
public import GatewayAPI

/// A moment at which something is looked at whose time may be over.
public struct Moment: Equatable, Sendable {
    /// Seconds since 1970.
    public let now: Int64
    /// Whether the clock can be believed that something's time is over: not soon after it was set.
    public let isCertain: Bool

    /// Both members.
    public init(now: Int64, isCertain: Bool) {
        self.now = now
        self.isCertain = isCertain
    }
}

/// A video call as it is at a moment: an appointment first, or a place in the line, then the call itself, then what came of
/// it. Whether it was missed or its operator has gone is computed from its row.
public struct Call: Equatable, Sendable {
    /// How far it is, as the table has it.
    public enum State: Int64, StoredState {
        /// For its time, or for an operator.
        case waiting = 0
        case running = 1
        case approved = 2
        case rejected = 3
        case missed = 4
        case cancelled = 5

        public var next: Set<State> {
            switch self {
            case .waiting: [.running, .missed, .cancelled]
            case .running: [.waiting, .approved, .rejected, .missed, .cancelled]
            case .approved, .rejected, .missed, .cancelled: []
            }
        }

        /// Whether nothing has come of it yet.
        public var isLive: Bool { self == .waiting || self == .running }
    }

    /// What a second operator says of it.
    public enum Review: Int64, StoredState {
        /// Nothing was recorded, or the call was not approved.
        case none = 0
        case awaited = 1
        case accepted = 2
        case rejected = 3
        /// Nobody looked for thirty days.
        case expired = 4

        public var next: Set<Review> {
            switch self {
            case .none: [.awaited]
            case .awaited: [.accepted, .rejected, .expired]
            case .accepted, .rejected, .expired: []
            }
        }
    }

    public let id: Int64
    /// Identifies it to the device that booked it.
    public let session: [UInt8]
    /// The device's keys.
    public let signingKey: [UInt8]
    public let sealingKey: [UInt8]
    /// Who the device says that its person is.
    public let person: ClaimedPerson
    /// Whether the data were those of the census when it was booked.
    public let isRight: Bool
    /// When it is to be; seconds since 1970.
    public let start: Int64
    /// Seconds since 1970.
    public let bookedAt: Int64
    public internal(set) var state: State
    public let reason: CallRejection
    /// When its page was last seen, seconds since 1970; 0 for never.
    public let seenAt: Int64
    /// Row number and document of the operator who holds or held it; 0 and empty for none.
    public internal(set) var holder: Int64
    public internal(set) var holderDocument: String
    /// When the operator's page was last seen; seconds since 1970.
    public let holderSeenAt: Int64
    /// How often it was taken by an operator.
    public let turn: Int64
    /// What the person is to say: four digits; empty before it is taken.
    public let code: String
    /// Whether the person lets it be recorded.
    public let consents: Bool
    public let review: Review
    /// Row number of the person who was registered by it; 0 for none.
    public let citizen: Int64
    /// Seconds since 1970; 0 as long as it is not over.
    public internal(set) var endedAt: Int64

    /// Reads a row of ``columns`` as it stands; nil for one that this program has not written.
    init?(_ row: any SQLRow) {
        id = row.integer("id")
        session = row.blob("session")
        signingKey = row.blob("signing_key")
        sealingKey = row.blob("sealing_key")
        guard let document = try? NationalDocument(parsing: row.text("document")),
            let datum = try? ContrastDatum(kindName: row.text("datum_kind"), canonicalText: row.text("datum"))
        else { return nil }
        person = ClaimedPerson(document: document, datum: datum, language: row.text("language"))
        isRight = row.flag("is_right")
        start = row.integer("start")
        bookedAt = row.integer("booked_at")
        guard let state = State(rawValue: row.integer("state")) else { return nil }
        self.state = state
        reason = CallRejection(rawValue: UInt8(clamping: row.integer("reason"))) ?? .none
        seenAt = row.integer("seen_at")
        holder = row.integer("holder")
        holderDocument = row.text("holder_document")
        holderSeenAt = row.integer("holder_seen_at")
        turn = row.integer("turn")
        code = row.text("code")
        consents = row.flag("consents")
        guard let review = Review(rawValue: row.integer("review")) else { return nil }
        self.review = review
        citizen = row.integer("citizen")
        endedAt = row.integer("ended_at")
    }

    // MARK: What time brings

    /// Seconds for which a page counts as open after it was seen.
    public static let presence: Int64 = 20
    /// Seconds after its time, or after its page was last seen, at which it is missed.
    public static let patience: Int64 = 900
    /// Seconds without a word of the operator's page after which it is anybody's again.
    public static let operatorPresence: Int64 = 60

    /// Whether its page is open.
    public func isPresent(at now: Int64) -> Bool { abs(now - seenAt) < Self.presence }

    /// As it is at a moment: back in the line where its operator has gone, and missed where nobody came.
    func at(_ moment: Moment) -> Call {
        guard moment.isCertain else { return self }
        var call = self
        if state == .running, holderSeenAt < moment.now - Self.operatorPresence {
            call.state = .waiting
            call.holder = 0
            call.holderDocument = ""
        }
        // A page that was seen in the future was seen while the clock was wrong.
        let lastSeen = seenAt > moment.now ? 0 : seenAt
        if call.state == .waiting, max(start, bookedAt, lastSeen) < moment.now - Self.patience {
            call.state = .missed
            call.endedAt = moment.now
        }
        return call
    }

    /// For who follows it; how many are before it is known elsewhere.
    ///
    /// - Parameter now: seconds since 1970.
    public func outward(at now: Int64) -> CallState {
        switch state {
        case .waiting where now < start: .booked
        case .waiting: isPresent(at: now) ? .queued : .due
        case .running: .running
        case .approved: .approved
        case .rejected: .rejected
        case .missed: .missed
        case .cancelled: .cancelled
        }
    }
}

/// A call with what the desk has to know beside it.
public struct CallFile: Equatable, Sendable {
    public let call: Call
    public let state: CallState
    /// By the census; empty where the document is not in it.
    public let name: String
    /// Whether the data are the census's at this moment.
    public let isRight: Bool
    /// Whether somebody of the document is registered.
    public let isRegistered: Bool

    /// Reads a row of ``Call/fileColumns``.
    init?(_ row: any SQLRow, at moment: Moment) {
        guard let call = Call(row)?.at(moment) else { return nil }
        self.call = call
        state = call.outward(at: moment.now)
        let datum = try? ContrastDatum(
            kindName: row.text("listed_datum_kind"), canonicalText: row.text("listed_datum"))
        name = datum == nil ? "" : row.text("listed_name")
        isRight = datum == call.person.datum
        isRegistered = row.flag("is_registered")
    }
}

/// An appointment, or a place in the line, that is to be made.
public struct NewCall: Sendable {
    /// Keyed digest of the token of the person's page.
    public let token: [UInt8]
    public let session: [UInt8]
    /// The device's keys.
    public let signingKey: [UInt8]
    public let sealingKey: [UInt8]
    public let person: ClaimedPerson
    /// Whether the data are those of the census.
    public let isRight: Bool
    /// Seconds since 1970.
    public let start: Int64

    /// All members.
    public init(
        token: [UInt8], session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8], person: ClaimedPerson,
        isRight: Bool, start: Int64
    ) {
        self.token = token
        self.session = session
        self.signingKey = signingKey
        self.sealingKey = sealingKey
        self.person = person
        self.isRight = isRight
        self.start = start
    }
}
