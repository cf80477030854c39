import Localization
import Testing

@testable import DNIe
@testable import SmartCard

@Suite struct `What people are told of cards` {
    private let english = CardTexts(.english)

    private func busy(_ names: String...) -> String {
        let clients = names.enumerated().map { ServiceClient(pid: Int32(100 + $0), name: $1) }
        return english.text(for: ReaderError.busy(clients))
    }

    @Test func `names the programs that may have the card, each once, and three at most`() {
        #expect(busy("firefox") == "Another program uses the card (firefox). Close it, then try again.")
        #expect(busy("firefox", "firefox", "autofirma").contains("(firefox, autofirma)"))
        #expect(busy("a", "b", "a", "c").contains("(a, b, c)"))
        #expect(busy("a", "b", "c", "a", "d", "e").contains("(a, b, c, …)"))
        for text in [busy(), busy(""), busy("", "")] {
            #expect(text == "Another program uses the card. Close it, then try again.")
        }
        #expect(busy("", "firefox").contains("(firefox)"))
    }

    @Test(arguments: DNIeStage.allCases)
    func `says in their language where it went wrong`(stage: DNIeStage) throws {
        let names = [
            "recognition of the card", "channel over the air", "the chip's certificates", "the holder's files",
            "secure channel", "PIN", "signature",
        ]
        let catalog = try Catalog(parsing: machineObject(names.map { ($0, "<\($0)>") }))
        let texts = CardTexts(Localizer(language: .es, catalog: catalog))
        let name = "<\(names[stage.rawValue])>"
        #expect(texts.text(for: DNIeError.refused(stage, 0x6A82)).contains("(\(name), 6a82)"))
        #expect(texts.text(for: DNIeError.malformed(stage)).contains("(\(name))"))
        guard stage != .identity else { return }
        #expect(texts.text(for: DNIeError.notAuthentic(stage)).contains("(\(name))"))
    }

    @Test func `says that nothing was signed only from the PIN on`() {
        for stage in DNIeStage.allCases {
            let isLate = english.text(for: DNIeError.removed(stage)).contains("Nothing was signed")
            #expect(isLate == (stage >= .pin))
        }
    }

    @Test(arguments: [CardError.removed, .readerGone, .malformed, .notAuthentic, .refused(0x6A82), .failed("x")])
    func `is a sentence for each way in which a reader's command fails`(error: CardError) {
        let text = english.text(for: ReaderError.card(error))
        #expect(text.hasPrefix("The card") || text.hasPrefix("What came from the card"))
        #expect(text != "\(error)")
    }

    /// The form in which catalogs are on the disk (GNU gettext manual, "The Format of GNU MO Files").
    private func machineObject(_ messages: [(String, String)]) -> [UInt8] {
        let sorted = messages.sorted { $0.0 < $1.0 }
        var (tables, strings) = ([UInt32](), [UInt8]())
        let start = 28 + 16 * sorted.count
        for text in sorted.map(\.0) + sorted.map(\.1) {
            tables += [UInt32(text.utf8.count), UInt32(start + strings.count)]
            strings += Array(text.utf8) + [0]
        }
        let count = UInt32(sorted.count)
        let words: [UInt32] = [0x9504_12DE, 0, count, 28, 28 + 8 * count, 0, UInt32(start)] + tables
        return words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } } + strings
    }
}
