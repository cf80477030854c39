import ClaveDomain
import GatewayAPI
import GatewayStore
import SecureMemory

/// Appointments for video calls, as agents make and follow them.
extension GatewayServices {
    static let callMethod = "call"
    static let callAct = "call"

    /// When calls can be: the same for right and wrong data.
    func callSlots(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = Self.person(step.body) else { return .refusal(Refusal(.malformed)) }
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try countAttempt(tx, asked.document, address, act: Self.callAct) {
                return begun(.tooMany, seconds)
            }
            try tidyCalls(tx)
            let slots = CallSlots(
                isOpen: settings.callHours.isOpen(at: now()), waiting: UInt32(clamping: try line(tx).count),
                starts: try freeStarts(tx).prefix(RegistrationCall.slotLimit).map { UInt64(clamping: $0) })
            return begun(.accepted, followedBy: slots.bytes)
        }
    }

    /// Makes an appointment, or lines the person up; it takes the place of one that this device has. Whether the data are
    /// right, the operator sees, and nobody else: calls of the same data live side by side, and an approval ends the others.
    func bookCall(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let wish = Self.decoded(step.body, CallWish.self), let asked = Self.asked(wish.person) else {
            return .refusal(Refusal(.malformed))
        }
        let (token, session) = (randomBytes(CallRules.tokenLength), randomBytes(GatewayLimits.identifier))
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try countBooking(tx, asked, address) { return begun(.tooMany, seconds) }
            try tidyCalls(tx)
            let start = wish.start == 0 ? now() : Int64(clamping: wish.start)
            let isFree =
                try wish.start == 0 ? settings.callHours.isOpen(at: now()) : freeStarts(tx).contains(start)
            guard isFree else { return begun(.slotTaken) }
            let isRight = try listed(tx, asked) != nil
            guard try giveWay(tx, step.signingKey) else { return begun(.busy) }
            try tx.run(
                """
                INSERT INTO calls (token, session, signing_key, sealing_key, document, datum_kind, datum, language,
                is_right, start, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, .blob(digest(callToken: token)), .blob(session), .blob(step.signingKey), .blob(step.sealingKey),
                .text(asked.document.text), .text(asked.datum.kindName), .text(asked.datum.canonicalText),
                .text(asked.language), .integer(isRight ? 1 : 0), .integer(start), .integer(now()))
            try audit(
                tx, Self.callAct, subject: asked.document.masked, address: address,
                outcome: wish.start == 0 ? "lined up" : "booked")
            let page = RegistrationCall.pagePrefix + base64URL(token)
            let appointment = CallAppointment(page: page, start: UInt64(clamping: start))
            let body = Self.body(RegistrationOutcome.accepted.rawValue) + appointment.bytes
            return .reply(ActivationReply(session: session, body: body, grant: nil))
        }
    }

    /// Where a call stands, for the device that booked it.
    func followCall(_ step: ActivationStep) throws(StoreError) -> StepOutcome {
        try store.write { (tx) throws(StoreError) in
            try tidyCalls(tx)
            let row = try tx.run(
                "\(Call.columns) WHERE session = ? AND signing_key = ? AND sealing_key = ?", .blob(step.session),
                .blob(step.signingKey), .blob(step.sealingKey)
            ).first
            guard let call = row.flatMap(Call.init) else { return reply(step, .over) }
            let body = Self.body(RegistrationOutcome.accepted.rawValue) + (try progress(tx, call)).bytes
            return reply(step, body)
        }
    }

    // MARK: Lines and times

    /// Where a call stands.
    func progress(_ tx: StoreTransaction<some StoreAccess>, _ call: Call) throws(StoreError) -> CallProgress {
        let state = call.outward(at: now())
        let ahead = state == .queued ? try line(tx).firstIndex { $0.id == call.id } ?? 0 : 0
        return CallProgress(
            state: state, ahead: UInt32(clamping: ahead), start: UInt64(clamping: call.start), reason: call.reason)
    }

    /// Who waits for an operator with their page open, in the order in which they are served.
    func line(_ tx: StoreTransaction<some StoreAccess>) throws(StoreError) -> [Call] {
        try tx.run(
            "\(Call.columns) WHERE state = 0 AND start <= ? ORDER BY start, id", .integer(now())
        ).compactMap(Call.init).filter { $0.isPresent(at: now()) }
    }

    /// Beginnings of appointments of which not all are taken. Those of wrong data count too: else a free one would tell.
    private func freeStarts(_ tx: StoreTransaction<some StoreAccess>) throws(StoreError) -> [Int64] {
        let rows = try tx.run(
            "SELECT start, count(*) FROM calls WHERE state = 0 AND start > ? GROUP BY start", .integer(now()))
        let taken = Dictionary(uniqueKeysWithValues: rows.map { ($0.integer(0), $0.integer(1)) })
        return settings.callHours.starts(after: now(), days: CallRules.days, length: CallRules.length)
            .filter { taken[$0, default: 0] < settings.callOperators }
    }

    private func countBooking(
        _ tx: WriteTransaction, _ asked: ClaimedPerson, _ address: String
    ) throws(StoreError) -> Int64? {
        if let seconds = try countAttempt(tx, asked.document, address, act: Self.callAct) { return seconds }
        return try count(
            tx, "call", address, limit: CallRules.bookingsPerAddress, window: 86_400)
    }

    /// Calls off what a new appointment of a device takes the place of; false if an operator talks to that device.
    private func giveWay(_ tx: WriteTransaction, _ device: [UInt8]) throws(StoreError) -> Bool {
        let live = try tx.run("\(Call.columns) WHERE state < 2 AND signing_key = ?", .blob(device))
            .compactMap(Call.init)
        guard !live.contains(where: { $0.state == .running }) else { return false }
        for call in live { try end(tx, call, .cancelled) }
        return true
    }

    // MARK: What time brings

    /// Ends calls that were missed, and gives those back of which the operator has gone: what they recorded goes.
    func tidyCalls(_ tx: WriteTransaction) throws(StoreError) {
        guard jumps.areOver(at: now()) else { return }
        try giveBack(tx, "holder_seen_at < ?", .integer(now() - CallRules.operatorPresence))
        try tx.run(
            """
            UPDATE calls SET state = 4, ended_at = ?1 WHERE state = 0
            AND max(start, booked_at, iif(seen_at > ?1, 0, seen_at)) < ?2
            """,
            .integer(now()), .integer(now() - CallRules.patience))
    }

    /// Gives calls that are held back to the line: what their operators recorded goes.
    ///
    /// - Parameters:
    ///   - which: a condition, with one parameter.
    ///   - value: the parameter's.
    func giveBack(_ tx: WriteTransaction, _ which: String, _ value: SQLValue) throws(StoreError) {
        let left = try tx.run(
            """
            UPDATE calls SET state = 0, holder = 0, holder_document = '' WHERE state = 1 AND \(which) RETURNING id
            """, value)
        for row in left { try deleteRecording(tx, of: row.integer(0)) }
    }

    /// Ends a call; what is recorded of one that is not approved goes.
    func end(
        _ tx: WriteTransaction, _ call: Call, _ state: Call.State, _ reason: CallRejection = .none
    ) throws(StoreError) {
        try tx.run(
            "UPDATE calls SET state = ?, reason = ?, ended_at = ? WHERE id = ?", .integer(state.rawValue),
            .integer(Int64(reason.rawValue)), .integer(now()), .integer(call.id))
        if state != .approved { try deleteRecording(tx, of: call.id) }
    }

    /// What is kept of a page's token.
    func digest(callToken token: [UInt8]) -> [UInt8] { keys.digest(token, for: "call", of: []) }

    private func begun(_ outcome: RegistrationOutcome, followedBy bytes: [UInt8]) -> StepOutcome {
        let body = Self.body(outcome.rawValue) + bytes
        return .reply(ActivationReply(session: randomBytes(GatewayLimits.identifier), body: body, grant: nil))
    }
}
