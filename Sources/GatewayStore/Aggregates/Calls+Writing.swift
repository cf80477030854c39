public import ClaveDomain
public import GatewayAPI

extension Calls<ReadWrite> {
    private var recordings: Recordings<ReadWrite> { Recordings(connection: connection) }

    // MARK: What time brings

    /// Writes what time has brought: calls that were missed are over, and those of which the operator has gone are in the
    /// line again; what that operator recorded goes.
    public func settle(at moment: Moment) throws(StoreError) {
        guard moment.isCertain else { return }
        let rows =
            try connection.rows(Call.running) { ($0.integer("id"), Call($0)) }
            + connection.rows(Call.late, .integer(moment.now - Call.patience)) { ($0.integer("id"), Call($0)) }
        for (id, row) in rows {
            // One that can't be read has no page: nobody could end it, and its operator could hold no other.
            guard let row else {
                try end(id, .missed, .none, at: moment.now)
                continue
            }
            let call = row.at(moment)
            guard call != row else { continue }
            try connection.transition(
                """
                UPDATE calls SET state = ?1, holder = ?2, holder_document = ?3, ended_at = ?4
                WHERE id = ?5 AND \(Call.State.precedes(call.state))
                """, .integer(call.state.rawValue), .integer(call.holder), .text(call.holderDocument),
                .integer(call.endedAt), .integer(call.id))
            if row.state == .running { try recordings.remove(of: call.id) }
        }
    }

    /// Gives up reviews for which nobody had time: the recordings go.
    ///
    /// - Parameter end: of calls that were over before it; seconds since 1970.
    public func expireReviews(endedBefore end: Int64) throws(StoreError) {
        let old = try connection.rows(
            "UPDATE calls SET review = ?1 WHERE review = ?2 AND ended_at < ?3 RETURNING id",
            .integer(Call.Review.expired.rawValue), .integer(Call.Review.awaited.rawValue), .integer(end)
        ) { $0.integer("id") }
        for id in old { try recordings.remove(of: id) }
    }

    /// Removes calls that are over and wait for no review.
    ///
    /// - Parameter end: those that were over before it; seconds since 1970.
    public func removeOver(endedBefore end: Int64) throws(StoreError) {
        try connection.execute(
            "DELETE FROM calls WHERE NOT (\(Call.isLive)) AND review <> ?1 AND ended_at < ?2",
            .integer(Call.Review.awaited.rawValue), .integer(end))
    }

    // MARK: The person

