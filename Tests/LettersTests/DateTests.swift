import ClaveDomain
import Localization
import Testing

@testable import Letters

@Suite struct `A letter's date` {
    @Test(arguments: [
        (Language.en, 2027, 1, 1, "1 January 2027"), (.es, 2027, 9, 30, "30 de septiembre de 2027"),
        (.gl, 2027, 6, 2, "2 de xuño de 2027"), (.ca, 2027, 3, 5, "5 de març de 2027"),
        (.ca, 2027, 4, 5, "5 d’abril de 2027"), (.ca, 2027, 8, 5, "5 d’agost de 2027"),
        (.ca, 2027, 10, 5, "5 d’octubre de 2027"), (.eu, 2026, 12, 1, "2026ko abenduaren 1a"),
        (.eu, 2025, 2, 11, "2025eko otsailaren 11"), (.eu, 2030, 5, 31, "2030eko maiatzaren 31"),
        (.eu, 2031, 5, 10, "2031ko maiatzaren 10a"), (.eu, 2021, 5, 25, "2021eko maiatzaren 25a"),
        (.eu, 2035, 7, 7, "2035eko uztailaren 7a"), (.eu, 2040, 7, 7, "2040ko uztailaren 7a"),
        (.eu, 2000, 7, 7, "2000ko uztailaren 7a"), (.eu, 2100, 7, 7, "2100eko uztailaren 7a"),
    ])
    func `has its language's grammar`(language: Language, year: Int, month: Int, day: Int, text: String) throws {
        #expect(LetterDate(date: try CivilDate(year: year, month: month, day: day)).text(language) == text)
    }

    @Test(arguments: Language.allCases) func `has twelve months in each language, no two alike`(language: Language)
        throws
    {
        let texts = try (1...12).map { LetterDate(date: try CivilDate(year: 2026, month: $0, day: 1)).text(language) }
        #expect(Set(texts).count == 12)
    }
}
