import Localization

/// The texts that leave the gateway as messages, in the person's language.
struct Texts {
    private let t: Localizer

    /// - Parameter language: "ca", "es", …; unknown ones mean English.
    init(language: String) {
        t = Localizer(language: Language(rawValue: language) ?? .en, folder: Localizer.catalogFolder)
    }

    func pinMessage(_ pin: String, _ reference: String, _ organisation: String) -> String {
        t("Sandbox: PIN {1} for reference {2} ({3}). Valid for 10 minutes.", pin, reference, organisation)
    }

    func activationMessage(_ code: String) -> String {
        t("Sandbox: code {1} to activate a device. Valid for 10 minutes. Tell it to nobody.", code)
    }
}
