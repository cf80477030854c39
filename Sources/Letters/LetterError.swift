/// Why a letter could not be drawn. Nothing of the letter's content is in it.
public enum LetterError: Error, Equatable, Sendable {
    /// The machine has no font, or none with plain letters.
    case noFonts
    /// No font of the machine has a sign of the letter's.
    case noGlyph
    /// A part of the letter does not fit its place, even in its smallest size.
    case tooLong(String)
    /// cairo's word for what went wrong.
    case drawing(String)

    /// Whether it lies in the letter, so that another letter may be drawn.
    public var isOfTheLetter: Bool {
        switch self {
        case .noGlyph, .tooLong: true
        case .noFonts, .drawing: false
        }
    }
}

extension LetterError: CustomStringConvertible {
    /// One English sentence, for operators.
    public var description: String {
        switch self {
        case .noFonts: "This machine has no fonts to draw letters with: install the package fonts-liberation."
        case .noGlyph:
            "No font of this machine has a sign that the letter needs: install the package fonts-dejavu-core."
        case .tooLong(let part): "The letter's \(part) does not fit its place, even in its smallest size."
        case .drawing(let reason): "The letter could not be drawn: \(reason)."
        }
    }
}
