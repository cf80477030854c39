import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import SecureMemory

/// Appointments for video calls, as agents make and follow them.
extension GatewayServices {
    static let callMethod = "call"
    static let callAct = "call"

    /// When calls can be: the same for right and wrong data.
    func callSlots(_ step: ActivationStep, address: String) throws(StoreError) -> StepOutcome {
        guard let asked = Self.person(step.body) else { return .refusal(Refusal(.malformed)) }
        let moment = moment()
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.callAct) {
                return begun(.tooMany, seconds)
            }
            let slots = CallSlots(
                isOpen: settings.callHours.isOpen(at: moment.now),
                waiting: UInt32(clamping: try tx.calls.line(at: moment).count),
                starts: try freeStarts(tx, moment).prefix(RegistrationCall.slotLimit).map { UInt64(clamping: $0) })
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
        let moment = moment()
        return try store.write { (tx) throws(StoreError) in
            if let seconds = try countBooking(tx, asked, address) { return begun(.tooMany, seconds) }
            try tx.calls.settle(at: moment)
            let start = wish.start == 0 ? moment.now : Int64(clamping: wish.start)
            let isFree =
                try wish.start == 0
                ? settings.callHours.isOpen(at: moment.now) : freeStarts(tx, moment).contains(start)
            guard isFree else { return begun(.slotTaken) }
            let isRight = try listed(tx, asked) != nil
            guard try giveWay(tx, step.signingKey, moment) else { return begun(.busy) }
            let call = NewCall(
                token: digest(callToken: token), session: session, signingKey: step.signingKey,
                sealingKey: step.sealingKey, person: asked, isRight: isRight, start: start)
            try tx.calls.book(call, at: moment.now)
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
        let moment = moment()
        return try store.read { (tx) throws(StoreError) in
            let call = try tx.calls.call(
                ofSession: step.session, signingKey: step.signingKey, sealingKey: step.sealingKey, at: moment)
            guard let call else { return reply(step, .over) }
            return reply(
                step, Self.body(RegistrationOutcome.accepted.rawValue) + (try progress(tx, call, moment)).bytes)
        }
    }

    // MARK: Lines and times

    /// The moment at which calls are looked at. A command can't tell whether the clock was set before it began.
    func moment() -> Moment {
        let now = now()
        return Moment(now: now, isCertain: clock.isBelieved && !settings.isCommand)
    }

    /// Where a call stands.
    func progress(
        _ tx: StoreTransaction<some StoreAccess>, _ call: Call, _ moment: Moment
    ) throws(StoreError) -> CallProgress {
        let state = call.outward(at: moment.now)
        let ahead = state == .queued ? try tx.calls.line(at: moment).firstIndex { $0.id == call.id } ?? 0 : 0
        return CallProgress(
            state: state, ahead: UInt32(clamping: ahead), start: UInt64(clamping: call.start), reason: call.reason)
    }

    /// Beginnings of appointments of which not all are taken. Those of wrong data count too: else a free one would tell.
    private func freeStarts(
        _ tx: StoreTransaction<some StoreAccess>, _ moment: Moment
    ) throws(StoreError) -> [Int64] {
        let taken = try tx.calls.appointments(after: moment.now)
        return settings.callHours.starts(after: moment.now, days: CallRules.days, length: CallRules.length)
            .filter { taken[$0, default: 0] < settings.callOperators }
    }

    private func countBooking(
        _ tx: WriteTransaction, _ asked: ClaimedPerson, _ address: String
    ) throws(StoreError) -> Int64? {
        if let seconds = try limiter.countAttempt(tx, asked.document, address, act: Self.callAct) { return seconds }
        return try limiter.count(
            tx, "call", address, limit: CallRules.bookingsPerAddress, window: 86_400)
    }

    /// Calls off what a new appointment of a device takes the place of; false if an operator talks to that device.
    private func giveWay(_ tx: WriteTransaction, _ device: [UInt8], _ moment: Moment) throws(StoreError) -> Bool {
        let live = try tx.calls.live(ofDevice: device, at: moment)
        guard !live.contains(where: { $0.state == .running }) else { return false }
        for call in live { try tx.calls.cancel(call.id, at: moment.now) }
        return true
    }

    /// What is kept of a page's token.
    func digest(callToken token: [UInt8]) -> [UInt8] { keys.digest(token, for: "call", of: []) }

    private func begun(_ outcome: RegistrationOutcome, followedBy bytes: [UInt8]) -> StepOutcome {
        let body = Self.body(outcome.rawValue) + bytes
        return .reply(ActivationReply(session: randomBytes(GatewayLimits.identifier), body: body, grant: nil))
    }
}
