import Foundation
import Testing

/// What the documents claim that tests show.
@Suite struct `Claims of the documents` {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// The sources of all tests.
    private static func tests() throws -> String {
        let folder = root.appending(path: "Tests")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    }

    @Test(arguments: ["SECURITY", "DNIE"]) func `every test that a document quotes exists`(document: String) throws {
        let text = try String(
            contentsOf: Self.root.appending(path: "contrib/doc/\(document).md"), encoding: .utf8
        ).replacing(#/\n */#, with: " ")
        let quoted = text.matches(of: #/"([^"]{12,200})"/#).map { String($0.1) }
        #expect(quoted.count >= 50)
        let tests = try Self.tests()
        for name in quoted { #expect(tests.contains(name), "no test is called that") }
    }
}
