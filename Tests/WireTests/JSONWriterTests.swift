import Foundation
import SecureMemory
import Testing
import Wire

@Suite struct `JSON` {
    private func object(_ json: consuming JSONWriter) throws -> [String: Any] {
        let text = json.finish().withBytes { span in span.withUnsafeBytes { Data($0) } }
        return try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    }

    @Test func `is read back by another implementation as it was meant`() throws {
        let odd = "quote \" backslash \\ line\nfeed tab\t Ñ 日 \u{1}"
        var json = JSONWriter()
        json.put("text", odd)
        json.put("number", UInt64(1_800_000_000))
        json.put("negative", Int64(-3))
        json.put("pin", secret: SecretBytes(copying: Array("M3X".utf8).span.bytes))
        let read = try object(json)
        #expect(read["text"] as? String == odd)
        #expect(read["number"] as? Int == 1_800_000_000)
        #expect(read["negative"] as? Int == -3)
        #expect(read["pin"] as? String == "M3X")
    }

    @Test func `may be empty`() throws {
        #expect(try object(JSONWriter()).isEmpty)
    }
}
