public import ClaveDomain
public import Localization

/// A registration letter: what it says, to whom, and its PDF.
///
/// The same letter gives the same bytes, on machines with the same fonts and libraries. The bytes hold the letter's code,
/// and the libraries that draw it do not wipe their memory.
public struct Letter: Sendable {
    /// Of the letter, printed on it: what people name when they ask.
    public let number: Int64
    /// The person, as the address begins.
    public let name: String
    /// Lines of the address, without the name.
    public let address: [String]
    public let code: LetterCode
    public let sentOn: CivilDate
    /// The last day on which the code is good all day.
    public let lastDay: CivilDate
    /// What the gateway that sends it calls itself.
    public let sender: String
    /// Wrong tries after which the letter is void.
    public let tries: Int
    /// Where the envelope shows the address.
    public let window: EnvelopeWindow
    let t: Localizer

    /// - Parameter t: speaks the person's language.
    public init(
        number: Int64, name: String, address: [String], code: LetterCode, sentOn: CivilDate, lastDay: CivilDate,
        sender: String, tries: Int = ClaveRules.letterTries, window: EnvelopeWindow = .right, _ t: Localizer
    ) {
        self.number = number
        self.name = name
        self.address = address
        self.code = code
        self.sentOn = sentOn
        self.lastDay = lastDay
        self.sender = sender
        self.tries = tries
        self.window = window
        self.t = t
    }

    /// Asks whether this machine can draw letters.
    ///
    /// - Throws: ``LetterError/noFonts``.
    public static func requireFonts() throws(LetterError) { try Typesetter(language: .en).requireLetters() }

    /// The letter as a tagged PDF, A4, with its fonts.
    ///
    /// - Throws: also where a part does not fit, or no font has a sign of it: nothing is left out silently.
    public func pdf() throws(LetterError) -> [UInt8] {
        let words = LetterWords(self)
        let canvas = try Canvas(title: words.subject, author: sender, day: sentOn)
        let drawing = try LetterDrawing(self, words, canvas, Typesetter(language: t.language))
        try drawing.draw()
        var file = try PDFUpdate(drawing.canvas.finish())
        try file.add(language: t.language, figure: words.picture)
        return file.bytes
    }
}
