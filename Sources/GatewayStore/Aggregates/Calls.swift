public import ClaveDomain
import GatewayAPI

/// Video calls. Each is read as it is at a moment: what time has brought is computed, whether it was written or not.
public struct Calls<Access: StoreAccess> {
    let connection: any SQLConnection
}

extension StoreTransaction {
    /// Video calls.
    public var calls: Calls<Access> { Calls(connection: connection) }
}

// What stands here and not in parameters lets SQLite use its indexes of live and running calls, without preparing the
// statement anew each time.
extension Call {
    private static let columns = """
        calls.id AS id, session, signing_key, sealing_key, calls.document AS document, calls.datum_kind AS datum_kind,
        calls.datum AS datum, calls.language AS language, is_right, start, booked_at, state, reason, seen_at, holder,
        holder_document, holder_seen_at, turn, code, consents, review, citizen, ended_at
        """
    static let isLive = "state < \(State.approved.rawValue)"
    static let isWaiting = "state = \(State.waiting.rawValue)"
    static let isRunning = "state = \(State.running.rawValue)"
    static let isApproved = "state = \(State.approved.rawValue)"

    static let rows = "SELECT \(columns) FROM calls"
    static let live = "\(rows) WHERE \(isLive) AND start <= ?1 ORDER BY start, id"
    static let ofDevice = "\(rows) WHERE \(isLive) AND signing_key = ?1 ORDER BY id"
    static let ofPerson = "\(rows) WHERE \(isLive) AND document = ?1 ORDER BY id"
    static let byToken = "\(rows) WHERE token = ?1"
    static let bySession = "\(rows) WHERE session = ?1 AND signing_key = ?2 AND sealing_key = ?3"
    static let byNumber = "\(rows) WHERE id = ?1"
    /// Those that time may have changed.
    static let running = "\(rows) WHERE \(isRunning)"
    static let late = "\(rows) WHERE \(isWaiting) AND \(isLive) AND start < ?1"
    static let booked = """
        SELECT start, count(*) AS amount FROM calls WHERE \(isWaiting) AND \(isLive) AND start > ?1 GROUP BY start
        """
    static let held = "SELECT 1 AS value FROM calls WHERE \(isRunning) AND holder = ?1"

    /// With what the desk has to know beside it.
    private static let files = """
        SELECT \(columns), census.name AS listed_name, census.datum_kind AS listed_datum_kind,
        census.datum AS listed_datum,
        CASE WHEN EXISTS (SELECT 1 FROM citizens WHERE citizens.document = calls.document) THEN 1 ELSE 0 END
        AS is_registered
        FROM calls LEFT JOIN census ON census.document = calls.document
        """
    static let file = "\(files) WHERE calls.id = ?1"
    static let liveFiles = "\(files) WHERE \(isLive) ORDER BY start, calls.id"
    static let newestFiles = "\(files) ORDER BY calls.id DESC LIMIT ?1"
    static let newestFilesOfPerson = "\(files) WHERE calls.document = ?1 ORDER BY calls.id DESC LIMIT ?2"
    static let reviewFiles = "\(files) WHERE review = ?1 ORDER BY calls.id"
}

// MARK: - One call

extension Calls {
    /// The call of a number.
    public func call(_ id: Int64, at moment: Moment) throws(StoreError) -> Call? {
        try connection.first(Call.byNumber, .integer(id)) { Call($0)?.at(moment) }
    }

    /// The call of a page.
    ///
    /// - Parameter token: keyed digest of the page's token.
    public func call(ofPage token: [UInt8], at moment: Moment) throws(StoreError) -> Call? {
        try connection.first(Call.byToken, .blob(token)) { Call($0)?.at(moment) }
    }

    /// The call of a session, for the device that booked it.
    public func call(
        ofSession session: [UInt8], signingKey: [UInt8], sealingKey: [UInt8], at moment: Moment
    ) throws(StoreError) -> Call? {
        try connection.first(Call.bySession, .blob(session), .blob(signingKey), .blob(sealingKey)) {
            Call($0)?.at(moment)
        }
    }

    /// The call of a number, for the desk.
    public func file(_ id: Int64, at moment: Moment) throws(StoreError) -> CallFile? {
        try connection.first(Call.file, .integer(id)) { CallFile($0, at: moment) }
    }
}

// MARK: - Several calls

extension Calls {
    /// Calls that are not over, for the desk, in the order in which they are served.
    public func liveFiles(at moment: Moment) throws(StoreError) -> [CallFile] {
        try connection.rows(Call.liveFiles) { CallFile($0, at: moment) }.filter(\.call.state.isLive)
    }

    /// The newest calls, whatever came of them, the newest first.
    ///
    /// - Parameter document: whose; nil for everybody's.
    public func newestFiles(
        of document: NationalDocument?, limit: Int, at moment: Moment
    ) throws(StoreError) -> [CallFile] {
        let limit = SQLValue.integer(Int64(limit))
        guard let document else { return try connection.rows(Call.newestFiles, limit) { CallFile($0, at: moment) } }
        return try connection.rows(Call.newestFilesOfPerson, .text(document.text), limit) {
            CallFile($0, at: moment)
        }
    }

    /// Calls whose recordings wait for another operator, the oldest first.
    public func filesToReview(at moment: Moment) throws(StoreError) -> [CallFile] {
        try connection.rows(Call.reviewFiles, .integer(Call.Review.awaited.rawValue)) { CallFile($0, at: moment) }
    }

    /// Calls of a device that are not over.
    ///
    /// - Parameter signingKey: the device's.
    public func live(ofDevice signingKey: [UInt8], at moment: Moment) throws(StoreError) -> [Call] {
        try connection.rows(Call.ofDevice, .blob(signingKey)) { Call($0)?.at(moment) }.filter(\.state.isLive)
    }

    /// Calls of a person that are not over, whatever data they were booked with.
    public func live(of document: NationalDocument, at moment: Moment) throws(StoreError) -> [Call] {
        try connection.rows(Call.ofPerson, .text(document.text)) { Call($0)?.at(moment) }.filter(\.state.isLive)
    }

    /// Who waits for an operator with their page open, in the order in which they are served.
    public func line(at moment: Moment) throws(StoreError) -> [Call] {
        try connection.rows(Call.live, .integer(moment.now)) { Call($0)?.at(moment) }
            .filter { $0.outward(at: moment.now) == .queued }
    }

    /// How many appointments there are at each time that is still to come. Those of wrong data count too.
    ///
    /// - Parameter now: seconds since 1970.
    public func appointments(after now: Int64) throws(StoreError) -> [Int64: Int] {
        let rows = try connection.rows(Call.booked, .integer(now)) { ($0.integer("start"), Int($0.integer("amount"))) }
        return Dictionary(rows) { first, _ in first }
    }

    /// Whether an operator holds a call, by what is written: ``Calls/settle(at:)`` writes whether they have gone.
    ///
    /// - Parameter holder: the operator's row number.
    public func isHolding(_ holder: Int64) throws(StoreError) -> Bool {
        try connection.exists(Call.held, .integer(holder))
    }
}
