import ClaveDomain
import GatewayAPI
import GatewayServices
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

    /// Calls that are not over, in the order in which they are served.
    func liveCalls() throws(StoreError) -> [CallFile] {
        let moment = moment()
        return try store.read { (tx) throws(StoreError) in try tx.calls.liveFiles(at: moment) }
    }

    /// The newest calls, whatever came of them.
    func calls(of document: NationalDocument? = nil, limit: Int = 1000) throws(StoreError) -> [CallFile] {
        let moment = moment()
        return try store.read { (tx) throws(StoreError) in
            try tx.calls.newestFiles(of: document, limit: limit, at: moment)
        }
    }

    func callFile(id: Int64) throws(StoreError) -> CallFile? {
        let moment = moment()
        return try store.read { (tx) throws(StoreError) in try tx.calls.file(id, at: moment) }
    }

    // MARK: Acts

    /// Takes a call whose page is open. A call has one operator, and an operator one call.
    func takeCall(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        let (code, moment) = (String(decoding: RandomCode.digits(CallRules.codeDigits), as: UTF8.self), moment())
        return try act(by: actor) { (tx, _) throws(StoreError) in
            // An operator who was gone holds no call any more.
            try tx.calls.settle(at: moment)
            guard case .desk(let person, _) = actor, let call = try tx.calls.call(id, at: moment),
                call.outward(at: moment.now) == .queued
            else { return .callOver }
            guard call.person.document != person.document else { return .ownRecord }
            guard try !tx.calls.isHolding(person.id) else { return .otherCall }
            guard try tx.calls.take(id, by: person.id, person.document, code: code, at: moment.now) else {
                return .callOver
            }
            return try told(tx, call, actor, "taken")
        }
    }

    /// Gives a call back: another operator takes it.
    func releaseCall(_ id: Int64, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = moment()
        return try act(by: actor) { (tx, _) throws(StoreError) in
            guard let call = try heldCall(tx, id, by: actor, moment) else { return .callOver }
            try tx.calls.giveBack(id)
            return try told(tx, call, actor, "given back")
        }
    }

    /// Says that the person is who they say: in the same write their device may give phone and e-mail.
    ///
    /// - Parameter checks: what the operator has seen.
    func approveCall(_ id: Int64, checks: Set<CallCheck>, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = moment()
        return try act(by: actor) { (tx, _) throws(StoreError) in
            guard let call = try heldCall(tx, id, by: actor, moment) else { return .callOver }
            guard checks.count == CallCheck.allCases.count else { return .unchecked }
            guard let person = try listed(tx, call.person) else { return .dataDiffer }
            guard try tx.citizens.find(call.person.document) == nil else { return .documentTaken }
            // Calls of other devices go on, though they can register nobody any more: an end would tell whose data were right.
            let pieces = try tx.recordings.count(of: id)
            try tx.calls.approve(id, isReviewed: call.consents && pieces > 0, at: moment.now)
            let proof = IdentityProof(
                way: Self.callMethod, document: call.person.document, name: person.name, level: .basic,
                datum: call.person.datum)
            try beginRegistration(
                tx, proof, call.session, signingKey: call.signingKey, sealingKey: call.sealingKey)
            return try told(tx, call, actor, "approved")
        }
    }

    /// Says that they are not, or that it could not be seen.
    func rejectCall(_ id: Int64, _ reason: CallRejection, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = moment()
        return try act(by: actor) { (tx, _) throws(StoreError) in
            guard reason != .none, let call = try heldCall(tx, id, by: actor, moment) else { return .callOver }
            try tx.calls.reject(id, reason, at: moment.now)
            return try told(tx, call, actor, "rejected, \(reason)")
        }
    }

    /// Calls a person's calls off, whatever data they were booked with.
    func cancelCalls(of document: NationalDocument, by actor: Actor) throws(StoreError) -> ActOutcome {
        let moment = moment()
        return try act(by: actor) { (tx, _) throws(StoreError) in
            if case .desk(let person, _) = actor, person.document == document { return .ownRecord }
            let live = try tx.calls.live(of: document, at: moment)
            guard !live.isEmpty else { return .callOver }
            for call in live { try tx.calls.cancel(call.id, at: moment.now) }
            try audit(tx, Self.callAct, subject: document.masked, by: actor, outcome: "called off")
            return .done
        }
    }

    /// Notes that the operator's page is open.
    ///
    /// - Returns: what the page shows; nil if the call is not theirs any more.
    func keepCall(_ id: Int64, by actor: Actor) throws(StoreError) -> CallFile? {
        let moment = moment()
        let file = try store.read { (tx) throws(StoreError) -> CallFile? in
            guard try heldCall(tx, id, by: actor, moment) != nil else { return nil }
            return try tx.calls.file(id, at: moment)
        }
        // Once in a while is enough, and spares the disk.
        guard let file, abs(moment.now - file.call.holderSeenAt) >= Call.operatorPresence / 6 else { return file }
        return try store.write { (tx) throws(StoreError) in
            guard try heldCall(tx, id, by: actor, moment) != nil else { return nil }
            try tx.calls.noteHolderSeen(id, at: moment.now)
            return try tx.calls.file(id, at: moment)
        }
    }

    /// The call, if it is running and this operator's.
    func heldCall(
        _ tx: StoreTransaction<some StoreAccess>, _ id: Int64, by actor: Actor, _ moment: Moment
    ) throws(StoreError) -> Call? {
        guard case .desk(let person, _) = actor, let call = try tx.calls.call(id, at: moment),
            call.state == .running, call.holder == person.id, call.holderDocument == person.document.text
        else { return nil }
        return call
    }

    func told(
        _ tx: WriteTransaction, _ call: Call, _ actor: Actor, _ outcome: String
    ) throws(StoreError) -> ActOutcome {
        try audit(tx, Self.callAct, subject: call.person.document.masked, by: actor, outcome: outcome)
        return .done
    }
}
