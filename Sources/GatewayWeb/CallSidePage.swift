import ClaveDomain
import GatewayServices
import GatewayStore
import Localization
import WebServer
import Wire

/// A page of one side of a video call: what both sides see and what their scripts ask.
protocol CallSidePage: WebPage {
    var services: Services { get }
    var signals: Signals { get }
}

extension CallSidePage {
    /// By which servers a page's script makes its line.
    var lineServers: HTML {
        let settings = services.settings
        let hasRelay = settings.turn == nil ? "no" : "yes"
        return """
            data-stun="\(settings.stunServers.joined(separator: " "))" data-relay="\(hasRelay)"
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
    func statusLines(start: Int64) -> HTML {
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
            <p>\(t("Time of the call:")) <time id="start" data-start="\(start)">\(moment(start)) UTC</time></p>
            <div class="box"><p id="status" role="status"></p><p id="line" role="status"></p>
            <p id="ahead" hidden>\(t("People before you:")) <span></span></p><p id="record" role="status"></p></div>
            <ul id="words" hidden>\(list)</ul>
            """
    }

    // MARK: What the script asks

    /// What the other side has said since the page asked last, and by which relay the line goes.
    func putWords(_ call: Call, of side: Signals.Side, into json: inout JSONWriter) {
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

    /// Takes a word for the other side.
    func signal(_ call: Call, from side: Signals.Side) -> HTTPResponse {
        guard call.state == .running, context.request.query["turn"] == String(call.turn),
            let word = String(validating: context.request.body, as: UTF8.self),
            signals.put(word, from: side, of: call.id, turn: call.turn)
        else { return .conflict }
        return .nothing
    }
}
