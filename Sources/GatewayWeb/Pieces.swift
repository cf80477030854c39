import WebServer

/// The button that sends a form.
struct SubmitButton: HTMLConvertible {
    let text: String
    /// Whether it stands back behind the page's main one.
    var isSecondary = false
    /// Says to a screen reader what the button is about, where several are alike.
    var about = ""

    var html: HTML {
        """
        <button type="submit"\(" class=\"second\"", if: isSecondary)\(label)>\(text)</button>
        """
    }

    private var label: HTML { about.isEmpty ? "" : " aria-label=\"\(text): \(about)\"" }
}

/// A box to tick, with what it says.
struct Checkbox: HTMLConvertible {
    /// Its name in the form; `yes` is sent if it is ticked.
    let name: String
    let text: String
    let isTicked: Bool

    var html: HTML {
        """
        <label class="tick"><input type="checkbox" name="\(name)" value="yes"\(" checked", if: isTicked)>
        \(text)</label>
        """
    }
}
