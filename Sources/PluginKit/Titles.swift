import ClavePluginABI
import Wire

/// Texts to choose from: each different, short enough, of characters that a person is shown, and no more than a field takes.
public struct Titles: Sendable {
    public let texts: [String]

    /// - Parameter last: stands behind the others, whatever their number.
    public init(_ titles: [String], last: String? = nil) {
        var texts: [String] = []
        for title in titles.prefix(Int(CLAVE_CHOICES_MAX) - 1) {
            let short = CText.line(Self.shown(title), limit: 480)
            texts.append(texts.contains(short) ? "\(short) · \(texts.count + 1)" : short)
        }
        self.texts = texts + (last.map { [$0] } ?? [])
    }

    public func place(of text: String) -> Int? { texts.firstIndex(of: text) }

    /// The host leaves the other characters out, and the person's answer is what it has shown.
    private static func shown(_ title: String) -> String {
        String(String.UnicodeScalarView(title.unicodeScalars.filter(PlainText.holds)))
    }
}