    /// Makes an appointment, or lines the person up.
    ///
    /// - Parameter now: seconds since 1970.
    public func book(_ call: NewCall, at now: Int64) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO calls (token, session, signing_key, sealing_key, document, datum_kind, datum, language,
            is_right, start, booked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """, .blob(call.token), .blob(call.session), .blob(call.signingKey), .blob(call.sealingKey),
            .text(call.person.document.text), .text(call.person.datum.kindName),
            .text(call.person.datum.canonicalText), .text(call.person.language), .flag(call.isRight),
            .integer(call.start), .integer(now))
    }

    /// Notes that the person's page is open.
    ///
    /// - Parameter now: seconds since 1970.
    public func noteSeen(_ id: Int64, at now: Int64) throws(StoreError) {
        try connection.execute("UPDATE calls SET seen_at = ?1 WHERE id = ?2", .integer(now), .integer(id))
    }

    /// Notes whether the person lets the call be recorded; where they don't, what there is goes.
    public func setConsent(_ id: Int64, _ consents: Bool) throws(StoreError) {
        try connection.execute("UPDATE calls SET consents = ?1 WHERE id = ?2", .flag(consents), .integer(id))
        if !consents { try recordings.remove(of: id) }
    }

    /// Calls a call off; what is recorded of it goes.
    ///
    /// - Parameter now: seconds since 1970.
    public func cancel(_ id: Int64, at now: Int64) throws(StoreError) { try end(id, .cancelled, .none, at: now) }

    /// Notes who was registered by the call of a session that was approved.
    ///
    /// - Parameter citizen: row number.
    public func noteRegistration(of citizen: Int64, bySession session: [UInt8]) throws(StoreError) {
        try connection.execute(
            "UPDATE calls SET citizen = ?1 WHERE session = ?2 AND \(Call.isApproved)", .integer(citizen), .blob(session)
        )
    }

    /// Removes all calls of a person, with what was recorded of them.
    public func remove(of document: NationalDocument) throws(StoreError) {
        let count = try connection.execute(
            "DELETE FROM recordings WHERE call IN (SELECT id FROM calls WHERE document = ?1)", .text(document.text))
        if count > 0 { connection.leavesNoTrace() }
        try connection.execute("DELETE FROM calls WHERE document = ?1", .text(document.text))
    }

    // MARK: The operator

    /// Gives a waiting call to an operator; what an operator before recorded of it goes.
    ///
    /// - Parameters:
    ///   - holder: the operator's row number, and `document` theirs.
    ///   - code: what the person is to say.
    ///   - now: seconds since 1970.
    /// - Returns: false if it does not wait.
    /// - Throws: ``UniqueKey/heldCall`` if the operator holds another.
    public func take(
        _ id: Int64, by holder: Int64, _ document: NationalDocument, code: String, at now: Int64
    ) throws(StoreError) -> Bool {
        let count = try connection.execute(
            """
            UPDATE calls SET state = ?1, holder = ?2, holder_document = ?3, holder_seen_at = ?4, turn = turn + 1, code = ?5
            WHERE id = ?6 AND \(Call.isWaiting)
            """, .integer(Call.State.running.rawValue), .integer(holder), .text(document.text), .integer(now),
            .text(code), .integer(id))
        guard count == 1 else { return false }
        try recordings.remove(of: id)
        return true
    }

    /// Notes that the operator's page is open.
    ///
    /// - Parameter now: seconds since 1970.
    public func noteHolderSeen(_ id: Int64, at now: Int64) throws(StoreError) {
        try connection.execute("UPDATE calls SET holder_seen_at = ?1 WHERE id = ?2", .integer(now), .integer(id))
    }

    /// Gives a call back to the line; what its operator recorded goes.
    public func giveBack(_ id: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE calls SET state = ?1, holder = 0, holder_document = '' WHERE id = ?2 AND \(Call.isRunning)",
            .integer(Call.State.waiting.rawValue), .integer(id))
        try recordings.remove(of: id)
    }

    /// Takes an operator's name from the calls of others: one that they hold goes back to the line.
    public func forgetHolder(_ document: NationalDocument) throws(StoreError) {
        let held = try connection.rows(
            "SELECT id FROM calls WHERE \(Call.isRunning) AND holder_document = ?1", .text(document.text)
        ) { $0.integer("id") }
        for id in held { try giveBack(id) }
        try connection.execute(
            "UPDATE calls SET holder = 0, holder_document = '' WHERE holder_document = ?1", .text(document.text))
    }

    /// Ends a running call in which the operator has recognised the person.
    ///
    /// - Parameters:
    ///   - isReviewed: whether a second operator is to look at what was recorded; else that goes.
    ///   - now: seconds since 1970.
    public func approve(_ id: Int64, isReviewed: Bool, at now: Int64) throws(StoreError) {
        try connection.transition(
            """
            UPDATE calls SET state = ?1, reason = ?2, review = ?3, ended_at = ?4
            WHERE id = ?5 AND \(Call.State.precedes(.approved))
            """, .integer(Call.State.approved.rawValue), .integer(Int64(CallRejection.none.rawValue)),
            .integer((isReviewed ? Call.Review.awaited : .none).rawValue), .integer(now), .integer(id))
        if !isReviewed { try recordings.remove(of: id) }
    }

    /// Ends a call in which they have not; what is recorded of it goes.
    ///
    /// - Parameter now: seconds since 1970.
    public func reject(_ id: Int64, _ reason: CallRejection, at now: Int64) throws(StoreError) {
        try end(id, .rejected, reason, at: now)
    }

    /// Ends a review that is awaited: the recording goes.
    public func finishReview(_ id: Int64, _ review: Call.Review) throws(StoreError) {
        try connection.transition(
            "UPDATE calls SET review = ?1 WHERE id = ?2 AND \(Call.Review.precedes(review, in: "review"))",
            .integer(review.rawValue), .integer(id))
        try recordings.remove(of: id)
    }

    private func end(
        _ id: Int64, _ state: Call.State, _ reason: CallRejection, at now: Int64
    ) throws(StoreError) {
        try connection.transition(
            """
            UPDATE calls SET state = ?1, reason = ?2, ended_at = ?3
            WHERE id = ?4 AND \(Call.State.precedes(state))
            """, .integer(state.rawValue), .integer(Int64(reason.rawValue)), .integer(now), .integer(id))
        try recordings.remove(of: id)
    }
}
