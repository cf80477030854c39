import ClaveDomain
import GatewayAPI
import GatewayServices
import GatewayStore
import Localization
import SecureMemory
import WebServer
import Wire

// The person's side of a video call. Whoever has the page's address is it: there is nothing else to sign in with.
extension Pages {
    /// The token of an address `/call/…`; nil for what can be none.
    static func callToken(_ text: String) -> [UInt8]? {
        let token = bytes(base64URL: text, limit: CallRules.tokenLength)
        return token?.count == CallRules.tokenLength ? token : nil
    }

    /// Takes the person's word about the recording.
    func consent(_ context: Context, _ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        guard let form = context.request.form else { return notFound(context) }
        return try services.calls.consent(token, form["consent"] == "yes") ? .nothing : deadCall(context)
    }

    func cancelCall(_ context: Context, _ token: [UInt8]) throws(StoreError) -> HTTPResponse {
        try services.calls.cancel(token, address: context.request.address)
        return .redirect(to: "/call/\(context["token"])")
    }

    /// An address below a call's that no page has.
    func noCallPage(_ context: Context, _ view: CallView) -> HTTPResponse { notFound(context) }

    /// The same of a form's.
    func noCallStep(_ context: Context, _ token: [UInt8]) -> HTTPResponse { notFound(context) }

    // MARK: The page

    func callPage(_ context: Context, _ view: CallView) -> HTTPResponse {
        let (t, token) = (context.t, context["token"])
        guard view.call.state == .waiting || view.call.state == .running else {
            return message(context, t("Video call"), callWords(t, view.progress))
        }
        return page(
            context, t("Video call"), usesCamera: true,
            """
            <p>\(t("An operator of this sandbox looks at your face and at your document, and asks you to say a code. Have your DNI or NIE card at hand, and sit in a good light."))</p>
            <noscript><div class="box error"><p>\(t("A video call needs a browser with scripts."))</p></div></noscript>
            <div id="call" data-side="person" data-base="/call/\(token)" data-state="\(String(describing: view.progress.state))"
            \(lineServers)>
            \(statusLines(context, start: view.call.start))
            <div id="spoken" class="box" hidden><h2>\(t("Your code"))</h2>
            <p>\(t("Say this code when the operator asks for it, or show it in writing if you can't speak:"))</p>
            <p class="code" id="code"></p></div>
            \(pictures(t("The operator"), t("You")))
            <p><button type="button" class="second" id="camera">\(t("Try camera and microphone"))</button></p>
            \(consentBox(t, view.call.consents))
            </div>
            <form method="post" action="/call/\(token)/cancel">
            <button type="submit" class="second">\(t("Call it off"))</button></form>
            <p>\(t("Pictures and sound go from your browser to the operator's, and not through the gateway."))</p>
            """)
    }

    /// By which servers a page's script makes its line.
    var lineServers: HTML {
        let settings = services.settings
        return """
            data-stun="\(settings.stunServers.joined(separator: " "))" data-relay="\(settings.turn == nil ? "no" : "yes")"
            """
    }

    private func consentBox(_ t: Localizer, _ consents: Bool) -> HTML {
        """
        <fieldset><legend>\(t("Recording"))</legend>
        <label class="tick"><input type="checkbox" id="consent"\(consents ? " checked" : "" as HTML)>
        \(t("I agree that the call is recorded, so that a second operator can review it."))</label>
        <p>\(t("Without it you are registered at the basic level. With it, the second operator may raise you to the advanced level, or remove you if they do not recognise you. The recording is sealed, and deleted after that, or after thirty days. You can take your word back until the call ends."))</p>
        </fieldset>
        """
    }

    /// The two pictures of a call.
    func pictures(_ theirs: String, _ mine: String) -> HTML {
        """
        <div class="pictures">
        <figure><video id="theirs" autoplay playsinline aria-label="\(theirs)"></video>
        <figcaption>\(theirs)</figcaption></figure>
        <figure><video id="mine" autoplay playsinline muted aria-label="\(mine)"></video>
        <figcaption>\(mine)</figcaption></figure>
        </div>
        """
    }

