import Localization

/// The letter's texts, in the person's language.
struct LetterWords {
    /// What a person types to use the letter; the same in every language.
    static let command = "clave-register letter --have-code"

    /// A line of a list; `command`, if it is there, stands below in the face of what is typed.
    struct Item {
        let label: String
        let text: String
        var command: String?
    }

    let letter: Letter
    private var t: Localizer { letter.t }

    init(_ letter: Letter) { self.letter = letter }

    // MARK: Head and foot

    var notice: String { t("Sandbox of clave-gateway, to develop and test with. This is not a letter of the state.") }
    var dateLabel: String { t("Date") }
    var date: String { LetterDate(date: letter.sentOn).text(t.language) }
    var numberLabel: String { t("Letter number") }
    var number: String { "\(letter.number)" }
    var footNotice: String { t("Sandbox, not a service of the state") }

    func foot(page: Int, of pages: Int) -> String {
        t("Letter {1}, page {2} of {3}", number, "\(page)", "\(pages)")
    }

    // MARK: Body

    var subject: String { t("The code for your registration") }

    var purpose: String {
        t(
            "Somebody who gave the data of your document asked {1} to register you, and to send the code for it to your fiscal address. If it was you, here it is.",
            letter.sender)
    }

    var codeLabel: String { t("Your code") }
    var lastDayLabel: String { t("Last day to use it:") }
    var lastDay: String { LetterDate(date: letter.lastDay).text(t.language) }
    var picture: String { t("QR code that holds the sixteen signs of the code above, and nothing else") }
    var pictureNote: String { t("The QR holds the same code, for the camera of your phone.") }

    var stepsTitle: String { t("What to do") }
    var steps: [Item] {
        [
            Item(label: "1.", text: t("On your computer, run this command:"), command: Self.command),
            Item(label: "2.", text: t("Type the code and the data of your document that it asks for.")),
            Item(
                label: "3.",
                text: t(
                    "Give your mobile phone number and your e-mail address, and type the code that comes to the phone.")
            ),
        ]
    }

    var cautionsTitle: String { t("For your safety") }
    var cautions: [Item] {
        [
            t("Tell this code to nobody, and never on the phone: nobody will call you to ask for it."),
            t("If we send you a newer letter, the code of this one is void."),
            t("After {1} wrong tries, the code is void.", "\(letter.tries)"),
            t("If you did not ask for this letter, destroy it. Whoever asked can do nothing without its code."),
        ].map { Item(label: "•", text: $0) }
    }
}
