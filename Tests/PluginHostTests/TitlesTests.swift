import ClavePluginABI
import PluginKit
import Testing
import Wire

@Suite struct `Titles to choose from` {
    @Test func `are what a person is shown, and tell alike ones apart`() {
        let long = String(repeating: "a", count: 600)
        let titles = Titles(["AINA\u{202E} PROVA", "AINA PROVA", long + "1", long + "2"], last: "file")
        #expect(Set(titles.texts).count == 5 && titles.texts.last == "file")
        #expect(titles.texts[0] == "AINA PROVA" && titles.texts[1] == "AINA PROVA · 2")
        for (place, text) in titles.texts.enumerated() {
            #expect(text.unicodeScalars.allSatisfy(PlainText.holds) && text.utf8.count <= Int(CLAVE_TEXT_MAX))
            #expect(titles.place(of: text) == place)
        }
    }

    @Test func `are no more than a field takes, with the last one that always is`() {
        let titles = Titles((0..<100).map { "\($0)" }, last: "file")
        #expect(titles.texts.count == Int(CLAVE_CHOICES_MAX) && titles.place(of: "file") == titles.texts.count - 1)
    }
}
