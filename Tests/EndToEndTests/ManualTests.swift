import Foundation
import TestSupport
import Testing

/// What a program says of itself, in its help, its manual and its completions.
@Suite struct `The manual` {
    private static let programs = ["clave-agent", "clave-add", "clave-pin", "clave-requests", "clave-gateway"]
    private static let contrib = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../contrib").standardizedFileURL

    private func help(of name: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: try program(name))
        process.arguments = ["--help"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text
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
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/man")
        process.arguments = ["--warnings", "-E", "UTF-8", "-l", Self.contrib.appending(path: "man/\(name).1").path]
        process.environment = ["PATH": "/usr/bin:/bin", "MANWIDTH": "80", "MANROFFSEQ": ""]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(text.contains("EXIT STATUS"))
        #expect(String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self) == "")
    }
}
