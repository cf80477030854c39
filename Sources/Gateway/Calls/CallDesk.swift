import ClaveDomain
import GatewayAPI
import GatewayStore
import SecureMemory

/// Video calls, as operators hold them.
extension GatewayServices {
    /// What an operator has to see before they approve.
    enum CallCheck: String, CaseIterable, Sendable {
        case front
        case back
        case face
        case hologram
        case code
    }

    /// A call, as the desk sees it.
    struct CallFile: Equatable, Sendable {
        let call: Call
        let state: CallState
        /// By the census; empty where the document is not in it.
        let name: String
        /// Whether the data are the census's at this moment.
        let isRight: Bool
        /// Whether somebody of the document is registered.
        let isRegistered: Bool
    }

    /// Calls that are not over, in the order in which they are served.
    func liveCalls() throws(StoreError) -> [CallFile] {
        try store.write { (tx) throws(StoreError) in
            try tidyCalls(tx)
            return try tx.run("\(Call.columns) WHERE state < 2 ORDER BY start, id").compactMap(Call.init)
                .map { (call) throws(StoreError) in try callFile(tx, call) }
        }
    }

    /// The newest calls, whatever came of them.
    func calls(of document: NationalDocument? = nil, limit: Int = 1000) throws(StoreError) -> [CallFile] {
        try store.read { (tx) throws(StoreError) in
            try tx.run(
                "\(Call.columns) WHERE ?1 IS NULL OR document = ?1 ORDER BY id DESC LIMIT ?2",
                document.map { .text($0.text) } ?? .null, .integer(Int64(limit))
            ).compactMap(Call.init).map { (call) throws(StoreError) in try callFile(tx, call) }
        }
    }

    func callFile(id: Int64) throws(StoreError) -> CallFile? {
        try store.read { (tx) throws(StoreError) in
            try call(tx, id).map { (call) throws(StoreError) in try callFile(tx, call) }
        }
    }

    // MARK: Acts

    /// Takes a call whose page is open. A call has one operator, and an operator one call.
    func takeCall(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        let digits = randomDigits(CallRules.codeDigits)
        return try act(by: actor) { (tx, _) throws(StoreError) in
            try tidyCalls(tx)
            guard case .desk(let person, _) = actor, let call = try call(tx, id),
                call.outward(at: now()) == .queued
            else { return .callOver }
            guard call.asked.document != person.document else { return .ownRecord }
            let held = try tx.run(
                "SELECT 1 FROM calls WHERE state = 1 AND holder = ?", .integer(person.id))
            guard held.isEmpty else { return .otherCall }
            try tx.run(
                """
                UPDATE calls SET state = 1, holder = ?, holder_document = ?, holder_seen_at = ?, turn = turn + 1, code = ?
                WHERE id = ?
                """, .integer(person.id), .text(person.document.text), .integer(now()),
                .text(String(decoding: digits, as: UTF8.self)), .integer(id))
            try deleteRecording(tx, of: id)
            return try told(tx, call, actor, "taken")
        }
    }

    /// Gives a call back: another operator takes it.
    func releaseCall(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, _) throws(StoreError) in
            guard let call = try heldCall(tx, id, by: actor) else { return .callOver }
            try giveBack(tx, "id = ?", .integer(id))
            return try told(tx, call, actor, "given back")
        }
    }

    /// Says that the person is who they say: in the same write their device may give phone and e-mail.
    ///
    /// - Parameter checks: what the operator has seen.
    func approveCall(_ id: Int64, checks: Set<CallCheck>, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, _) throws(StoreError) in
            guard let call = try heldCall(tx, id, by: actor) else { return .callOver }
            guard checks.count == CallCheck.allCases.count else { return .unchecked }
            guard let person = try listed(tx, call.asked) else { return .dataDiffer }
            guard try citizen(tx, call.asked.document) == nil else { return .documentTaken }
            try end(tx, call, .approved)
            // Calls of other devices go on, though they can register nobody any more: an end would tell whose data were right.
            let count = try pieces(tx, of: id)
            let isRecorded = call.consents && count > 0
            if !isRecorded { try deleteRecording(tx, of: id) }
            let review = isRecorded ? Call.Review.awaited : .none
            try tx.run("UPDATE calls SET review = ? WHERE id = ?", .integer(review.rawValue), .integer(id))
            let proof = IdentityProof(
                way: Self.callMethod, document: call.asked.document, name: person.name, level: .basic,
                datum: call.asked.datum)
            try beginRegistration(
                tx, proof, call.session, signingKey: call.signingKey, sealingKey: call.sealingKey)
            return try told(tx, call, actor, "approved")
        }
    }

    /// Says that they are not, or that it could not be seen.
    func rejectCall(_ id: Int64, _ reason: CallRejection, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, _) throws(StoreError) in
            guard reason != .none, let call = try heldCall(tx, id, by: actor) else { return .callOver }
            try end(tx, call, .rejected, reason)
            return try told(tx, call, actor, "rejected, \(reason)")
        }
    }

    /// Calls a person's calls off, whatever data they were booked with.
    func cancelCalls(of document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (tx, _) throws(StoreError) in
            if case .desk(let person, _) = actor, person.document == document { return .ownRecord }
            let live = try tx.run("\(Call.columns) WHERE document = ? AND state < 2", .text(document.text))
                .compactMap(Call.init)
            guard !live.isEmpty else { return .callOver }
            for call in live { try end(tx, call, .cancelled) }
            try audit(tx, Self.callAct, subject: document.masked, by: actor, outcome: "called off")
            return .done
        }
    }

    /// Notes that the operator's page is open; false if the call is not theirs any more.
    func keepCall(_ id: Int64, by actor: Actor) throws(StoreError) -> Bool {
        try store.write { (tx) throws(StoreError) in
            guard let call = try heldCall(tx, id, by: actor) else { return false }
            // Once in a while is enough, and spares the disk.
            if abs(now() - call.holderSeenAt) >= CallRules.operatorPresence / 6 {
                try tx.run("UPDATE calls SET holder_seen_at = ? WHERE id = ?", .integer(now()), .integer(id))
            }
            return true
        }
    }

    // MARK: Rows

    func call(_ tx: StoreTransaction<some StoreAccess>, _ id: Int64) throws(StoreError) -> Call? {
        try tx.run("\(Call.columns) WHERE id = ?", .integer(id)).first.flatMap(Call.init)
    }

    /// The call, if it is running and this operator's.
    func heldCall(_ tx: StoreTransaction<some StoreAccess>, _ id: Int64, by actor: Actor) throws(StoreError) -> Call? {
        guard case .desk(let person, _) = actor, let call = try call(tx, id), call.state == .running,
            call.holder == person.id, call.holderDocument == person.document.text
        else { return nil }
        return call
    }

    private func callFile(_ tx: StoreTransaction<some StoreAccess>, _ call: Call) throws(StoreError) -> CallFile {
        let entry = try listed(tx, call.asked.document)
        return CallFile(
            call: call, state: call.outward(at: now()), name: entry?.name ?? "",
            isRight: entry?.datum == call.asked.datum,
            isRegistered: try citizen(tx, call.asked.document) != nil)
    }

    func told(
        _ tx: WriteTransaction, _ call: Call, _ actor: Actor, _ outcome: String
    ) throws(StoreError) -> ActOutcome {
        try audit(tx, Self.callAct, subject: call.asked.document.masked, by: actor, outcome: outcome)
        return .done
    }
}
