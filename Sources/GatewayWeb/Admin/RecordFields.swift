import Localization
import WebServer

/// The fields of a person's record on a page: what was typed or else is known, and beside it what is wrong with it.
struct RecordFields {
    let t: Localizer
    /// What an operator has typed; nil before that.
    let typed: RecordForm?

    var errors: [FieldError] { typed?.errors ?? [] }

    /// A field for text.
    ///
    /// - Parameter known: stands there until something is typed.
    func text(_ name: String, hint: String = "", known: String = "", type: String = "text") -> LabelledField {
        LabelledField(
            name: name, label: RecordForm.label(name, t), hint: hint, value: typed?.typed(name) ?? known, type: type,
            errors: errors)
    }

    /// The level that the person gets or has.
    func level(_ known: String) -> Choice {
        choice("level", [("basic", t("basic")), ("advanced", t("advanced"))], known)
    }

    /// The language of messages to the person.
    func language(_ known: String) -> Choice {
        choice("language", Language.allCases.map { ($0.rawValue, $0.endonym) }, known)
    }

    private func choice(_ name: String, _ options: [(value: String, text: String)], _ known: String) -> Choice {
        Choice(name: name, label: RecordForm.label(name, t), options: options, chosen: typed?.typed(name) ?? known)
    }

    /// The contrast datum, and whether it is the issue date of a permanent DNI.
    ///
    /// - Parameter keeps: whether the one that is known stays where none is typed.
    func datum(keeps: Bool = false) -> HTML {
        let hint =
            keeps
            ? t("Leave it empty to keep what is known.")
            : t("DNI: validity date, or issue date if it is permanent. NIE: support number.")
        return """
            \(text("datum", hint: hint))
            \(Checkbox(
                name: "permanent", text: t("The DNI is permanent (01-01-9999); this is its issue date"),
                isTicked: typed?.typed("permanent") == "yes"))
            """
    }
}
