import ClaveDomain
import Foundation
import Glibc
import Localization
import TestSupport
import Testing

@testable import Letters

@Suite struct `A letter` {
    @Test(arguments: [
        (Language.ca, "26 de novembre de 2026", "24 de gener de 2027"),
        (.es, "26 de noviembre de 2026", "24 de enero de 2027"),
        (.gl, "26 de novembro de 2026", "24 de xaneiro de 2027"),
        (.eu, "2026ko azaroaren 26a", "2027ko urtarrilaren 24a"), (.en, "26 November 2026", "24 January 2027"),
    ])
    func `says in each language to whom it is, the code, and until when`(
        language: Language, sent: String, last: String
    ) throws {
        let desk = try Desk(try Desk.letter(Localizer(language: language, catalog: Catalog())))
        let text = try desk.text()
        for part in [
            "NÚRIA NOVA I EXEMPLE", "Carrer de Mostra, 1, 3r 2a", "00001 PROVES", "ABCD 2345 EFGH 6789", sent, last,
            "clave-register letter --have-code", "Sandbox gateway", "This is not a letter of the state.",
            "Letter 17, page 1 of 1",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(try desk.objects().contains("\"/Lang\": \"u:\(language.rawValue)\""))
    }

    @Test(arguments: Language.allCases) func `is one sheet, with all its words, in each language of the catalogs`(
        language: Language
    ) throws {
        let desk = try Desk()
        let compile = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../contrib/po/compile")
        _ = try desk.run("env", "sh", compile.path, desk.folder + "/locale")
        let t = Localizer(language: language, folder: desk.folder + "/locale")
        #expect(t.language == language)
        let drawn = try Desk(try Desk.letter(t))
        #expect(try drawn.facts().contains(/Pages: +1\n/))
        try expectWords(of: t, in: drawn)
    }

    @Test func `holds in its QR the code's sixteen signs alone`() throws {
        #expect(try Desk(try Desk.letter()).camera() == "ABCD2345EFGH6789")
    }

    @Test func `is a tagged A4 PDF that others find no fault with, and brings all its fonts`() throws {
        let desk = try Desk(try Desk.letter())
        let facts = try desk.facts()
        for fact in [/Tagged: +yes/, /Page size: .*\(A4\)/, /Title: +The code for your registration/] {
            #expect(facts.contains(fact), "\(facts)")
        }
        #expect(facts.contains(/Author: +Sandbox gateway/))
        #expect(facts.contains(/CreationDate: +Thu Nov 26 00:00:00 2026/))
        let fonts = try desk.fonts()
        #expect(fonts.count >= 3)
        for font in fonts { #expect(font.contains(/yes yes yes +\d+ +0$/), "\(font)") }
        #expect(try desk.check().contains("No syntax or stream encoding errors found"))
    }

    @Test func `is read out in the order of its parts, with words for the picture`() throws {
        let desk = try Desk(try Desk.letter())
        let structure = try desk.structure()
        var rest = structure[...]
        for part in [
            "Document", "\"Sandbox gateway\"", "This is not a letter", "\"NÚRIA NOVA I EXEMPLE\"", "\"Carrer",
            "\"26 November 2026\"", "H1", "\"ABCD 2345 EFGH 6789\"", "Figure", "H2", "L (block)", "LI (block)",
            "Lbl (block)", "LBody (block)", "clave-register letter --have-code", "H2", "\"Letter 17, page 1 of 1\"",
        ] {
            let found = try #require(rest.range(of: part), "\(part) in \(structure)")
            rest = rest[found.upperBound...]
        }
        #expect(try desk.objects().contains("\"/Alt\": \"u:QR code that holds the sixteen signs"))
    }

    @Test func `is the same bytes each time, also from another process`() async throws {
        let first = try Desk.letter().pdf()
        #expect(try Desk.letter().pdf() == first)
        #expect(try Desk.letter(name: "ANOTHER").pdf() != first)
        let desk = try Desk()
        await #expect(processExitsWith: .success) { [path = desk.folder + "/again.pdf" as String] in
            setenv("TZ", "Asia/Tokyo", 1)
            setenv("LC_ALL", "eu_ES.UTF-8", 1)
            try Data(try Desk.letter().pdf()).write(to: URL(filePath: path))
        }
        #expect(try Data(contentsOf: URL(filePath: desk.folder + "/again.pdf")) == Data(first))
    }

    // MARK: What does not fit

    @Test(arguments: [EnvelopeWindow.right, .left]) func `keeps to its margins and the window free, however long it is`(
        window: EnvelopeWindow
    ) throws {
        let desk = try Desk()
        let t = try desk.localizer(.eu) { $0 + " " + $0 }
        let drawn = try Desk(try extreme(t, window))
        let text = try drawn.text()
        #expect(text.contains("00001 PROVES DE LA MOSTRA") && text.contains("ABCD 2345 EFGH 6789"))
        let scan = try drawn.scan()
        expectMargins(scan)
        expectWindow(scan, window)
        #expect(try drawn.camera() == "ABCD2345EFGH6789")
        let words = [Self.longName(window), Self.longSender] + Self.longAddress(window)
        try expectWords(of: t, and: words, in: drawn)
    }

    @Test func `goes on, on more sheets, where one is too small, and leaves out nothing`() throws {
        let desk = try Desk()
        let t = try desk.localizer(.ca) { message in
            let isLong = message.utf8.count > 30 && !message.hasPrefix("Sandbox of") && !message.hasPrefix("Sandbox,")
            return Array(repeating: message, count: isLong ? 8 : 1).joined(separator: " ")
        }
        let drawn = try Desk(try extreme(t, .right))
        #expect(try drawn.facts().contains(/Pages: +2\n/))
        #expect(try drawn.text().contains("Letter 17, page 2 of 2"))
        for sheet in 1...2 { expectMargins(try drawn.scan(sheet: sheet)) }
        try expectWords(of: t, in: drawn)
        #expect(try drawn.facts().contains(/Tagged: +yes/))
        #expect(try drawn.structure().contains("Figure"))
    }

    @Test func `that does not fit at all is an error that names the part, never a letter without it`() throws {
        let lines = (1...20).map { "Line \($0)" }
        #expect(throws: LetterError.tooLong("address")) { _ = try Desk.letter(address: lines).pdf() }
        let sender = String(repeating: "gateway ", count: 200)
        #expect(throws: LetterError.tooLong("sender")) { _ = try Desk.letter(sender: sender).pdf() }
        let desk = try Desk()
        let t = try desk.localizer(.es) { String(repeating: "larga ", count: $0.hasPrefix("Somebody") ? 3000 : 1) }
        #expect(throws: LetterError.tooLong("text")) { _ = try Desk.letter(t).pdf() }
    }

    @Test func `with a sign that no font has is an error, not a letter with a box in the name`() throws {
        #expect(throws: LetterError.noGlyph) { _ = try Desk.letter(name: "N\u{E123}RIA").pdf() }
        _ = try Desk.letter(name: "ŠPELA ŁUKASZ ÑUÑO ĦAĠAR O’BRIEN").pdf()
    }

    @Test func `is not drawn by a machine without fonts, and the error says what to install`() async throws {
        let desk = try Desk()
        let empty = "<!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig/>"
        try empty.write(toFile: desk.folder + "/fonts.conf", atomically: true, encoding: .utf8)
        await #expect(processExitsWith: .exitCode(7)) { [path = desk.folder + "/fonts.conf" as String] in
            setenv("FONTCONFIG_FILE", path, 1)
            do { _ = try Desk.letter().pdf() } catch LetterError.noFonts { _exit(7) }
        }
        #expect("\(LetterError.noFonts)".contains("fonts-liberation"))
    }

