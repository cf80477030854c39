import GatewayServices
import GatewayStore
import Localization
import WebServer

extension Pages {
    /// A page in the frame.
    func page(
        _ context: Context, _ title: String, status: UInt32 = 200, waits: Bool = false, usesCamera: Bool = false,
        _ body: HTML
    ) -> HTTPResponse {
        Page(
            t: context.t, title: title, body: body, status: status, waits: waits, usesCamera: usesCamera,
            path: context.path
        ).response()
    }

    /// A page that says one thing.
    func message(_ context: Context, _ title: String, status: UInt32 = 200, _ text: String) -> HTTPResponse {
        page(
            context, title, status: status,
            "<p>\(text)</p><p><a href=\"/\">\(context.t("To the sandbox's front page"))</a></p>")
    }

    func notFound(_ context: Context) -> HTTPResponse {
        message(context, context.t("Not found"), status: 404, context.t("There is no such page."))
    }

    /// Only reading and sending forms is possible here.
    func wrongMethod(_ context: Context) -> HTTPResponse {
        var response = notFound(context)
        response.status = 405
        response.headers.append(("allow", "GET, HEAD, POST"))
        return response
    }

    func noVisit(_ context: Context) -> HTTPResponse {
        message(
            context, context.t("Start at a procedure"), status: 400,
            context.t("This page belongs to a visit that has ended or never began. Start again at the procedure."))
    }

    /// A form's address, opened by itself: back to the step that it belongs to.
    func backToStep(_ context: Context) -> HTTPResponse { .redirect(to: context.path) }

    func tooMany(_ context: Context, _ seconds: Int64) -> HTTPResponse {
        message(
            context, context.t("Too many attempts"), status: 429,
            context.t("Wait {1} minutes, then try again.", String(max(1, (seconds + 59) / 60))))
    }

    func failure(_ t: Localizer, _ error: StoreError) -> HTTPResponse {
        let words =
            error.isFull
            ? t("The gateway's disk is full. Nothing was changed; try again later.")
            : t("The gateway failed. Nothing was changed; try again later.")
        return Page(t: t, title: t("Not now"), body: "<p>\(words)</p>", status: 503, path: "/").response()
    }

    /// An error summary that a screen reader says first.
    func summary(_ context: Context, _ text: String?) -> HTML? {
        guard let text else { return nil }
        return """
            <div class="box error" role="alert" id="error">
            <p><strong>\(context.t("There is a problem"))</strong></p><p>\(text)</p></div>
            """
    }

    /// A labelled text field.
    func field(
        _ name: String, _ label: String, hint: String = "", value: String = "", length: Int = 16,
        autocomplete: String = "off", hasError: Bool = false
    ) -> HTML {
        let hintElement: HTML = hint.isEmpty ? "" : "<span class=\"hint\" id=\"\(name)-hint\">\(hint)</span>"
        let described: HTML =
            hint.isEmpty && !hasError
            ? ""
            : """
             aria-describedby="\(hasError ? "error " : "")\(hint.isEmpty ? "" : "\(name)-hint")"
            """
        return """
            <label for="\(name)">\(label)\(hintElement)</label>
            <input type="text" id="\(name)" name="\(name)" value="\(value)" maxlength="\(length)" required
            autocomplete="\(autocomplete)" autocapitalize="characters" spellcheck="false"\(described)
            \(hasError ? "aria-invalid=\"true\" autofocus" : "" as HTML)>
            """
    }

    /// A form of a visit's, with the token of its address.
    func form(_ context: Context, _ action: String, _ fields: HTML, _ button: String, second: Bool = false) -> HTML {
        guard let visit = context.visit else { return "" }
        return """
            <form method="post" action="\(action)">\(token(visit, action).input)
            \(fields)
            <button type="submit"\(second ? " class=\"second\"" : "" as HTML)>\(button)</button></form>
            """
    }

    func cancelForm(_ context: Context) -> HTML {
        form(context, "/gateway/cancel", "", context.t("Cancel"), second: true)
    }

    /// Who asks, and for what.
    func purpose(_ context: Context) -> HTML {
        guard let procedure = context.visit?.procedure else { return "" }
        return """
            <div class="box"><p>\(context.t("Organisation")): <strong>\(procedure.organisation)</strong><br>
            \(context.t("Procedure")): <strong>\(procedure.title)</strong>\(demand(context, procedure))</p></div>
            """
    }
}
