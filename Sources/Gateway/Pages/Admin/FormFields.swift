import ClaveDomain
import Localization
import WebServer

/// What is wrong with a field of a form, in the page's language.
struct FieldError: Equatable {
    /// Its name, which is its element's too; empty for the form as a whole.
    let field: String
    /// What the page calls it.
    var label = ""
    let text: String
}

// Fields and tables of the desk's pages.
extension Pages {
    /// An error summary that a screen reader says first, with a link to each field.
    func summary(_ context: Context, _ errors: [FieldError]) -> HTML {
        guard !errors.isEmpty else { return "" }
        let list = HTML(
            errors.map { error in
                error.field.isEmpty
                    ? "<li>\(error.text)</li>"
                    : "<li><a href=\"#\(error.field)\">\(error.label.isEmpty ? "" : "\(error.label): ")\(error.text)</a></li>"
            })
        return """
            <div class="box error" role="alert" id="error">
            <p><strong>\(context.t("There is a problem"))</strong></p><ul>\(list)</ul></div>
            """
    }

    /// A labelled field, with its error beside it. Text may be of any script.
    func deskField(
        _ name: String, _ label: String, hint: String = "", value: String = "", type: String = "text",
        errors: [FieldError] = []
    ) -> HTML {
        let error = errors.first { $0.field == name }
        let names = [hint.isEmpty ? nil : "\(name)-hint", error == nil ? nil : "\(name)-error"].compactMap(\.self)
        let described: HTML =
            names.isEmpty ? "" : " aria-describedby=\"\(names.joined(separator: " "))\""
        let wrong: HTML = error.map { "<span class=\"wrong\" id=\"\(name)-error\">\($0.text)</span>" } ?? ""
        return """
            <label for="\(name)">\(label)\(hint.isEmpty ? "" : "<span class=\"hint\" id=\"\(name)-hint\">\(hint)</span>" as HTML)</label>
            \(wrong)
            <input type="\(type)" id="\(name)" name="\(name)" value="\(value)" maxlength="254" dir="auto"
            autocomplete="off" spellcheck="false"\(described)\(error == nil ? "" : " aria-invalid=\"true\"" as HTML)>
            """
    }

    /// A labelled choice.
    func choice(_ name: String, _ label: String, _ options: [(value: String, text: String)], chosen: String) -> HTML {
        let list = HTML(
            options.map {
                "<option value=\"\($0.value)\"\($0.value == chosen ? " selected" : "" as HTML)>\($0.text)</option>"
            })
        return """
            <label for="\(name)">\(label)</label>
            <select id="\(name)" name="\(name)">\(list)</select>
            """
    }

    /// A table whose rows begin with their heading; it scrolls by itself where the page is narrow.
    func table(_ caption: String, _ headings: [String], _ rows: [[HTML]]) -> HTML {
        let head = HTML(headings.map { "<th scope=\"col\">\($0)</th>" })
        let body = HTML(
            rows.map { row in
                "<tr><th scope=\"row\">\(row.first)</th>\(HTML(row.dropFirst().map { "<td>\($0)</td>" }))</tr>"
            })
        return """
            <div class="wide" role="region" aria-label="\(caption)" tabindex="0">
            <table><caption>\(caption)</caption><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>
            """
    }

    /// Somebody else's words, which may run from right to left, apart from what stands around them.
    func foreign(_ text: String) -> HTML { "<bdi>\(text)</bdi>" }

    // MARK: Words

    func levelWord(_ t: Localizer, _ level: RegistrationLevel) -> String {
        level == .advanced ? t("advanced") : t("basic")
    }

    func wayWord(_ t: Localizer, _ way: String) -> String {
        switch way {
        case "letter": t("by letter")
        case "certificate": t("by certificate")
        case "dnie": t("with the DNIe")
        case "call": t("by video call")
        default: t("in person")
        }
    }

    /// A day in UTC.
    func day(_ time: Int64) -> String { CivilDate(unixTime: time).text }

    /// A day in UTC, and the time of it.
    func moment(_ time: Int64) -> String {
        let second = ((time % 86_400) + 86_400) % 86_400
        let parts = [second / 3600, second / 60 % 60, second % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(day(time)) \(parts.joined(separator: ":"))"
    }
}
