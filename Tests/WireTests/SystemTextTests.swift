import SecureMemory
import Testing
import Wire

@Suite struct `Bytes of the system's` {
    @Test func `come back from text exactly as they went in, whatever they are`() {
        for first in UInt8(1)...255 {
            for second in UInt8(1)...255 {
                let bytes = [0x61, first, second, 0x2F]
                let text = SystemText.string(bytes)
                if SystemText.bytes(text) != bytes { Issue.record("\(bytes)") }
                // The agent's messages carry it, and it is one line.
                if !text.unicodeScalars.allSatisfy({ PlainText.holds($0) && $0.value >= 0x20 }) {
                    Issue.record("\(bytes)")
                }
            }
        }
        // U+10FE61 itself, which carries the letter a elsewhere; half of a character; the longest there is.
        for bytes in [[0xF4, 0x8F, 0xB9, 0xA1], [0xF0, 0x9F, 0x98], [0xF4, 0x8F, 0xBF, 0xBF], []] as [[UInt8]] {
            #expect(SystemText.bytes(SystemText.string(bytes)) == bytes)
        }
        #expect(SystemText.bytes(SystemText.string(Array("a\u{10FE61}".utf8))) != Array("aa".utf8))
        // No text that a program sends can end a path before its end.
        #expect(!SystemText.bytes("/a\u{10FE00}b").contains(0))
    }

    @Test func `that are plain text stay as they are`() {
        #expect(SystemText.string(Array("resolució €.pdf".utf8)) == "resolució €.pdf")
        #expect(Array(SystemText.string(Array("e\u{301}".utf8)).utf8) == Array("e\u{301}".utf8))
    }

    @Test func `are words only where they are UTF-8 that can be shown`() {
        #expect(SystemText.words(SystemText.string(Array("two\nlines\t€".utf8))) == "two\nlines\t€")
        for bytes in [[0x61, 0xF1], Array("\u{200E}a".utf8), [0x1B, 0x5B]] as [[UInt8]] {
            #expect(SystemText.words(SystemText.string(bytes)) == nil)
        }
    }

    @Test func `are shown as one line that changes no terminal's state`() {
        let name = SystemText.string(Array("1\n2. x\u{1B}[31m\u{202E}\u{200E}".utf8) + [0xF1])
        #expect(DisplayText.line(name) == "1?2. x?[31m??\u{FFFD}")
        #expect(DisplayText.lines("one\n\(name)\tend\r\n") == "one\n1?2. x?[31m??\u{FFFD}\tend\r\n")
        #expect(DisplayText.lines("a\u{1B}b\rc") == "a?b?c")
    }

    @Test func `are exact in JSON where they are UTF-8, and have their bytes beside them where they are not`() {
        func json(_ bytes: [UInt8]) -> String {
            var json = JSONWriter()
            json.put("file", path: SystemText.string(bytes))
            return json.finish().withBytes { String(decoding: $0.withUnsafeBytes { Array($0) }, as: UTF8.self) }
        }
        #expect(json(Array("a\u{1B}\n\u{200E}".utf8)) == "{\"file\":\"a\\u001b\\n\u{200E}\"}\n")
        #expect(json([0x61, 0xF1]) == "{\"file\":\"a\u{FFFD}\",\"file_base64\":\"YfE=\"}\n")
    }
}
