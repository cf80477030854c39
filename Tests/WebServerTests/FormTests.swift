import SecureMemory
import Testing

@testable import WebServer

@Suite struct `A form` {
    @Test func `is read with its escapes`() {
        #expect(FormParser.parse(Array("a=1&b=%C3%A9+x&c".utf8)) == ["a": "1", "b": "é x", "c": ""])
    }

    @Test(arguments: ["a=%+F", "a=%-1", "a=%4", "a=%", "a=%G0", "a=%FF", "%zz=1"])
    func `with a broken escape is none`(text: String) {
        #expect(FormParser.parse(Array(text.utf8)) == nil)
    }

    @Test func `keeps its limits`() {
        let many = (0..<FormParser.maximumFields).map { "f\($0)=" }.joined(separator: "&")
        #expect(FormParser.parse(Array(many.utf8))?.count == FormParser.maximumFields)
        #expect(FormParser.parse(Array((many + "&x=").utf8)) == nil)
        #expect(FormParser.parse([UInt8](repeating: 65, count: FormParser.maximumBody + 1)) == nil)
    }

    @Test func `survives any bytes`() {
        for _ in 0..<20_000 {
            let length = Int(randomBytes(1)[0])
            _ = FormParser.parse(randomBytes(length).map { $0 < 64 ? UInt8(ascii: "%") : $0 })
        }
    }
}
