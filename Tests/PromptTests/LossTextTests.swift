import AgentProtocol
import Localization
import Testing

@testable import Prompt

@Suite struct LossTextTests {
    private let moment: UInt64 = 1_800_000_000

    private func text(_ subject: QuestionSubject) -> String {
        PromptText(Fixture.question(subject, at: moment), in: .english, now: moment).body
    }

    @Test func `what is taken away is named, and how many where there is no room for all`() throws {
        let names = (1...6).map { "Person \($0) (****000\($0)A)" }
        let one = text(.lose(.identities([names[0]])))
        #expect(one.hasPrefix("Do you want to remove this identity from this device?\n\n\"Person 1 (****0001A)\"\n\n"))
        let all = text(.lose(.identities(names)))
        #expect(all.hasPrefix("Do you want to remove 6 identities from this device?\n"))
        for name in names { #expect(all.contains("\"\(name)\"")) }
        let question = Fixture.question(.lose(.identities(names)), at: moment)
        let room = try #require(
            (300..<900).lazy.compactMap {
                PromptText.fitting($0, question, in: .english, measure: { $0.utf8.count })
            }.first)
        #expect(room.body.contains("remove 6 identities") && room.body.contains(names[2]))
        let request = Fixture.request(at: moment)
        let rejection = text(.lose(.request(request)))
        #expect(rejection.hasPrefix("Do you want to reject this authentication?\n\nVerification code: K7M\n\nOrg"))
        #expect(text(.lose(.registration(gateway: "https://g.test"))).contains("Gateway: \"https://g.test\"\n"))
        #expect(text(.lose(.sshKey(fingerprint: "SHA256:x"))).contains("Fingerprint: SHA256:x\n"))
        #expect(text(.claim(gateway: "https://g.test")).contains("Gateway: \"https://g.test\"\nSay yes only if"))
    }
}
