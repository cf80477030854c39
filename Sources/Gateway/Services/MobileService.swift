import ClaveDomain
import GatewayAPI
import GatewayStore
import SecureMemory

/// Cl@ve Mòbil: the person approves a visit in their agent, after comparing a code.
extension GatewayServices {
    /// Asks the agent of the person of these data to approve a visit; an errand finds them.
    ///
    /// A person has one pending request. While one waits, another visit with right data is treated as one with wrong
    /// data: it waits and expires. To say "another request is pending" would tell a stranger that the data are right.
    func requestApproval(
        _ id: [UInt8], _ document: NationalDocument, _ datum: ContrastDatum, address: String
    ) throws(StoreError) -> RequestOutcome {
        let outcome = try store.write { (tx) throws(StoreError) -> RequestOutcome in
            guard let visit = try transaction(tx, id), visit.state == .open || visit.method != .pin else {
                return .gone
            }
            if let seconds = try countAttempt(tx, document, address, at: visit.door, act: "Mòbil") {
                return .tooMany(seconds: seconds)
            }
            let request = try beginWaiting(tx, visit, .mobileByDocument, document, address)
            try leave(
                tx,
                Errand(
                    kind: .mobile, request: request, former: visit.request, formerCitizen: visit.citizen ?? 0,
                    asked: ClaimedPerson(document: document, datum: datum, language: ""), address: address))
            return .accepted
        }
        wakeErrands()
        return outcome
    }

    /// Makes a link (and so a QR) for a visit: whoever's agent opens it may approve it as themselves.
    func requestLink(_ id: [UInt8], address: String) throws(StoreError) -> MobileLink? {
        try store.write { (tx) throws(StoreError) in
            guard let visit = try transaction(tx, id), visit.state == .open || visit.method == .mobileByLink
            else { return nil }
            if visit.state == .waiting { return MobileLink(gateway: settings.origin, token: visit.token) }
            _ = try beginWaiting(tx, visit, .mobileByLink, nil, address)
            let token = randomBytes(GatewayLimits.identifier)
            // The token opens nothing by itself; it is kept as it is, to be shown again.
            try tx.run(
                "UPDATE transactions SET token = ? WHERE id = ?", .blob(token), .blob(stored(id)))
            return MobileLink(gateway: settings.origin, token: token)
        }
    }

    /// Binds a link's visit to the person whose device claims it; once.
    func claim(_ token: [UInt8], by device: Device) throws(StoreError) -> Result<RequestDetails, Refusal> {
        try store.write { (tx) throws(StoreError) in
            guard let row = try tx.run("\(Self.columns) WHERE token = ?", .blob(token)).first,
                let visit = transaction(row, id: []), visit.state == .waiting
            else { return .failure(Refusal(.notFound)) }
            guard visit.citizen == nil else { return .failure(Refusal(.answered)) }
            guard !device.takesPINsOnly else { return .failure(Refusal(.notFound)) }
            guard try !hasPendingApproval(tx, device.citizen, besides: []) else {
                return .failure(Refusal(.tooMany, String(ClaveRules.mobileRequestLife.components.seconds)))
            }
            let person = try citizen(tx, id: device.citizen)
            try tx.run(
                "UPDATE transactions SET citizen = ?, document = ? WHERE id = ?", .integer(device.citizen),
                .text(person?.document.masked ?? ""), .blob(row.blob(12)))
            try audit(tx, "Mòbil", subject: person?.document.masked ?? "", outcome: "claimed by link")
            return .success(
                RequestDetails(
                    identifier: visit.request, organisation: visit.procedure.organisation,
                    procedure: visit.procedure.title, code: visit.code, origin: try origin(tx, row.blob(12)),
                    createdAt: UInt64(visit.issuedAt), expiresAt: UInt64(visit.expiresAt)))
        }
    }

    /// Takes the person's word; once, in time, from the person's active device, with the code that the page shows.
    func answer(_ answer: MobileAnswer, by device: Device) throws(StoreError) -> Refusal? {
        try store.write { (tx) throws(StoreError) in
            let rows = try tx.run("\(Self.columns) WHERE request = ?", .blob(answer.identifier))
            guard let row = rows.first, let visit = transaction(row, id: []), visit.citizen == device.citizen,
                visit.method != .pin
            else { return Refusal(.notFound) }
            if visit.state == .expired { return Refusal(.expired) }
            guard visit.state == .waiting else { return Refusal(.answered) }
            guard visit.code == answer.code else { return Refusal(.malformed) }
            let state: Transaction.State = answer.approve ? .approved : .rejected
            try tx.run(
                "UPDATE transactions SET state = ? WHERE id = ?", .integer(state.rawValue), .blob(row.blob(12)))
            try tx.run("DELETE FROM events WHERE request = ?", .blob(answer.identifier))
            try audit(
                tx, "Mòbil", subject: visit.document, outcome: answer.approve ? "approved" : "rejected")
            return nil
        }
    }

    // MARK: Steps

    /// Whether a request waits for a person, beside that of a visit.
    ///
    /// - Parameter visit: what is stored of its name.
    func hasPendingApproval(
        _ tx: StoreTransaction<some StoreAccess>, _ person: Int64, besides visit: [UInt8]
    ) throws(StoreError) -> Bool {
        let rows = try tx.run(
            """
            SELECT count(*) FROM transactions
            WHERE citizen = ? AND method IN (2, 3) AND state = 1 AND expires_at > ? AND id <> ?
            """, .integer(person), .integer(now()), .blob(visit))
        return rows[0].integer(0) > 0
    }

    /// Has a visit wait for an approval; the name of its request.
    private func beginWaiting(
        _ tx: WriteTransaction, _ visit: Transaction, _ method: Transaction.Method, _ document: NationalDocument?,
        _ address: String
    ) throws(StoreError) -> [UInt8] {
        let code = String(decoding: randomSymbols(PINAlphabet.length), as: UTF8.self)
        let request = randomBytes(GatewayLimits.identifier)
        let expiry = now() + ClaveRules.mobileRequestLife.components.seconds
        try tx.run(
            """
            UPDATE transactions SET state = 1, method = ?, citizen = NULL, request = ?, code = ?, token = NULL,
            issued_at = ?, expires_at = ?, document = ?, address = ? WHERE id = ?
            """, .integer(method.rawValue), .blob(request), .text(code),
            .integer(now()), .integer(expiry), .text(document?.masked ?? ""), .text(address),
            .blob(stored(visit.id)))
        return request
    }

    private func origin(_ tx: StoreTransaction<some StoreAccess>, _ storedID: [UInt8]) throws(StoreError) -> String {
        try tx.run("SELECT address FROM transactions WHERE id = ?", .blob(storedID)).first?.text(0) ?? ""
    }
}
