import Localization
import WebServer

/// A field for text that a person has to fill in, with its label.
struct TextField: HTMLConvertible {
    /// Its name in the form, which is its element's too.
    let name: String
    let label: String
    var hint = ""
    var value = ""
    /// Characters that it takes.
    var length = 16
    /// What a browser may fill in, by the names of HTML's `autocomplete`.
    var autocomplete = "off"
    /// Whether the page's ``ErrorBox`` is about it.
    var hasError = false

    var html: HTML {
        """
        <label for="\(name)">\(label)\(hintElement)</label>
        <input type="text" id="\(name)" name="\(name)" value="\(value)" maxlength="\(length)" required
        autocomplete="\(autocomplete)" autocapitalize="characters" spellcheck="false"\(described)
        \("aria-invalid=\"true\" autofocus", if: hasError)>
        """
    }

    private var hintElement: HTML { hint.isEmpty ? "" : "<span class=\"hint\" id=\"\(name)-hint\">\(hint)</span>" }

    /// What a screen reader says of the field, besides its label.
    private var described: HTML {
        guard hasError || !hint.isEmpty else { return "" }
        return " aria-describedby=\"\("error ", if: hasError)\("\(name)-hint", if: !hint.isEmpty)\""
    }
}

/// What is wrong with a page's only field, which a screen reader says first; nothing where nothing is.
struct ErrorBox: HTMLConvertible {
    let t: Localizer
    let text: String?

    var html: HTML {
        guard let text else { return "" }
        return """
            <div class="box error" role="alert" id="error">
            <p><strong>\(t("There is a problem"))</strong></p><p>\(text)</p></div>
            """
    }
}
