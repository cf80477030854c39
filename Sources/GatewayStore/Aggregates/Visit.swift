/// A visit of a browser.
public struct Visit: Equatable, Sendable {
    /// How far a visit is. The numbers are those of the table.
    public enum State: Int64, StoredState {
        /// The method is being chosen, or the data typed.
        case open = 0
        /// A PIN was issued, or an approval is awaited.
        case waiting = 1
        case approved = 2
        case rejected = 3
        case cancelled = 4
        case expired = 5
        /// The PIN died of wrong tries.
        case exhausted = 6

        /// What is asked for anew takes the place of what was, whatever came of that.
        public var next: Set<State> {
            switch self {
            case .open: [.waiting, .cancelled]
            case .waiting: [.waiting, .approved, .rejected, .cancelled, .expired, .exhausted]
            case .approved, .rejected, .cancelled, .expired, .exhausted: [.waiting]
            }
        }
    }

    /// By what the person identifies themselves. The numbers are those of the table.
    public enum Method: Int64, Sendable, CaseIterable {
        case none = 0
        case pin = 1
        case mobileByDocument = 2
        case mobileByLink = 3
    }

    /// A keyed digest of what the browser's cookie holds.
    public let id: [UInt8]
    /// Name of the procedure.
    public let procedure: String
    /// The network address from which it was begun, or from which the approval was asked for.
    public let address: String
    /// Seconds since 1970.
    public let createdAt: Int64
    /// The state as it was written last: its time may be over since. See ``state(at:)``.
    public let writtenState: State
    public let method: Method
    /// Row number of the person; nil also when the data were wrong.
    public let citizen: Int64?
    /// Names the request towards the agent; empty before.
    public let request: [UInt8]
    /// The reference (PIN) or verification code (Cl@ve Mòbil) that the page shows.
    public let code: String
    /// A keyed digest of the PIN; empty for none.
    public let digest: [UInt8]
    /// The link's token; empty for none.
    public let token: [UInt8]
    public let triesLeft: Int
    /// When the PIN was issued or the approval asked for, and until when it can be given; seconds since 1970.
    public let issuedAt: Int64
    public let expiresAt: Int64
    /// The starred document that was typed; empty before.
    public let document: String
    /// A keyed digest of the code with which the procedure learns who came; empty before.
    public let login: [UInt8]
    /// On whom wrong PINs count; empty before.
    public let subject: [UInt8]

    /// The state at a moment: a request whose time is over has expired.
    ///
    /// - Parameter now: seconds since 1970.
    public func state(at now: Int64) -> State {
        writtenState == .waiting && expiresAt <= now ? .expired : writtenState
    }

    init?(_ row: any SQLRow) {
        id = row.blob("id")
        procedure = row.text("procedure")
        address = row.text("address")
        createdAt = row.integer("created_at")
        let (state, method) = (State(rawValue: row.integer("state")), Method(rawValue: row.integer("method")))
        guard let state, let method else { return nil }
        writtenState = state
        self.method = method
        citizen = row.optionalInteger("citizen")
        request = row.blob("request")
        code = row.text("code")
        digest = row.blob("digest")
        token = row.blob("token")
        triesLeft = Int(clamping: row.integer("tries_left"))
        issuedAt = row.integer("issued_at")
        expiresAt = row.integer("expires_at")
        document = row.text("document")
        login = row.blob("login")
        subject = row.blob("subject")
    }
}
