import ClaveDomain
import GatewayAPI
import GatewayStore
import SecureMemory

/// Video calls, as the person's page has them: whoever knows the page's token is the person's side.
extension GatewayServices {
    /// What a page shows.
    struct CallView: Equatable, Sendable {
        let call: Call
        let progress: CallProgress
    }

    /// The call of a page.
    ///
    /// - Parameter isOpen: whether the page is open in a browser with a script, so that the person counts as there.
    func callView(_ token: [UInt8], isOpen: Bool) throws(StoreError) -> CallView? {
        try store.write { (tx) throws(StoreError) in
            try tidyCalls(tx)
            guard let call = try call(tx, token) else { return nil }
            if isOpen, call.state == .waiting || call.state == .running, !isFresh(call) {
                try tx.run("UPDATE calls SET seen_at = ? WHERE id = ?", .integer(now()), .integer(call.id))
            }
            guard let call = try self.call(tx, call.id) else { return nil }
            return CallView(call: call, progress: try progress(tx, call))
        }
    }

    /// How often a call's person may consent.
    private static let maximumConsents = 10

    /// Lets the call be recorded, or no longer: then what there is goes.
    ///
    /// - Returns: false if the call is over, or the person has changed their mind too often to consent again.
    func consent(_ token: [UInt8], _ consents: Bool) throws(StoreError) -> Bool {
        try store.write { (tx) throws(StoreError) in
            guard let call = try call(tx, token), call.state == .waiting || call.state == .running else {
                return false
            }
            guard call.consents != consents else { return true }
            if consents,
                try count(tx, "consent", "\(call.id)", limit: Self.maximumConsents, window: 86_400) != nil
            {
                return false
            }
            try tx.run(
                "UPDATE calls SET consents = ? WHERE id = ?", .integer(consents ? 1 : 0), .integer(call.id))
            if !consents { try deleteRecording(tx, of: call.id) }
            try audit(
                tx, Self.callAct, subject: call.asked.document.masked,
                outcome: consents ? "consents to a recording" : "consents to no recording")
            return true
        }
    }

    /// Calls it off.
    func cancelCall(_ token: [UInt8], address: String) throws(StoreError) {
        try store.write { (tx) throws(StoreError) in
            guard let call = try call(tx, token), call.state == .waiting || call.state == .running else { return }
            try end(tx, call, .cancelled)
            try audit(
                tx, Self.callAct, subject: call.asked.document.masked, by: .person(address: address),
                outcome: "called off")
        }
    }

    private func call(_ tx: StoreTransaction<some StoreAccess>, _ token: [UInt8]) throws(StoreError) -> Call? {
        try tx.run("\(Call.columns) WHERE token = ?", .blob(digest(callToken: token))).first.flatMap(Call.init)
    }

    /// Whether it was seen so lately that it need not be written again.
    private func isFresh(_ call: Call) -> Bool { abs(now() - call.seenAt) < CallRules.presence / 4 }
}
