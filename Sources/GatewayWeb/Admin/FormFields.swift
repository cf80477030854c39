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

/// A summary of what is wrong with a form, which a screen reader says first, with a link to each field.
struct ErrorSummary: HTMLConvertible {
    let t: Localizer
    let errors: [FieldError]

    /// Nothing where nothing is wrong.
    var html: HTML {
        guard !errors.isEmpty else { return "" }
        return """
            <div class="box error" role="alert" id="error">
            <p><strong>\(t("There is a problem"))</strong></p><ul>\(HTML(errors.map { line($0) }))</ul></div>
            """
    }

    private func line(_ error: FieldError) -> HTML {
        guard !error.field.isEmpty else { return "<li>\(error.text)</li>" }
        let text = error.label.isEmpty ? error.text : "\(error.label): \(error.text)"
        return "<li><a href=\"#\(error.field)\">\(text)</a></li>"
    }
}

/// A labelled field, with its error beside it. Text may be of any script.
struct LabelledField: HTMLConvertible {
    /// Its name in the form, which is its element's too.
    let name: String
    let label: String
    var hint = ""
    var value = ""
    /// Of the element, such as `tel`.
    var type = "text"
    /// Those of the whole form.
    var errors: [FieldError] = []

    private var error: FieldError? { errors.first { $0.field == name } }

    var html: HTML {
        """
        <label for="\(name)">\(label)\(hintElement)</label>
        \(error.map { "<span class=\"wrong\" id=\"\(name)-error\">\($0.text)</span>" })
        <input type="\(type)" id="\(name)" name="\(name)" value="\(value)" maxlength="254" dir="auto"
        autocomplete="off" spellcheck="false"\(described)\(" aria-invalid=\"true\"", if: error != nil)>
        """
    }

    private var hintElement: HTML { hint.isEmpty ? "" : "<span class=\"hint\" id=\"\(name)-hint\">\(hint)</span>" }

    /// What a screen reader says of the field, besides its label.
    private var described: HTML {
        let names = [hint.isEmpty ? nil : "\(name)-hint", error == nil ? nil : "\(name)-error"].compactMap(\.self)
        return names.isEmpty ? "" : " aria-describedby=\"\(names.joined(separator: " "))\""
    }
}

/// A labelled choice of one of several values.
struct Choice: HTMLConvertible {
    let name: String
    let label: String
    let options: [(value: String, text: String)]
    let chosen: String

    var html: HTML {
        let list = HTML(
            options.map {
                "<option value=\"\($0.value)\"\(" selected", if: $0.value == chosen)>\($0.text)</option>"
            })
        return """
            <label for="\(name)">\(label)</label>
            <select id="\(name)" name="\(name)">\(list)</select>
            """
    }
}
