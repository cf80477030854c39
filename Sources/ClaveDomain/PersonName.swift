/// One part of a person's name, given name or surname, as official papers print it: in capitals.
public struct PersonName: Hashable, Sendable {
    /// The longest accepted, in UTF-8 bytes.
    public static let maximumLength = 100

    /// Capitals with composed accents; words with one space between them.
    public let text: String

    /// Reads a name as people type it: small letters become capitals, spaces are put in order, an accent typed as a
    /// sign of its own joins its letter, and a typographic apostrophe becomes the plain one.
    ///
    /// - Throws: `tooLong`, or `malformedName` for no letters or for other signs.
    public init(parsing typed: String) throws(DomainError) {
        // Four times: capitals and composed letters may be shorter than what was typed.
        guard typed.utf8.count <= 4 * Self.maximumLength else { throw DomainError(.tooLong) }
        var words: [String] = []
        for word in typed.uppercased().split(whereSeparator: \.isWhitespace) {
            words.append(try Self.checked(word))
        }
        guard !words.isEmpty else { throw DomainError(.malformedName) }
        text = words.joined(separator: " ")
        guard text.utf8.count <= Self.maximumLength else { throw DomainError(.tooLong) }
    }
}

extension PersonName: CustomStringConvertible {
    /// The name.
    public var description: String { text }
}

// MARK: - Signs

extension PersonName {
    /// Letters of the Latin alphabets of Europe. Characters compare by meaning, so looking one up also composes it.
    private static let letters: [Character: Character] = {
        let all =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŸ"
            + "ĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠȘŢŤȚŦŨŪŬŮŰŲŴŶŹŻŽ"
        return Dictionary(uniqueKeysWithValues: all.map { ($0, $0) })
    }()

    /// Signs inside a word; the raised dot is Catalan's, as in GAL·LA.
    private static let signs: [Character: Character] = ["-": "-", "'": "'", "’": "'", "·": "·"]

    private static func checked(_ word: Substring) throws(DomainError) -> String {
        var result = ""
        var hasLetter = false
        for character in word {
            guard let known = letters[character] ?? signs[character] else { throw DomainError(.malformedName) }
            hasLetter = hasLetter || letters[character] != nil
            result.append(known)
        }
        guard hasLetter else { throw DomainError(.malformedName) }
        return result
    }
}
