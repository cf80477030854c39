import ClaveDomain
import GatewayAPI
import GatewayStore

/// A video call: an appointment first, or a place in the line, then the call itself, then what came of it.
struct Call: Equatable, Sendable {
    /// How far it is, as the database has it.
    enum State: Int64, Sendable {
        /// For its time, or for an operator.
        case waiting = 0
        case running = 1
        case approved = 2
        case rejected = 3
        case missed = 4
        case cancelled = 5
    }

    /// What a second operator says of it.
    enum Review: Int64, Sendable {
        /// Nothing was recorded, or the call was not approved.
        case none = 0
        case awaited = 1
        case accepted = 2
        case rejected = 3
        /// Nobody looked for thirty days.
        case expired = 4
    }

    let id: Int64
    let session: [UInt8]
    let signingKey: [UInt8]
    let sealingKey: [UInt8]
    let asked: ClaimedPerson
    /// Whether the data were those of the census when it was booked.
    let isRight: Bool
    /// Seconds since 1970.
    let start: Int64
    let bookedAt: Int64
    let state: State
    let reason: CallRejection
    /// When its page was last seen; 0 for never.
    let seenAt: Int64
    /// Row number and document of the operator who holds or held it; 0 and empty for none.
    let holder: Int64
    let holderDocument: String
    let holderSeenAt: Int64
    /// How often it was taken by an operator.
    let turn: Int64
    /// What the person is to say: four digits; empty before it is taken.
    let code: String
    /// Whether the person lets it be recorded.
    let consents: Bool
    let review: Review
    /// Row number of the person who was registered by it; 0 for none.
    let citizen: Int64
    let endedAt: Int64

    static let columns = """
        SELECT id, session, signing_key, sealing_key, document, datum_kind, datum, language, is_right, start, booked_at,
        state, reason, seen_at, holder, holder_document, holder_seen_at, turn, code, consents, review, citizen, ended_at
        FROM calls
        """

    /// Reads a row of ``columns``.
    init?(_ row: [SQLValue]) {
        guard let document = try? NationalDocument(parsing: row.text(4)),
            let datum = try? ContrastDatum(kindName: row.text(5), canonicalText: row.text(6)),
            let state = State(rawValue: row.integer(11)), let review = Review(rawValue: row.integer(20))
        else { return nil }
        id = row.integer(0)
        session = row.blob(1)
        signingKey = row.blob(2)
        sealingKey = row.blob(3)
        asked = ClaimedPerson(document: document, datum: datum, language: row.text(7))
        isRight = row.integer(8) == 1
        start = row.integer(9)
        bookedAt = row.integer(10)
        self.state = state
        reason = CallRejection(rawValue: UInt8(clamping: row.integer(12))) ?? .none
        seenAt = row.integer(13)
        holder = row.integer(14)
        holderDocument = row.text(15)
        holderSeenAt = row.integer(16)
        turn = row.integer(17)
        code = row.text(18)
        consents = row.integer(19) == 1
        self.review = review
        citizen = row.integer(21)
        endedAt = row.integer(22)
    }

    // MARK: Where it stands

    /// Whether its page is open.
    func isPresent(at now: Int64) -> Bool { abs(now - seenAt) < CallRules.presence }

    /// For who follows it; how many are before it is known elsewhere.
    func outward(at now: Int64) -> CallState {
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

/// The numbers of calls.
enum CallRules {
    /// Minutes of an appointment.
    static let length = 15
    /// Days ahead in which appointments are made.
    static let days = 14
    /// Seconds for which a page counts as open after it was seen.
    static let presence: Int64 = 20
    /// Seconds after its time, or after its page was last seen, at which a call is missed.
    static let patience: Int64 = 900
    /// Seconds without a word of the operator's page after which a call is anybody's again.
    static let operatorPresence: Int64 = 60
    /// Bookings from one network address in a day.
    static let bookingsPerAddress = 20
    /// Digits of the code that the person says.
    static let codeDigits = 4
    /// Bytes of a page's token.
    static let tokenLength = 32
    /// Bytes of a piece of a recording, and pieces of a recording: 64 MiB.
    static let pieceLength = 61_440
    static let pieces = 1_092
    /// Seconds that a recording waits for its review.
    static let recordingLife: Int64 = 30 * 86_400
    /// Seconds that a call which is over is kept.
    static let life: Int64 = 30 * 86_400
}
