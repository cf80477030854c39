import ClaveDomain
public import GatewayAPI
public import GatewayStore

/// What a person's page of a call shows.
public struct CallView: Equatable, Sendable {
    public let call: Call
    public let progress: CallProgress
}

/// Video calls, as the person's page has them: whoever knows the page's token is the person's side.
extension CallService {
    /// How often a call's person may consent, and in how many seconds.
    private static let maximumConsents = 10
    private static let consentWindow: Int64 = 86_400

    /// The call of a page; nil if there is none.
    ///
    /// - Parameter isOpen: whether the page is open in a browser with a script, so that the person counts as there.
    public func view(_ token: [UInt8], isOpen: Bool) throws(StoreError) -> CallView? {
        let moment = clock.moment()
        let view = try database.read { (tx) throws(StoreError) -> CallView? in try self.view(tx, token, moment) }
        guard isOpen, let view, isToBeNoted(view.call, moment.now) else { return view }
        return try database.write { (tx, _) throws(StoreError) -> CallView? in
            guard let call = try call(tx, token, moment) else { return nil }
            if isToBeNoted(call, moment.now) { try tx.calls.noteSeen(call.id, at: moment.now) }
            return try self.view(tx, token, moment)
        }
    }

    /// Lets the call be recorded, or no longer: then what there is goes.
    ///
    /// - Returns: false if the call is over, or the person has changed their mind too often to consent again.
    public func consent(_ token: [UInt8], _ consents: Bool) throws(StoreError) -> Bool {
        let moment = clock.moment()
        return try database.write { (tx, _) throws(StoreError) in
            guard let call = try call(tx, token, moment), call.state.isLive else { return false }
            guard call.consents != consents else { return true }
            if consents,
                try limiter.count(
                    tx, "consent", "\(call.id)", limit: Self.maximumConsents, window: Self.consentWindow) != nil
            {
                return false
            }
            try tx.calls.setConsent(call.id, consents)
            try audit.record(
                tx, Self.act, subject: call.person.document.masked,
                outcome: consents ? "consents to a recording" : "consents to no recording")
            return true
        }
    }

    /// Calls it off.
    ///
    /// - Parameter address: the browser's network address.
    public func cancel(_ token: [UInt8], address: String) throws(StoreError) {
        let moment = clock.moment()
        try database.write { (tx, _) throws(StoreError) in
            guard let call = try call(tx, token, moment), call.state.isLive else { return }
            try tx.calls.cancel(call.id, at: moment.now)
            try audit.record(
                tx, Self.act, subject: call.person.document.masked, by: .person(address: address),
                outcome: "called off")
        }
    }

    // MARK: Rows

    private func view(
        _ tx: StoreTransaction<some StoreAccess>, _ token: [UInt8], _ moment: Moment
    ) throws(StoreError) -> CallView? {
        guard let call = try call(tx, token, moment) else { return nil }
        return CallView(call: call, progress: try progress(tx, call, moment))
    }

    private func call(
        _ tx: StoreTransaction<some StoreAccess>, _ token: [UInt8], _ moment: Moment
    ) throws(StoreError) -> Call? {
        try tx.calls.call(ofPage: digest(token), at: moment)
    }

    /// Whether an open page is to be written down: once in a while is enough, and spares the disk.
    private func isToBeNoted(_ call: Call, _ now: Int64) -> Bool {
        call.state.isLive && abs(now - call.seenAt) >= Call.presence / 4
    }
}
