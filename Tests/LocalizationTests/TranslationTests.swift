import Foundation
import Localization
import TestSupport
import Testing

/// The catalogs of `contrib/po`, compiled by the real `msgfmt`.
@Suite struct TranslationTests {
    static let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../contrib/po")
        .standardizedFileURL
    static let languages = Language.allCases.filter { $0 != .en }

    @Test func `msgfmt's catalogs are read as the programs read them`() throws {
        try withFolder { folder in
            try run("/bin/sh", [Self.sources.appending(path: "compile").path, folder.path])
            for language in Self.languages {
                let t = Localizer(language: language, folder: folder.path)
                #expect(t.language == language)
                #expect(t("This is too long. Check what you typed.") != "This is too long. Check what you typed.")
            }
        }
    }

    @Test func `the template holds the messages of the sources`() throws {
        try run("/bin/sh", [Self.sources.appending(path: "update").path, "--check"])
    }

    @Test(arguments: languages) func `every message is translated`(language: Language) throws {
        let template = try withFolder { folder in
            let result = folder.appending(path: "english.po").path
            let english = folder.appending(path: "english.mo").path
            let pot = Self.sources.appending(path: "clave-agent.pot").path
            try run("/usr/bin/env", ["msgen", "--output-file=\(result)", pot])
            try run("/usr/bin/env", ["msgfmt", "--output-file=\(english)", result])
            return try Catalog(parsing: Array(try Data(contentsOf: URL(filePath: english))))
        }
        let catalog = try compiled(language, as: [])
        #expect(template.identifiers.count > 200)
        #expect(Set(template.identifiers).subtracting(catalog.identifiers).isEmpty)
    }

    @Test(arguments: languages) func `every translation keeps the placeholders`(language: Language) throws {
        let catalog = try compiled(language, as: [])
        for msgid in catalog.identifiers {
            #expect(placeholders(catalog[msgid]) == placeholders(msgid), "\(msgid)")
        }
    }

    @Test(arguments: languages) func `either byte order of msgfmt gives the same catalog`(language: Language) throws {
        let little = try compiled(language, as: ["--endianness=little"])
        let big = try compiled(language, as: ["--endianness=big"])
        #expect(Set(little.identifiers) == Set(big.identifiers))
        #expect(little.identifiers.allSatisfy { little[$0] == big[$0] })
    }

    @Test func `a damaged catalog leaves English`() throws {
        try withFolder { folder in
            let place = folder.appending(path: "gl/LC_MESSAGES")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for bytes in [Data(), Data(repeating: 0, count: 100), Data(count: Catalog.maximumSize + 1)] {
                try bytes.write(to: place.appending(path: "clave-agent.mo"))
                #expect(Localizer(language: .gl, folder: folder.path).language == .en)
            }
        }
    }

    @Test func `a catalog is read once, each for its folder, and looked for again where there was none`() throws {
        func write(_ word: String, _ folder: URL) throws {
            let place = folder.appending(path: "eu/LC_MESSAGES")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try Data(MessageObject([("Cancel", word)]).bytes).write(to: place.appending(path: "clave-agent.mo"))
        }
        func word(_ folder: URL) -> String { Localizer(language: .eu, folder: folder.path)("Cancel") }
        try withFolder { folder in
            #expect(word(folder) == "Cancel")
            try write("Utzi", folder)
            #expect(word(folder) == "Utzi")
            try write("Ez", folder)
            #expect(word(folder) == "Utzi")
            try FileManager.default.removeItem(at: folder.appending(path: "eu"))
            #expect(word(folder) == "Utzi")
            #expect(Localizer(language: .gl, folder: folder.path).language == .en)
            try withFolder { other in
                try write("Ez", other)
                #expect(word(other) == "Ez")
            }
        }
    }

    private func compiled(_ language: Language, as options: [String]) throws -> Catalog {
        try withFolder { folder in
            let source = Self.sources.appending(path: "\(language.rawValue).po").path
            let result = folder.appending(path: "result.mo")
            try run("/usr/bin/env", ["msgfmt", "--check", "--output-file=\(result.path)"] + options + [source])
            return try Catalog(parsing: Array(try Data(contentsOf: result)))
        }
    }

    private func placeholders(_ text: String) -> Set<String> {
        Set(text.matches(of: #/\{[0-9]+\}/#).map { String($0.output) })
    }

    private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "localization-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let outcome = runProgram(program, arguments, environment: ["PATH": "/usr/bin:/bin"])
        try #require(outcome.code == 0, "\(outcome.errors); msgfmt comes with Debian's gettext")
    }
}
