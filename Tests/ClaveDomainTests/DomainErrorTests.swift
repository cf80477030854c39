import ClaveDomain
import Testing

@Suite struct DomainErrorTests {
    @Test func `every code has a sentence of its own that fits a terminal`() {
        let sentences = DomainError.Code.allCases.map { DomainError($0).description }
        #expect(Set(sentences).count == sentences.count)
        #expect(sentences.allSatisfy { $0.hasSuffix(".") && $0.count <= 120 })
    }

    @Test func `basic is below advanced`() {
        #expect(RegistrationLevel.basic < .advanced)
        #expect(RegistrationLevel(rawValue: 0) == nil && RegistrationLevel(rawValue: 2) == .advanced)
    }

    @Test func `lives are as the service publishes them`() {
        #expect(ClaveRules.pinLife == .seconds(600) && ClaveRules.mobileRequestLife == .seconds(300))
        #expect(ClaveRules.pinTries == 3 && ClaveRules.wrongPINsPerDay == 20)
        #expect(ClaveRules.pinLife.wholeSeconds == 600)
    }
}
