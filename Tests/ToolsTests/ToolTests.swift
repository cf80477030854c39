import AgentProtocol
import Foundation
import Glibc
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

@Suite struct `A time` {
    @Test func `that is left is told in minutes and seconds, and never below zero`() {
        let now = TimeText.now
        #expect(TimeText.left(until: now + 582).hasPrefix("9:4"))
        #expect(TimeText.left(until: now - 10) == "0:00")
    }
}
