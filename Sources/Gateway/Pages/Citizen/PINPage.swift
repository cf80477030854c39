import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

// Cl@ve PIN: the page on which the PIN is typed.
extension Pages {
    func pinPage(_ context: Context, _ visit: Transaction) throws(StoreError) -> HTTPResponse {
        switch (visit.state, visit.method) {
        case (.waiting, .pin): return entryPage(context, visit)
        case (.approved, _): return try proceed(context, visit)
        case (.open, _), (.exhausted, _): return documentPage(context, .pin)
        case (.expired, .pin):
            return documentPage(context, .pin, error: context.t("The PIN has expired. Get a new one."))
        default: return noVisit(context)
        }
    }

    func enterPIN(
        _ context: Context, _ visit: Transaction, _ form: [String: String]
    ) throws(StoreError) -> HTTPResponse {
        let t = context.t
        // Typed again, because the answer did not come.
        if visit.state == .approved { return try proceed(context, visit) }
        let typed = String((form["pin"] ?? "").prefix(16))
        switch try services.pins.enter(visit.id, typed: typed, address: context.request.address) {
        case .entered:
            return try proceed(context, visit)
        case .wrong(let left):
            return entryPage(context, visit, error: t("The PIN is not right. Tries left: {1}.", String(left)))
        case .blocked(let seconds): return blocked(context, seconds)
        case .over:
            return documentPage(
                context, .pin,
                error: t(
                    "This PIN is no longer valid: it was used, has expired, or was wrong too often. Get a new one."))
        }
    }

    func sendSMS(_ context: Context, _ visit: Transaction) throws(StoreError) -> HTTPResponse {
        switch try services.pins.sendBySMS(visit.id, address: context.request.address) {
        case .accepted: return .redirect(to: "/gateway/pin")
        case .tooMany(let seconds): return tooMany(context, seconds)
        case .blocked(let seconds): return blocked(context, seconds)
        case .gone: return noVisit(context)
        }
    }

    /// Says that no PIN lets in for now: the truth, to who types right data and wrong ones.
    func blocked(_ context: Context, _ seconds: Int64) -> HTTPResponse {
        let t = context.t
        return message(
            context, t("Cl@ve PIN is blocked for these data"), status: 429,
            t(
                "Wrong PINs were typed {1} times in one day. Cl@ve PIN works again in {2} hours. Until then you can identify yourself with Cl@ve Mobile.",
                String(ClaveRules.wrongPINsPerDay), String(max(1, (seconds + 3599) / 3600))))
    }

    private func entryPage(_ context: Context, _ visit: Transaction, error: String? = nil) -> HTTPResponse {
        let t = context.t
        let pin = field(
            "pin", t("PIN"), hint: t("Three letters or digits"), length: 8, autocomplete: "one-time-code",
            hasError: error != nil)
        let smsAt = visit.issuedAt + ClaveRules.smsFallbackDelay.components.seconds
        let sms: HTML =
            services.clock.now() >= smsAt
            ? form(context, "/gateway/pin/sms", "", t("Send the PIN by SMS"), second: true)
            : "<p>\(t("If nothing comes, reload this page after a minute to get the PIN by SMS."))</p>"
        return page(
            context, t("Type your PIN"), status: error == nil ? 200 : 422,
            """
            \(summary(context, error))\(purpose(context))
            <p>\(t("If the data are right, the PIN is now in your agent, or on its way by SMS if no agent is active."))
            \(t("A person gets at most {1} PINs an hour by SMS.", String(ClaveRules.smsSendsPerHour)))</p>
            <p>\(t("Reference")): <span class="code" id="reference">\(visit.code)</span></p>
            <p>\(t("Your agent shows the same reference. Valid for")):
            <span id="left" data-until="\(Int(visit.expiresAt))" aria-live="off">\(t("10 minutes"))</span></p>
            \(form(context, "/gateway/pin/enter", pin, t("Access")))
            \(sms)\(cancelForm(context))
            """)
    }
}