    // MARK: Steps

    static func longName(_ window: EnvelopeWindow) -> String {
        "MARIA DE LA CONCEPCIÓ FERNÁNDEZ-LLANES DE VILLAVICENCIO I SÁNCHEZ-GIJÓN"
            + (window == .right ? " ITURRIAGAGOITIA DE L’HORTA" : "")
    }
    static let longSender =
        "Sandbox gateway of the development department for citizens and their procedures in the north"
    /// Five lines; the left window is smaller.
    static func longAddress(_ window: EnvelopeWindow) -> [String] {
        let floor = window == .right ? "Bloc 14, Escala B, 3r pis, porta segona" : "Bloc 14"
        return [
            "Urbanització Residencial Els Ametllers de la Muntanya Baixa, \(floor)",
            "Camí Vell de Sant Bartomeu a la Pobla de Mostra, quilòmetre 14,5", "Polígon 12, Parcel·la 345",
            "00001 PROVES DE LA MOSTRA", "SANTA CRUZ DE TENERIFE",
        ]
    }

    private func extreme(_ t: Localizer, _ window: EnvelopeWindow) throws -> Letter {
        try Desk.letter(
            t, name: Self.longName(window), address: Self.longAddress(window), sender: Self.longSender, window: window)
    }

    /// Nothing but the fold marks lies in the margins.
    private func expectMargins(_ scan: Scan) {
        #expect(scan.ink(0, 0, to: 210, 12) == 0)
        #expect(scan.ink(0, 288, to: 210, 297) == 0)
        #expect(scan.ink(190.5, 0, to: 210, 297) == 0)
        #expect(scan.ink(9.5, 0, to: 19.5, 297) == 0)
        #expect(scan.ink(0, 0, to: 4.5, 297) == 0)
        for (top, bottom) in [(0.0, 98.5), (99.5, 197.5), (198.5, 297)] {
            #expect(scan.ink(0, top, to: 19.5, bottom) == 0)
        }
        #expect(scan.ink(4.5, 98.5, to: 9.5, 99.5) > 0 && scan.ink(4.5, 197.5, to: 9.5, 198.5) > 0)
    }

