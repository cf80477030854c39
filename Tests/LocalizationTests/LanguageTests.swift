import Testing

@testable import Localization

@Suite struct LanguageTests {
    @Test(
        arguments: [
            ("ca_ES.UTF-8", .ca), ("ca_ES@valencia", .ca), ("ca", .ca), ("CA_AD", .ca), ("es_MX.UTF-8", .es),
            ("gl_ES", .gl),
            ("eu_ES@euro", .eu), ("en_GB.UTF-8", .en), ("fr_FR.UTF-8", .en), ("C", .en), ("POSIX", .en),
            ("C.UTF-8", .en),
            ("", .en), ("_", .en), ("cat", .en), ("c", .en), ("ca\0", .en), ("ñá_ES", .en), (nil, .en),
        ] as [(String?, Language)]) func `a locale name has its language`(locale: String?, language: Language)
    {
        #expect(Language(locale: locale) == language)
    }

    @Test(
        arguments: [
            ([:], .en), (["LANG": "ca_ES.UTF-8"], .ca), (["LC_MESSAGES": "gl_ES", "LANG": "ca_ES"], .gl),
            (["LC_ALL": "eu_ES", "LC_MESSAGES": "gl_ES", "LANG": "ca_ES"], .eu),
            (["LC_ALL": "", "LANG": "ca_ES"], .ca),
            (["LANG": "es_ES", "LANGUAGE": "fr:gl:ca"], .gl), (["LANG": "es_ES", "LANGUAGE": "fr"], .es),
            (["LANG": "C", "LANGUAGE": "ca"], .en), (["LANG": "C.UTF-8", "LANGUAGE": "ca"], .en),
            (["LANGUAGE": "ca"], .en),
            (["LANG": "es_ES", "LANGUAGE": "en:es"], .en), (["LANG": "es_ES", "LANGUAGE": ""], .es),
            (["LC_ALL": "POSIX", "LANG": "ca_ES"], .en),
        ] as [([String: String], Language)])
    func `the environment chooses as gettext does`(environment: [String: String], language: Language) {
        #expect(Language(environment: { environment[$0] }) == language)
    }

    @Test(
        arguments: [
            ("", .en), ("ca", .ca), ("ca-ES-valencia", .ca), ("fr", .en), ("fr, gl;q=0.5", .gl),
            ("es;q=0.8, ca;q=0.9, en;q=0.7", .ca), ("es, ca", .es), ("es;q=0.5,ca;q=0.5", .es), ("EU-es;Q=1.000", .eu),
            ("en;q=0.001, es;q=0.002", .es), ("*", .en), ("es;q=0.5, *", .en), ("en;q=0, *", .es), ("en;q=0", .en),
            ("es;q=0, *;q=0.1", .en), ("*;q=0", .en), ("es;q=0.3, es-MX;q=0.9, ca;q=0.5", .es),
            ("en;q=0.5, es;q=0.4, ca;q=0.3, gl;q=0.2, eu;q=0.1, *", .en), (" \tca ; q=0.5 , es;q=0.4", .ca),
        ] as [(String, Language)]) func `the best quality wins`(header: String, language: Language)
    {
        #expect(Language.negotiate(acceptLanguage: header) == language)
    }

    @Test(arguments: [
        "ca;q=2", "ca;q=1.001", "ca;q=0.1234", "ca;q=", "ca;q=.5", "ca;q=0,5x", "ca;q=-1", "ca;p=1", "ca;q=1;q=1",
        "ca;",
        ";q=1", ",,,", ";;;", "q=1", "ca;q=1..", "ca;q=0.5.", "ca;q=00", "cà", "\0", "ca ES;q=0;x",
    ]) func `a malformed item does not count`(header: String) {
        #expect(Language.negotiate(acceptLanguage: header) == .en)
        #expect(Language.negotiate(acceptLanguage: header + ", gl;q=0.1") == .gl)
    }

    @Test func `only the first kilobyte is read`() {
        let padding = String(repeating: "fr,", count: 341)
        #expect(Language.negotiate(acceptLanguage: padding + "c,a") == .en)
        #expect(Language.negotiate(acceptLanguage: "fr, " + padding + "ca") == .en)
        #expect(
            Language.negotiate(acceptLanguage: "gl;q=0.1," + String(repeating: "fr,", count: 100_000) + "ca") == .gl)
        #expect(Language.negotiate(acceptLanguage: String(repeating: "x", count: 5000)) == .en)
        #expect(Language.negotiate(acceptLanguage: "eu," + String(repeating: "é", count: 5000)) == .eu)
    }

    @Test func `each language names itself`() {
        #expect(Set(Language.allCases.map(\.endonym)).count == 5)
        #expect(Language.ca.endonym == "Català")
    }
}

@Suite struct `Any header of languages` {
    @Test func `gives one of the languages`() {
        var generator = SystemRandomNumberGenerator()
        let signs = Array("caeseuglen-_*;q=0.,19 \t\"é")
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...40, using: &generator)
            let header = String((0..<length).map { _ in signs.randomElement(using: &generator)! })
            #expect(Language.allCases.contains(Language.negotiate(acceptLanguage: header)))
        }
    }
}
