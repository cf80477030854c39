import ClaveDomain
import Testing

@Suite struct PINAlphabetTests {
    @Test func `five bits give thirty-two signs, and higher bits change nothing`() {
        let signs = (UInt8(0)..<32).map(PINAlphabet.symbol)
        #expect(String(decoding: signs, as: UTF8.self) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        #expect((UInt8.min...UInt8.max).allSatisfy { PINAlphabet.symbol($0) == signs[Int($0) % 32] })
    }

    @Test(arguments: [("YLL", "YLL"), ("hd3", "HD3"), (" a01 ", "AOI"), ("237\n", "237"), ("a2Z", "A2Z")])
    func `a typed PIN is put right`(typed: String, text: String) {
        #expect(PINAlphabet.normalise(typed) == text)
    }

    @Test(arguments: ["", "AB", "ABCD", "AB8", "AB9", "A B", "AÑ", "Ñ2", "A-B", "AB\0", "ſAB", "ＡBC"])
    func `what is no PIN is refused`(typed: String) {
        #expect(PINAlphabet.normalise(typed) == nil)
    }

    @Test func `each byte means one sign or none`() {
        for byte in UInt8.min...UInt8.max {
            let text = String(Unicode.Scalar(byte))
            let expected: UInt8? =
                switch text {
                case "0": UInt8(ascii: "O")
                case "1": UInt8(ascii: "I")
                case "8", "9": nil
                default:
                    byte < 128 && (text.first!.isLetter || text.first!.isNumber) ? text.uppercased().utf8.first : nil
                }
            #expect(PINAlphabet.normalise(byte) == expected)
        }
    }
}
