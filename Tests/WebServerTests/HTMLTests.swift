import Foundation
import Testing

@testable import WebServer

@Suite struct `HTML text` {
    private static let entities: [(sign: Unicode.Scalar, entity: String)] = [
        ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;"),
    ]

    /// Whether two texts have the same bytes; C's comparison, for millions of them.
    private func isSame(_ one: String, _ other: String) -> Bool {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        return one.count == other.count && memcmp(one, other, one.count) == 0
    }

    @Test func `holds no sign that means something to a browser, whatever scalar stands before or behind it`() {
        // Each scalar of a plane has each sign on both sides.
        for plane in UInt32(0)...16 {
            var (text, expected) = (String.UnicodeScalarView(), "")
            for value in plane << 16..<(plane + 1) << 16 {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let isSign = Self.entities.contains { $0.sign == scalar }
                let (same, escaped) = (String(scalar), Self.entities.first { $0.sign == scalar }?.entity)
                // Planes without assigned scalars are all alike to grapheme breaking: a tenth of them serves.
                guard isSign || plane < 2 || plane == 14 || value % 10 == 0 else { continue }
                for (sign, entity) in Self.entities {
                    text.append(sign)
                    text.append(scalar)
                    expected += entity
                    expected += escaped ?? same
                }
            }
            #expect(isSame(HTML.escape(String(text)), expected), "plane \(plane)")
        }
    }

    @Test func `holds none at its ends either`() {
        for value in UInt32(0)..<0x3000 {
            guard let scalar = Unicode.Scalar(value), !Self.entities.contains(where: { $0.sign == scalar }) else {
                continue
            }
            for (sign, entity) in Self.entities {
                let before = String(String.UnicodeScalarView([scalar, sign]))
                let behind = String(String.UnicodeScalarView([sign, scalar]))
                guard isSame(HTML.escape(before), "\(scalar)\(entity)"),
                    isSame(HTML.escape(behind), "\(entity)\(scalar)")
                else {
                    Issue.record("U+\(String(value, radix: 16)) beside \(sign)")
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

    /// A piece with text in it that somebody typed.
    private struct Piece: HTMLConvertible {
        let text: String
        var html: HTML { "<b>\(text)</b>" }
    }

    @Test func `takes pieces of a page as they are, with what is in them escaped`() {
        #expect(("<p>\(Piece(text: "a<b"))</p>" as HTML).text == "<p><b>a&lt;b</b></p>")
    }

    @Test func `holds what has a condition only where the condition holds`() {
        let typed = "<\""
        #expect(("<i\(" title=\"\(typed)\"", if: true)>" as HTML).text == "<i title=\"&lt;&quot;\">")
        #expect(("<i\(" title=\"\(typed)\"", if: false)>" as HTML).text == "<i>")
    }

    @Test func `writes numbers in decimal digits`() {
        #expect(("\(Int64.min) \(7)" as HTML).text == "-9223372036854775808 7")
    }
}
