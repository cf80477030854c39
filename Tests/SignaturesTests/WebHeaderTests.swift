import Testing

@testable import Signatures

@Suite struct `A header of a web signature` {
    private func read(_ text: String) -> [String: JSONHeader.Value]? { JSONHeader(Array(text.utf8))?.members }

    @Test func `is read by its members, whatever stands beside them`() {
        #expect(read("{}") == [:])
        #expect(
            read(" {\"a\" : \"b\\n\\u0041\", \"c\":[\"d\",\"e\"]} ") == ["a": .text("b\nA"), "c": .texts(["d", "e"])])
        #expect(read("{\"a\":-1.5e3,\"b\":{\"c\":[[]]},\"d\":true}") == ["a": .other, "b": .other, "d": .other])
        #expect(read("{\"a\":\"\\u00E9\\u20ac\"}") == ["a": .text("é€")])
        #expect(read("{\"a\":\"\\ud83d\\uDE00\\u0031\"}") == ["a": .text("\u{1F600}1")])
    }

    @Test(arguments: ["0", "-0", "10", "0.05", "1E5", "1e+05", "1e-5", "true", "false", "null"])
    func `has numbers and words as JSON has them`(word: String) {
        #expect(read("{\"a\":\(word)}") == ["a": .other] && read("{\"a\":[ \(word) ]}") == ["a": .other])
    }

    @Test(arguments: [
        "nan", "inf", "infinity", "-nan", "0x10", "0x1p3", "01", "-01", "+1", "-", ".5", "5.", "1.e5", "1e", "1e+",
        "1e5.", "--1", "True", "nullx", "truefalse", "1 2", "\"\\u+061\"", "\"\\u-061\"", "\"\\u 061\"", "\"\\u061\"",
        "\"\\u00é\"",
    ]) func `has no number, word or escape that is not JSON's`(word: String) {
        #expect(read("{\"a\":\(word)}") == nil)
    }

    @Test(arguments: [
        "", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\":1}x", "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":1,\"a\":2}", "{\"a\":nul}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\\ud800\"}",
        "{\"a\":\"\\ud83dx\"}", "{\"a\":\"\\ud83d\\u0041\"}", "{\"a\":\"\\ud83d\\n\"}",
        String(repeating: "{\"a\":", count: 100_000),
        "{\"a\":" + String(repeating: "[", count: 100_000),
    ]) func `is nothing where it breaks the form, names a member twice or is nested too deep`(text: String) {
        #expect(read(text) == nil)
    }
}
