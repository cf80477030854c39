import Localization
import Testing

@testable import Letters

@Suite struct `An envelope's window` {
    @Test(arguments: [EnvelopeWindow.right, .left])
    func `shows the address in each place that the sheet slides to, and nothing else`(window: EnvelopeWindow) {
        let (shows, may, beside) = (window.shows, window.mayShow, window.beside)
        for x in [0.0, window.width - LetterPaper.widthMM] {
            for y in [0.0, window.height - LetterPaper.foldMM] {
                // The window, as the sheet lies now.
                let hole = Box(
                    mm: window.left - x, window.top - y, to: window.left - x + window.windowWidth,
                    window.top - y + window.windowHeight)
                #expect(shows.x >= hole.x && shows.right <= hole.right)
                #expect(shows.y >= hole.y && shows.bottom <= hole.bottom)
                #expect(hole.x >= may.x - 0.001 && hole.right <= may.right + 0.001)
                #expect(hole.y >= may.y - 0.001 && hole.bottom <= may.bottom + 0.001)
            }
        }
        #expect(beside.right <= may.x || beside.x >= may.right)
        #expect(may.bottom < LetterPaper.bodyTopMM.mm && may.y > LetterPaper.head.bottom + 3)
        #expect(may.bottom < LetterPaper.foldMM.mm)
    }
}

@Suite struct `A PDF's update` {
    @Test func `is not made of a file that is cut short or another program's, and never crashes`() throws {
        let whole = try Desk.letter().pdf()
        // Before the first mark of an end there is no table to find.
        let end = try #require(whole.firstRange(of: Array("startxref".utf8))).upperBound
        for length in Array(stride(from: 0, to: end, by: 331)) + [end] {
            let part = Array(whole[..<length])
            #expect(throws: LetterError.self) {
                var update = try PDFUpdate(part)
                try update.add(language: .ca, figure: "")
            }
        }
        #expect(throws: LetterError.self) {
            _ = try PDFUpdate(Array("xref\n0 9999999999\ntrailer\n<<>>\nstartxref\n0\n".utf8))
        }
        #expect(throws: LetterError.self) { _ = try PDFUpdate(Array("startxref\n9\n%%EOF".utf8)) }
    }
}
