import AgentProtocol
import Testing

@Suite struct `A path that is shown` {
    @Test(arguments: [
        ("/usr/bin/clave-pin", "/usr/bin/clave-pin"), ("/opt/my tool", "/opt/my tool"),
        ("/a  b", "/a\\u{20}\\u{20}b"), (" /a ", "\\u{20}/a\\u{20}"), ("/a\"b\\c", "/a\\\"b\\\\c"),
        ("/x\nAsked by", "/x\\u{0A}Asked by"), ("/\u{1B}[2J", "/\\u{1B}[2J"), ("/\u{202E}nip", "/\\u{202E}nip"),
        ("/usr\u{FF0F}bin", "/usr\\u{FF0F}bin"), ("/clave\u{2010}pin", "/clave\\u{2010}pin"),
        ("/e\u{301}", "/e\\u{301}"), ("/home/jos\u{E9}", "/home/jos\\u{E9}"), ("/\u{A0}x", "/\\u{A0}x"),
    ])
    func `has all that could disguise it escaped`(path: String, expected: String) {
        #expect(PathText.escaped(Array(path.utf8)) == expected)
    }

    @Test func `has bytes that are no text escaped, each as it is`() {
        #expect(PathText.escaped([0x2F, 0xFF, 0x61, 0xE1, 0x2F]) == "/\\xFFa\\xE1/")
        #expect(PathText.escaped([0x2F, 0xF0, 0x9F, 0x98]) == "/\\xF0\\x9F\\x98")
        #expect(PathText.escaped([0x2F, 0xF0, 0x9F, 0x98, 0x80]) == "/\\u{1F600}")
    }

    @Test func `is printable ASCII, and never the same for two paths`() {
        var seen: [String: [UInt8]] = [:]
        for first in UInt8(1)...255 {
            for second in UInt8(1)...255 {
                let text = PathText.escaped([0x2F, first, second])
                #expect(text.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
                #expect(seen.updateValue([first, second], forKey: text) == nil)
            }
        }
    }

    @Test func `that is long is cut in its middle, so that neither end can be pushed out of sight`() {
        let blanks = String(repeating: " ", count: 150)
        let path = Array("/home/me/.cache/x/\(blanks)/usr/bin/clave-pin".utf8)
        let text = PathText.quoted(path, width: 60)
        #expect(text.hasPrefix("\"/home/me/.cache/x/\\u{20}"))
        #expect(text.hasSuffix("\\u{20}/usr/bin/clave-pin\""))
        #expect(text.contains("…") && text.unicodeScalars.count <= 62)
        #expect(PathText.quoted(Array("/usr/bin/x".utf8), width: 10) == "\"/usr/bin/x\"")
        #expect(PathText.quoted(Array("/usr/bin/xy".utf8), width: 10) == "\"/usr/…n/xy\"")
    }
}
