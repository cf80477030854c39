import Foundation
import TestSupport
import Testing

/// What a program says of itself, in its help, its manual and its completions.
@Suite struct `The manual` {
    private static let programs = [
        "clave-agent", "clave-add", "clave-register", "clave-pin", "clave-sign", "clave-requests", "clave-gateway",
        "clave-dnie-simulator",
    ]
    private static let contrib = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../contrib").standardizedFileURL

    private func help(of name: String) throws -> String {
        let outcome = runProgram(try program(name), ["--help"], environment: [:])
        #expect(outcome.code == 0)
        return outcome.output
    }

    @Test(arguments: programs) func `and the completions know every option of the help`(name: String) throws {
        let options = try help(of: name).matches(of: #/(?:^|[\s\[])--([a-z][a-z-]+)/#).map { String($0.1) }
        #expect(options.count >= 4)
        let page = try String(contentsOf: Self.contrib.appending(path: "man/\(name).1"), encoding: .utf8)
        let shells = try ["bash/\(name)", "zsh/_\(name)", "fish/\(name).fish"].map {
            try String(contentsOf: Self.contrib.appending(path: "completions/\($0)"), encoding: .utf8)
        }
        for option in Set(options) {
            #expect(page.contains("Fl -\(option)"), "\(option) in the manual")
            #expect(shells[0].contains("--\(option)"), "\(option) in bash")
            #expect(shells[1].contains("--\(option)"), "\(option) in zsh")
            #expect(shells[2].contains("-l \(option) ") || shells[2].contains("-l \(option)\n"), "\(option) in fish")
        }
    }

    @Test(arguments: programs) func `prints without a complaint`(name: String) throws {
        let outcome = runProgram(
            "/usr/bin/man",
            ["--warnings", "-E", "UTF-8", "-l", Self.contrib.appending(path: "man/\(name).1").path],
            environment: ["PATH": "/usr/bin:/bin", "MANWIDTH": "80"])
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("EXIT STATUS"))
        #expect(outcome.errors == "")
    }
}
