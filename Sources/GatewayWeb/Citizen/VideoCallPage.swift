import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer
import Wire

/// The person's side of a video call. Whoever has the page's address is it: there is nothing else to sign in with.
struct VideoCallPage: CallSidePage, OpenPage {
    let context: PageContext
    let services: Services
    let signals: Signals

    init(_ context: PageContext, in pages: Pages) {
        self.context = context
        services = pages.services
        signals = pages.signals
    }

    /// The token of an address `/call/…`; nil for what can be none.
    static func token(_ text: String) -> [UInt8]? {
        let token = bytes(base64URL: text, limit: CallRules.tokenLength)
        return token?.count == CallRules.tokenLength ? token : nil
    }

    /// Takes the person's word about the recording.
    func consent(_ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        guard let form = context.request.form else { return notFound() }
        return try services.calls.consent(token, form["consent"] == "yes") ? .nothing : deadCall()
    }

    func cancel(_ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        try services.calls.cancel(token, address: context.request.address)
        return .redirect(to: "/call/\(context["token"])")
    }

    /// An address below a call's that no page has.
    func noPage(_ view: CallView) -> HTTPResponse { notFound() }

    /// The same of a form's.
    func noStep(_ token: [UInt8]) -> HTTPResponse { notFound() }

    // MARK: The page

    func show(_ view: CallView) -> HTTPResponse {
        let token = context["token"]
        guard view.call.state == .waiting || view.call.state == .running else {
            return message(t("Video call"), callWords(view.progress))
        }
        let state = "\(view.progress.state)"
        return page(
            t("Video call"), usesCamera: true,
            """
            <p>\(t("An operator of this sandbox looks at your face and at your document, and asks you to say a code. Have your DNI or NIE card at hand, and sit in a good light."))</p>
            <noscript><div class="box error"><p>\(t("A video call needs a browser with scripts."))</p></div></noscript>
            <div id="call" data-side="person" data-base="/call/\(token)" data-state="\(state)"
            \(lineServers)>
            \(statusLines(start: view.call.start))
            <div id="spoken" class="box" hidden><h2>\(t("Your code"))</h2>
            <p>\(t("Say this code when the operator asks for it, or show it in writing if you can't speak:"))</p>
            <p class="code" id="code"></p></div>
            \(pictures(t("The operator"), t("You")))
            <p><button type="button" class="second" id="camera">\(t("Try camera and microphone"))</button></p>
            \(consentBox(view.call.consents))
            </div>
            <form method="post" action="/call/\(token)/cancel">
            \(SubmitButton(text: t("Call it off"), isSecondary: true))</form>
            <p>\(t("Pictures and sound go from your browser to the operator's, and not through the gateway."))</p>
            """)
    }

    private func consentBox(_ consents: Bool) -> HTML {
        """
        <fieldset><legend>\(t("Recording"))</legend>
        <label class="tick"><input type="checkbox" id="consent"\(" checked", if: consents)>
        \(t("I agree that the call is recorded, so that a second operator can review it."))</label>
        <p>\(t("Without it you are registered at the basic level. With it, the second operator may raise you to the advanced level, or remove you if they do not recognise you. The recording is sealed, and deleted after that, or after thirty days. You can take your word back until the call ends."))</p>
        </fieldset>
        """
    }

    func deadCall() -> HTTPResponse {
        message(
            t("Video call"), status: 404,
            t("There is no such call, or it was a long time ago. Make a new appointment with clave-register."))
    }

    /// How a call has ended, for the person.
    private func callWords(_ progress: CallProgress) -> String {
        switch progress.state {
        case .approved:
            t(
                "The operator has recognised you. Go back to clave-register: it asks for your phone and e-mail address now, or when you run 'clave-register --resume'."
            )
        case .rejected: t(progress.reason.words)
        case .missed: t("The time of the call is over, and this page was not open. Make a new appointment.")
        default: t("The call was called off. Make a new appointment, if you want one.")
        }
    }

    // MARK: What the script asks

    func state(_ view: CallView) -> HTTPResponse {
        var json = JSONWriter()
        json.put("state", "\(view.progress.state)")
        json.put("ahead", UInt64(view.progress.ahead))
        json.put("code", view.progress.state == .running ? view.call.code : "")
        putWords(view.call, of: .operator, into: &json)
        return .json(json)
    }

    /// Takes a word for the operator.
    func takeSignal(_ view: CallView) -> HTTPResponse {
        signal(view.call, from: .person)
    }
}
