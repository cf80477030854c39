import ClaveDomain
import GatewayAPI

/// The second look at a call that was recorded: another operator's.
extension GatewayServices {
    static let reviewAct = "review of a call"

    /// Calls whose recordings wait for another operator, oldest first.
    func reviews() throws(StoreError) -> [CallFile] {
        try calls().filter { $0.call.review == .awaited }.reversed()
    }

    /// Finds that the person is who they say: they have the advanced level, now or when they have given phone and e-mail.
    func acceptReview(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        try review(id, by: actor) { (database, call, _) throws(StoreError) in
            let level = Value.integer(Int64(RegistrationLevel.advanced.rawValue))
            if let person = try registered(database, by: call) {
                try database.run("UPDATE citizens SET level = ? WHERE id = ?", level, .integer(person.id))
            } else {
                try database.run("UPDATE registrations SET level = ? WHERE session = ?", level, .blob(call.session))
            }
            try finishReview(database, call, .accepted)
            try audit(
                database, Self.reviewAct, subject: call.asked.document.masked, by: actor,
                outcome: "accepted, level 2")
        }
    }

    /// Finds that they are not: whoever was registered by the call is removed.
    func rejectReview(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        try review(id, by: actor) { (database, call, after) throws(StoreError) in
            try finishReview(database, call, .rejected)
            try database.run("DELETE FROM registrations WHERE session = ?", .blob(call.session))
            try audit(database, Self.reviewAct, subject: call.asked.document.masked, by: actor, outcome: "rejected")
            guard let person = try registered(database, by: call) else { return }
            try remove(database, person, by: actor, outcome: "video call rejected on review", &after)
            try tellRemoved(database, person, &after)
        }
    }

    /// Who may look at a recording: an operator who is neither the person nor the one who approved.
    func reviewer(_ database: Database, _ call: Call, _ actor: Actor) -> ActOutcome {
        guard case .desk(let person, _) = actor, call.review == .awaited else { return .callOver }
        guard person.document != call.asked.document else { return .ownRecord }
        return person.document.text == call.holderDocument ? .ownReview : .done
    }

    private func review(
        _ id: Int64, by actor: Actor, _ body: (Database, Call, inout Aftermath) throws(StoreError) -> Void
    ) throws(StoreError) -> ActOutcome {
        try act(by: actor) { (database, after) throws(StoreError) in
            guard let call = try call(database, id) else { return .callOver }
            let outcome = reviewer(database, call, actor)
            if outcome == .done { try body(database, call, &after) }
            return outcome
        }
    }

    /// Who was registered by a call, if they still are, and by nothing else since.
    private func registered(_ database: Database, by call: Call) throws(StoreError) -> Citizen? {
        guard call.citizen != 0, let person = try citizen(database, id: call.citizen),
            person.document == call.asked.document, person.way == Self.callMethod
        else { return nil }
        return person
    }

    private func finishReview(_ database: Database, _ call: Call, _ review: Call.Review) throws(StoreError) {
        try database.run(
            "UPDATE calls SET review = ? WHERE id = ?", .integer(review.rawValue), .integer(call.id))
        try deleteRecording(database, of: call.id)
    }

    /// Forgets what is old: calls that are over, and recordings at which nobody has looked.
    func sweepCalls(_ database: Database) throws(StoreError) {
        try tidyCalls(database)
        let old = try database.run(
            "SELECT id FROM calls WHERE review = 1 AND ended_at < ?", .integer(now() - CallRules.recordingLife))
        for row in old {
            try deleteRecording(database, of: row.integer(0))
            try database.run("UPDATE calls SET review = 4 WHERE id = ?", .integer(row.integer(0)))
        }
        try database.run(
            "DELETE FROM calls WHERE state > 1 AND review <> 1 AND ended_at < ?", .integer(now() - CallRules.life))
    }
}
