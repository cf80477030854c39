import Localization

/// The texts that leave the gateway as messages, in the person's language.
public struct Texts {
    private let t: Localizer

    /// - Parameter language: "ca", "es", …; unknown ones mean English.
    public init(language: String) {
        t = Localizer(language: Language(rawValue: language) ?? .en, folder: Localizer.catalogFolder)
    }

    public func pinMessage(_ pin: String, _ reference: String, _ organisation: String) -> String {
        t("Sandbox: PIN {1} for reference {2} ({3}). Valid for 10 minutes.", pin, reference, organisation)
    }

    public func registrationMessage(_ code: String) -> String {
        t("Sandbox: code {1} to register. Valid for 10 minutes. Tell it to nobody.", code)
    }

    public var welcomeMessage: String {
        t("Sandbox: you are registered. If it was not you, tell the gateway's operators.")
    }

    public var phoneChangedMessage: String {
        t("Sandbox: messages go to another phone from now on. If it was not you, tell the gateway's operators.")
    }

    public var recordChangedMessage: String {
        t("Sandbox: your registration was changed. If you did not ask for it, tell the gateway's operators.")
    }

    public var removedMessage: String {
        t("Sandbox: you are not registered any more. If it was not you, tell the gateway's operators.")
    }

    public var confirmationSubject: String { t("Sandbox: confirm your e-mail address") }

    public func confirmationText(_ link: String) -> String {
        t("To confirm that this address is yours, open the link and press the button there: {1}", link)
    }

    public var confirmationNote: String {
        t(
            "The link works for 24 hours. If you did not register, do nothing. This is a sandbox for developers, not the state's service."
        )
    }

    public func activationMessage(_ code: String) -> String {
        t("Sandbox: code {1} to activate a device. Valid for 10 minutes. Tell it to nobody.", code)
    }
}
