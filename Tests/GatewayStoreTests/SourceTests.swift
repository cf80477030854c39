import Foundation
import Testing

/// Where statements stand in the sources, and what they say of states.
@Suite struct `The sources` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
        .standardizedFileURL

    /// Without one of these words, a file has no statement, and is not looked into further.
    private static let words = [
        "SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "PRAGMA", "SAVEPOINT", "VACUUM", "CREATE", "DROP", "ALTER",
        "BEGIN", "COMMIT", "ROLLBACK", "RELEASE",
    ].map { Data($0.utf8) }

    /// What stands between quotes in the files of a folder that may have statements, with file and line.
    private static func texts(below room: String = "") throws -> [(file: String, line: Int, text: String)] {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        var found: [(file: String, line: Int, text: String)] = []
        for file in files.sorted() where file.hasPrefix(room) && file.hasSuffix(".swift") {
            let source = try Data(contentsOf: folder.appending(path: file))
            guard words.contains(where: { source.range(of: $0) != nil }) else { continue }
            for (line, text) in texts(in: String(decoding: source, as: UTF8.self)) {
                found.append((file, line, text))
            }
        }
        return found
    }

    /// What stands between quotes, by the line in which it begins; a text of several lines as one.
    private static func texts(in source: String) -> [(line: Int, text: String)] {
        var texts: [(line: Int, text: String)] = []
        var isOpen = false
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if isOpen {
                isOpen = !line.drop { $0 == " " }.hasPrefix("\"\"\"")
                if isOpen { texts[texts.count - 1].text += line + "\n" }
            } else if line.hasSuffix("\"\"\"") {
                isOpen = true
                texts.append((index + 1, ""))
            } else if line.utf8.contains(UInt8(ascii: "\"")) {
                for match in line.matches(of: /\/\/.*|"((?:[^"\\]|\\.)*)"/) {
                    if let text = match.1 { texts.append((index + 1, String(text))) }
                }
            }
        }
        return texts
    }

    private static func isStatement(_ text: String) -> Bool {
        text.contains(
            /\b(SELECT|INSERT INTO|INSERT OR|REPLACE INTO|UPDATE \w+ SET|DELETE FROM|PRAGMA|SAVEPOINT|VACUUM)\b/)
            || text.contains(/\b(CREATE|DROP|ALTER) (UNIQUE |TEMP )?(TABLE|INDEX|TRIGGER|VIEW)\b/)
            || text.contains(/^\s*(BEGIN|COMMIT|ROLLBACK|RELEASE)\b/)
    }

    @Test func `have their statements in the store alone, in its aggregates and in what is SQLite's`() throws {
        let rooms = ["GatewayStore/Aggregates/", "GatewayStore/SQLite/"]
        let statements = try Self.texts().filter { Self.isStatement($0.text) }
        #expect(statements.count > 100)
        let strangers = statements.filter { statement in !rooms.contains { statement.file.hasPrefix($0) } }
        #expect(strangers.map { "\($0.file):\($0.line)" } == [])
    }

    /// A state, or a yes or no, in a statement.
    private static let numbered =
        "state|method|review|reason|level|is_active|is_operator|is_right|consents|takes_pins_only"

    @Test func `name each state in a statement, and have no bare number for it`() throws {
        let bare = try Regex("\\b(\(Self.numbered))\\s*(=|<>|<|>|<=|>=|IS|IS NOT|IN \\()\\s*[0-9]")
        let found = try Self.texts(below: "GatewayStore/Aggregates/").filter { text in
            text.text.contains(bare)
                || Self.inserted(text.text).contains { Self.numbered.split(separator: "|").contains($0) }
        }
        #expect(found.map { "\($0.file):\($0.line)" } == [])
    }

    /// Columns for which an insertion has a bare number.
    private static func inserted(_ text: String) -> [Substring] {
        guard let match = text.firstMatch(of: /INSERT INTO \w+\s*\(([^)]*)\)\s*VALUES\s*\(([^)]*)\)/) else { return [] }
        func list(_ text: Substring) -> [Substring] {
            text.split(separator: ",").map { $0.drop(while: \.isWhitespace) }
        }
        return zip(list(match.1), list(match.2)).filter { $0.1.allSatisfy(\.isNumber) }.map(\.0)
    }

    /// With a parameter that decides about a partial index, SQLite prepares a statement anew at each run.
    @Test func `have no parameter in a condition of a state`() throws {
        let found = try Self.texts(below: "GatewayStore/Aggregates/").filter { text in
            text.text.contains(/WHERE[^"]*\bstate (=|<>|<|>|IN \() *\?/)
        }
        #expect(found.map { "\($0.file):\($0.line)" } == [])
    }

    @Test(arguments: [
        ("let a = \"SELECT 1\" // \"x\"", true), ("// \"SELECT 1\"", false), ("run(\"https://a\") // SELECT", false),
        ("a(\n    \"\"\"\n    DELETE FROM visits\n    \"\"\")", true),
        ("let SELECT = \"select a row from the list\"", false),
        ("\"\"\"\nhere\n\"\"\"\nUPDATE calls SET state", false), ("f(\"PRAGMA user_version\")", true),
    ])
    func `are read as Swift reads them`(source: String, hasStatement: Bool) {
        #expect(Self.texts(in: source).contains { Self.isStatement($0.text) } == hasStatement)
    }

    @Test(arguments: [
        ("INSERT INTO calls (id, state) VALUES (?1, 2)", ["state"]),
        ("INSERT INTO calls (id, state) VALUES (1, ?1)", ["id"]),
    ])
    func `that insert a bare number are found out`(statement: String, columns: [String]) {
        #expect(Self.inserted(statement).map(String.init) == columns)
    }
}