    /// The line that says where the call stands, and all that it may say.
    func statusLines(_ context: Context, start: Int64) -> HTML {
        let t = context.t
        let words: [(String, String)] = [
            ("booked", t("The call has not begun. Leave this page open, or come back at its time.")),
            ("due", t("It is time. An operator will come.")), ("queued", t("An operator will come.")),
            ("running", t("The operator is there.")), ("connecting", t("The line is being made.")),
            ("connected", t("The line stands.")), ("cut", t("The line is cut. It is being made again.")),
            ("camera", t("Camera or microphone can't be used. Allow them in the browser, or use another device.")),
            ("gateway", t("The gateway can't be reached. It is tried again.")),
            ("refused", t("Your choice about the recording was not accepted: it stays as it was.")),
            ("recording", t("The call is recorded.")),
            ("anew", t("The recording begins anew: let the document be shown once more.")),
            ("unkept", t("The recording can't be kept. The call goes on without it.")),
        ]
        let list = HTML(words.map { "<li data-word=\"\($0.0)\">\($0.1)</li>" })
        return """
            <p>\(t("Time of the call:")) <time id="start" data-start="\(Int(start))">\(moment(start)) UTC</time></p>
            <div class="box"><p id="status" role="status"></p><p id="line" role="status"></p>
            <p id="ahead" hidden>\(t("People before you:")) <span></span></p><p id="record" role="status"></p></div>
            <ul id="words" hidden>\(list)</ul>
            """
    }

    func deadCall(_ context: Context) -> HTTPResponse {
        message(
            context, context.t("Video call"), status: 404,
            context.t("There is no such call, or it was a long time ago. Make a new appointment with clave-register."))
    }

    /// How a call has ended, for the person.
    private func callWords(_ t: Localizer, _ progress: CallProgress) -> String {
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

    func callState(_ context: Context, _ view: CallView) -> HTTPResponse {
        var json = JSONWriter()
        json.put("state", "\(view.progress.state)")
        json.put("ahead", UInt64(view.progress.ahead))
        json.put("code", view.progress.state == .running ? view.call.code : "")
        putWords(context, view.call, of: .operator, into: &json)
        return .json(json)
    }

    /// What the other side has said since the page asked last, and by which relay the line goes.
    func putWords(_ context: Context, _ call: Call, of side: Signals.Side, into json: inout JSONWriter) {
        let isThisTurn = context.request.query["turn"] == String(call.turn)
        let heard = isThisTurn ? Int(context.request.query["after"] ?? "") ?? 0 : 0
        let words = signals.words(of: side, in: call.id, turn: call.turn, after: heard)
        if call.state == .running, let turn = services.settings.turn {
            let credential = turn.credential(at: services.clock.now())
            json.put("relay", turn.address)
            json.put("relayName", credential.name)
            json.put("relayPassword", credential.password)
        }
        json.put("turn", call.turn)
        json.put("words", words.joined(separator: "\n"))
    }

    /// Takes a word for the operator.
    func personSignal(_ context: Context, _ view: CallView) -> HTTPResponse {
        signal(context, view.call, from: .person)
    }

    /// Takes a word for the other side.
    func signal(_ context: Context, _ call: Call, from side: Signals.Side) -> HTTPResponse {
        guard call.state == .running, context.request.query["turn"] == String(call.turn),
            let word = String(validating: context.request.body, as: UTF8.self),
            signals.put(word, from: side, of: call.id, turn: call.turn)
        else { return HTTPResponse(status: 409, type: "text/plain; charset=utf-8", []) }
        return .nothing
    }
}

extension HTTPResponse {
    /// It is done, and there is nothing to see.
    static var nothing: HTTPResponse { HTTPResponse(status: 204, type: "text/plain; charset=utf-8", []) }

    /// What a script has asked for.
    static func json(_ json: consuming JSONWriter) -> HTTPResponse {
        let bytes = json.finish().withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        var response = HTTPResponse(type: "application/json", bytes)
        response.headers += Page.safety
        return response
    }
}
