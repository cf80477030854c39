import AgentProtocol
import Foundation
import Localization
import Posix
import SecureMemory
import Testing

@testable import Tools

@Suite struct `Every refusal of the agent's` {
    @Test func `has words of its own`() {
        let words = ErrorText(t: .english)
        let texts = AgentError.Code.allCases.map { words.text(for: AgentError($0)) }
        #expect(Set(texts).count == texts.count)
        #expect(texts.allSatisfy { $0.hasSuffix(".") || $0.hasSuffix("?") })
    }

    @Test func `carries its detail in brackets`() {
        #expect(ErrorText(t: .english).text(for: AgentError(.noSpace, "why")).hasSuffix("(why)"))
    }

    @Test func `ends a tool with the documented code`() {
        let words = ErrorText(t: .english)
        #expect(words.exitCode(for: .noAgent) == 2)
        #expect(words.exitCode(for: .unreachable(SystemError("x", number: 2))) == 2)
        #expect(words.exitCode(for: .refused(AgentError(.denied))) == 1)
        #expect(words.exitCode(for: .broken(.closed)) == 1)
    }
}

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

@Suite struct `A time` {
    @Test func `that is left is told in minutes and seconds, and never below zero`() {
        let now = TimeText.now
        #expect(TimeText.left(until: now + 582).hasPrefix("9:4"))
        #expect(TimeText.left(until: now - 10) == "0:00")
    }
}
