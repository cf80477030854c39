import Testing

@testable import Gateway

@Suite struct `HTML text` {
    /// Every Unicode scalar.
    private static let scalars = (0...0x10FFFF).compactMap(Unicode.Scalar.init)

    /// The text of which this is the escaped form; nil if it holds a sign that means something, or an unknown entity.
    private func unescaped(_ escaped: String) -> [UInt8]? {
        let entities = ["amp;": "&", "lt;": "<", "gt;": ">", "quot;": "\"", "#39;": "'"]
        var (text, rest) = ([UInt8](), Array(escaped.utf8)[...])
        while let byte = rest.popFirst() {
            if "<>\"'".utf8.contains(byte) { return nil }
            guard byte == UInt8(ascii: "&") else {
                text.append(byte)
                continue
            }
            guard let entity = entities.first(where: { rest.starts(with: $0.key.utf8) }) else { return nil }
            text += entity.value.utf8
            rest.removeFirst(entity.key.utf8.count)
        }
        return text
    }

    @Test(arguments: ["&", "<", ">", "\"", "'"] as [Unicode.Scalar])
    func `holds no sign that means something to a browser, whatever scalar stands before or behind it`(
        sign: Unicode.Scalar
    ) {
        // Each scalar has the sign on both sides.
        var all = String.UnicodeScalarView()
        for scalar in Self.scalars { all += [sign, scalar] }
        all.append(sign)
        #expect(unescaped(HTML.escape(String(all))) == Array(String(all).utf8))
        // And alone, where the text begins and ends with the two.
        for scalar in Self.scalars where scalar.value < 0x3000 || scalar.properties.isGraphemeExtend {
            for pair in [[sign, scalar], [scalar, sign]] {
                let text = String(String.UnicodeScalarView(pair))
                guard unescaped(HTML.escape(text)) == Array(text.utf8) else {
                    Issue.record("U+\(String(scalar.value, radix: 16)) beside \(sign): \(HTML.escape(text))")
                    return
                }
            }
        }
    }

    @Test func `keeps the bytes of a text without such signs`() {
        for text in ["", "Núria Peña", "e\u{301}", "\u{600}x", "محمد", "👩‍👩‍👧‍👦"] {
            #expect(HTML.escape(text).utf8.elementsEqual(text.utf8))
            #expect(("<p>\(text)</p>" as HTML).text.utf8.elementsEqual("<p>\(text)</p>".utf8))
        }
    }
}