    /// All that may show is the address; all of it shows.
    private func expectWindow(_ scan: Scan, _ window: EnvelopeWindow) {
        let (always, may) = (millimetres(window.shows), millimetres(window.mayShow))
        #expect(scan.ink(always.left, always.top, to: always.right, always.bottom) > 500)
        #expect(scan.ink(may.left, may.top, to: may.right, always.top) == 0)
        #expect(scan.ink(may.left, always.bottom, to: may.right, may.bottom) == 0)
        #expect(scan.ink(may.left, may.top, to: always.left, may.bottom) == 0)
        #expect(scan.ink(always.right, may.top, to: may.right, may.bottom) == 0)
    }

    private func millimetres(_ box: Box) -> (left: Double, top: Double, right: Double, bottom: Double) {
        let point = 25.4 / 72
        return (box.x * point, box.y * point, box.right * point, box.bottom * point)
    }

    /// Every word of the messages in a language, and of other texts, stands on the paper, as often as in them; what is put in for placeholders is left out, as
    /// is the picture's text, which is heard and not seen.
    private func expectWords(of t: Localizer, and others: [String] = [], in desk: Desk) throws {
        var seen: [Substring: Int] = [:]
        for word in try desk.run("pdftotext", "-raw", desk.folder + "/letter.pdf", "-").split(
            whereSeparator: \.isWhitespace)
        {
            seen[word, default: 0] += 1
        }
        let messages = try Desk.messages().filter { !$0.hasPrefix("QR code that") }
        for text in messages.map({ t($0) }) + others where !text.contains("{2}") {
            for word in text.split(whereSeparator: \.isWhitespace) where !word.contains("{") {
                let count = seen[word] ?? 0
                #expect(count > 0, "\(word) of \(text)")
                seen[word] = count - 1
            }
        }
    }
}
