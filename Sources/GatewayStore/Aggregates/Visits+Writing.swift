extension Visits<ReadWrite> {
    /// Begins a visit.
    ///
    /// - Parameters:
    ///   - id: a keyed digest of what the browser's cookie holds.
    ///   - procedure: name of the procedure.
    ///   - now: seconds since 1970.
    public func begin(_ id: [UInt8], procedure: String, from address: String, at now: Int64) throws(StoreError) {
        try connection.execute(
            "INSERT INTO transactions (id, procedure, address, created_at, state) VALUES (?1, ?2, ?3, ?4, ?5)",
            .blob(id), .text(procedure), .text(address), .integer(now), .integer(Visit.State.open.rawValue))
    }

    /// A PIN as a visit gets it.
    public struct IssuedPIN {
        /// Row number of the person; nil as long as nobody was looked for.
        public var citizen: Int64?
        /// Names the request towards the agent.
        public var request: [UInt8]
        /// What the page shows.
        public var reference: String
        /// A keyed digest of the PIN.
        public var digest: [UInt8]
        public var tries: Int
        /// Seconds since 1970.
        public var issuedAt: Int64
        public var expiresAt: Int64
        /// The starred document that was typed.
        public var document: String
        /// On whom wrong PINs count.
        public var subject: [UInt8]

        public init(
            citizen: Int64?, request: [UInt8], reference: String, digest: [UInt8], tries: Int, issuedAt: Int64,
            expiresAt: Int64, document: String, subject: [UInt8]
        ) {
            self.citizen = citizen
            self.request = request
            self.reference = reference
            self.digest = digest
            self.tries = tries
            self.issuedAt = issuedAt
            self.expiresAt = expiresAt
            self.document = document
            self.subject = subject
        }
    }

    /// Writes a fresh PIN into a visit, in the place of what was there.
    public func issue(_ pin: IssuedPIN, to id: [UInt8]) throws(StoreError) {
        try connection.execute(
            """
            UPDATE transactions SET state = ?1, method = ?2, citizen = ?3, request = ?4, code = ?5, digest = ?6,
            tries_left = ?7, issued_at = ?8, expires_at = ?9, document = ?10, subject = ?11 WHERE id = ?12
            """, .integer(Visit.State.waiting.rawValue), .integer(Visit.Method.pin.rawValue), .integer(pin.citizen),
            .blob(pin.request), .text(pin.reference), .blob(pin.digest), .integer(Int64(pin.tries)),
            .integer(pin.issuedAt), .integer(pin.expiresAt), .text(pin.document), .blob(pin.subject), .blob(id))
    }

    /// An approval for which a visit waits.
    public struct AwaitedApproval {
        /// By document or by link.
        public var method: Visit.Method
        /// Names the request towards the agent.
        public var request: [UInt8]
        /// What page and agent show.
        public var code: String
        /// The link's; nil for none.
        public var token: [UInt8]?
        /// Seconds since 1970.
        public var issuedAt: Int64
        public var expiresAt: Int64
        /// The starred document that was typed; empty for a link.
        public var document: String
        /// The network address that asks.
        public var address: String

        public init(
            method: Visit.Method, request: [UInt8], code: String, token: [UInt8]?, issuedAt: Int64, expiresAt: Int64,
            document: String, address: String
        ) {
            self.method = method
            self.request = request
            self.code = code
            self.token = token
            self.issuedAt = issuedAt
            self.expiresAt = expiresAt
            self.document = document
            self.address = address
        }
    }

    /// Has a visit wait for an approval, in the place of what was there. Whose, is not known yet.
    public func awaitApproval(_ approval: AwaitedApproval, of id: [UInt8]) throws(StoreError) {
        try connection.execute(
            """
            UPDATE transactions SET state = ?1, method = ?2, citizen = NULL, request = ?3, code = ?4, token = ?5,
            issued_at = ?6, expires_at = ?7, document = ?8, address = ?9 WHERE id = ?10
            """, .integer(Visit.State.waiting.rawValue), .integer(approval.method.rawValue), .blob(approval.request),
            .text(approval.code), approval.token.map { .blob($0) } ?? .null, .integer(approval.issuedAt),
            .integer(approval.expiresAt), .text(approval.document), .text(approval.address), .blob(id))
    }

    /// Makes a visit a person's, who was looked for; nil for nobody's.
    public func bind(_ id: [UInt8], to citizen: Int64?) throws(StoreError) {
        try connection.execute(
            "UPDATE transactions SET citizen = ?1 WHERE id = ?2", .integer(citizen), .blob(id))
    }

    /// Makes a visit a person's, whose device has opened its link.
    ///
    /// - Parameter document: their starred document.
    public func claim(_ id: [UInt8], by citizen: Int64, document: String) throws(StoreError) {
        try connection.execute(
            "UPDATE transactions SET citizen = ?1, document = ?2 WHERE id = ?3", .integer(citizen), .text(document),
            .blob(id))
    }

    /// Brings a visit into a state.
    ///
    /// - Throws: a ``StoreError`` where it is in none from which it may go there (``Visit/State/next``).
    public func set(_ id: [UInt8], to state: Visit.State) throws(StoreError) {
        try connection.transition(
            "UPDATE transactions SET state = ?1 WHERE id = ?2 AND \(Visit.State.precedes(state))",
            .integer(state.rawValue), .blob(id))
    }

    /// Counts a wrong PIN. With the last try the PIN is dead.
    ///
    /// - Returns: tries that are left; 0 also where none was.
    public func countWrongPIN(_ id: [UInt8]) throws(StoreError) -> Int {
        let left = try connection.first(
            """
            UPDATE transactions SET tries_left = tries_left - 1 WHERE id = ?1 AND tries_left > 0
            RETURNING tries_left
            """, .blob(id)
        ) { Int(clamping: $0.integer("tries_left")) }
        if left == 0 { try set(id, to: .exhausted) }
        return left ?? 0
    }

    /// Gives a visit the code with which its procedure learns who came, in the place of the last.
    ///
    /// - Parameter digest: a keyed digest of the code.
    public func setLogin(_ digest: [UInt8], of id: [UInt8]) throws(StoreError) {
        try connection.execute("UPDATE transactions SET login = ?1 WHERE id = ?2", .blob(digest), .blob(id))
    }

    /// Makes a person's other PINs nobody's: their visits go on as those with wrong data do.
    ///
    /// - Returns: the requests of those visits.
    public func voidPINs(of citizen: Int64, besides visit: [UInt8]) throws(StoreError) -> [[UInt8]] {
        try connection.rows(
            """
            UPDATE transactions SET citizen = NULL
            WHERE citizen = ?1 AND method = ?2 AND \(Self.isWaiting) AND id <> ?3 RETURNING request
            """, .integer(citizen), .integer(Visit.Method.pin.rawValue), .blob(visit)
        ) { $0.blob("request") }
    }

    // MARK: Removing

    /// Removes a visit.
    public func remove(_ id: [UInt8]) throws(StoreError) {
        try connection.execute("DELETE FROM transactions WHERE id = ?1", .blob(id))
    }

    /// Removes all of a person.
    public func removeAll(of citizen: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM transactions WHERE citizen = ?1", .integer(citizen))
    }

    /// Removes those that were begun before a time.
    public func removeAll(begunBefore time: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM transactions WHERE created_at < ?1", .integer(time))
    }

    /// Removes the digests of PINs that let nobody in any more.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeDeadPINs(at now: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE transactions SET digest = NULL WHERE digest IS NOT NULL AND (NOT \(Self.isWaiting) OR expires_at < ?1)",
            .integer(now))
    }
}
