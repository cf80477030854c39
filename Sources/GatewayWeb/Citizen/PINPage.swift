import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer

/// Cl@ve PIN: the page on which the PIN is typed.
struct PINPage: DataPage {
    let request: VisitRequest

    init(_ request: VisitRequest) { self.request = request }

    static let path = "/gateway/pin"
    var wayName: String { t("Cl@ve PIN") }
    var askButton: String { t("Get PIN") }

    func ask(_ document: NationalDocument, _ datum: ContrastDatum) throws(StoreError) -> RequestOutcome {
        try services.pins.request(visit.id, document, datum, address: context.request.address)
    }

    func show() throws(StoreError) -> HTTPResponse {
        switch (visit.state, visit.method) {
        case (.waiting, .pin): return entryPage()
        case (.approved, _): return try proceed()
        case (.open, _), (.exhausted, _): return documentPage()
        case (.expired, .pin):
            return documentPage(error: t("The PIN has expired. Get a new one."))
        default: return noVisit()
        }
    }

    func enter(_ form: Form) throws(StoreError) -> HTTPResponse {
        // Typed again, because the answer did not come.
        if visit.state == .approved { return try proceed() }
        let typed = String((form["pin"] ?? "").prefix(16))
        switch try services.pins.enter(visit.id, typed: typed, address: context.request.address) {
        case .entered:
            return try proceed()
        case .wrong(let left):
            return entryPage(error: t("The PIN is not right. Tries left: {1}.", String(left)))
        case .blocked(let seconds): return blocked(seconds)
        case .over:
            return documentPage(
                error: t(
                    "This PIN is no longer valid: it was used, has expired, or was wrong too often. Get a new one."))
        }
    }

    func sendSMS() throws(StoreError) -> HTTPResponse {
        switch try services.pins.sendBySMS(visit.id, address: context.request.address) {
        case .accepted: return .redirect(to: Self.path)
        case .tooMany(let seconds): return tooMany(seconds)
        case .blocked(let seconds): return blocked(seconds)
        case .gone: return noVisit()
        }
    }

    private func entryPage(error: String? = nil) -> HTTPResponse {
        let pin = TextField(
            name: "pin", label: t("PIN"), hint: t("Three letters or digits"), length: 8, autocomplete: "one-time-code",
            hasError: error != nil)
        return page(
            t("Type your PIN"), status: error == nil ? 200 : 422,
            """
            \(ErrorBox(t: t, text: error))\(purpose)
            <p>\(t("If the data are right, the PIN is now in your agent, or on its way by SMS if no agent is active."))
            \(t("A person gets at most {1} PINs an hour by SMS.", String(ClaveRules.smsSendsPerHour)))</p>
            <p>\(t("Reference")): <span class="code" id="reference">\(visit.code)</span></p>
            <p>\(t("Your agent shows the same reference. Valid for")):
            <span id="left" data-until="\(visit.expiresAt)" aria-live="off">\(t("10 minutes"))</span></p>
            \(form("/gateway/pin/enter", "\(pin)", t("Access")))
            \(sms)\(cancelForm)
            """)
    }

    /// The way to the PIN by SMS, for who has waited.
    private var sms: HTML {
        let smsAt = visit.issuedAt + ClaveRules.smsFallbackDelay.components.seconds
        return services.clock.now() >= smsAt
            ? form("/gateway/pin/sms", "", t("Send the PIN by SMS"), second: true)
            : "<p>\(t("If nothing comes, reload this page after a minute to get the PIN by SMS."))</p>"
    }
}
