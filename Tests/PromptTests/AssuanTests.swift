import SecureMemory
import Testing

@testable import Prompt

@Suite struct AssuanTests {
    /// What a line is, as text that can be compared.
    private func reading(_ line: [UInt8]) -> String {
        let response = Assuan.response(line.span.bytes)
        guard let response else { return "nonsense" }
        switch consume response {
        case .ok: return "ok"
        case .talk: return "talk"
        case .error(let code, let text): return "error \(code): \(text)"
        case .data(let data):
            return data.withBytes { bytes in
                let values = (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
                return "data " + String(decoding: values, as: UTF8.self)
            }
        }
    }

    @Test(arguments: [
        ("OK", "ok"), ("OK Pleased to meet you", "ok"), ("OKAY", "nonsense"), ("", "nonsense"), ("ok", "nonsense"),
        ("S PIN_REPEATED", "talk"), ("S ", "talk"), ("SOK", "nonsense"), ("# a comment", "talk"), ("#", "talk"),
        ("ERR 83886179 Operation cancelled <Pinentry>", "error 83886179: Operation cancelled <Pinentry>"),
        ("ERR 99", "error 99: "), ("ERR", "nonsense"), ("ERR ", "nonsense"), ("ERR x", "nonsense"),
        ("ERR -1 no", "nonsense"), ("ERR 4294967296 no", "nonsense"), ("ERR 1 a\u{1B}[31m", "error 1: a [31m"),
        ("D ", "data "), ("D", "nonsense"), ("D abc", "data abc"), ("D  abc ", "data  abc "),
        ("D a%25b%0Ac", "data a%b\nc"),
        ("D %c3%A1", "data á"), ("D %", "nonsense"), ("D %4", "nonsense"), ("D %4g", "nonsense"), ("D a%2", "nonsense"),
        ("INQUIRE QUALITY x", "nonsense"), ("BYE", "nonsense"),
    ])
    func `a line is read by the protocol`(line: String, expected: String) {
        #expect(reading(Array(line.utf8)) == expected)
    }

    @Test func `a line may be a thousand bytes and no more`() {
        let line = Array(("D " + String(repeating: "a", count: 998)).utf8)
        #expect(reading(line).utf8.count == "data ".utf8.count + 998)
        #expect(reading(line + [0x61]) == "nonsense")
    }

    @Test(arguments: [
        "D a%25b%0Ac%c3%a1", "ERR 83886179 Operation cancelled", "OK Pleased to meet you", "S BUTTON_INFO",
    ])
    func `a cut or damaged line is read without harm`(line: String) {
        let bytes = Array(line.utf8)
        for length in 0...bytes.count { _ = reading(Array(bytes[..<length])) }
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                _ = reading(damaged)
            }
        }
    }

    @Test func `what is escaped is decoded to the same`() {
        let text = "100 %\nsecond\r\n%0A línia ←"
        let escaped = Assuan.escaped(text)
        #expect(escaped == "100 %25%0Asecond%0D%0A%250A línia ←")
        #expect(reading(Array("D \(escaped)".utf8)) == "data \(text)")
    }
}
