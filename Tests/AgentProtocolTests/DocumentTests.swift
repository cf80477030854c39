import Foundation
import Testing

/// The examples of `contrib/doc/PROTOCOL.md`: a line "Example: NAME" and the block of hexadecimal bytes that follows.
private func documentedExamples() throws -> [String: [UInt8]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "contrib/doc/PROTOCOL.md"), encoding: .utf8)
    var examples: [String: [UInt8]] = [:]
    for part in text.components(separatedBy: "Example: ").dropFirst() {
        let name = String(part.prefix { $0 != "\n" })
        let block = part.components(separatedBy: "```")[1]
        let digits = block.dropFirst("hex".count).filter { !$0.isWhitespace }
        examples[name] = stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
        }
    }
    return examples
}

@Suite struct `The protocol's document` {
    /// With `CLAVE_PRINT_EXAMPLES` in the environment the blocks are printed, to be put into the document.
    @Test func `has an example of every message on the agent's socket, byte for byte`() throws {
        let samples = Samples.requests + Samples.replies
        if ProcessInfo.processInfo.environment["CLAVE_PRINT_EXAMPLES"] != nil {
            for sample in samples { print(block(sample)) }
        }
        let examples = try documentedExamples()
        #expect(Set(examples.keys) == Set(samples.map(\.name)))
        for sample in samples {
            let frame = try #require(examples[sample.name])
            #expect(frame == framed(sample.payload), "\(sample.name)")
            #expect(try sample.again(Array(frame.dropFirst(4))) == sample.payload)
        }
    }

    private func framed(_ payload: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(payload.count).bigEndian) { Array($0) } + payload
    }

    private func block(_ sample: Sample) -> String {
        let frame = framed(sample.payload)
        let lines = stride(from: 0, to: frame.count, by: 32).map { start in
            frame[start..<min(start + 32, frame.count)].map { String(format: "%02x", $0) }.joined(separator: " ")
        }
        return "Example: \(sample.name)\n\n```hex\n\(lines.joined(separator: "\n"))\n```\n"
    }
}

@Suite struct `A document of what was shown` {
    @Test(arguments: ["SECURITY.md", "DNIE.md"])
    func `names tests that there are, each of the target that it gives`(document: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "contrib/doc/\(document)"), encoding: .utf8)
        let tests = try tests(root.appending(path: "Tests"))
        var count = 0
        for row in text.split(separator: "\n") where row.hasPrefix("|") {
            // Without a target, it may be any's.
            var named = tests.values.joined()
            for found in (row.split(separator: "|").last ?? "").matches(of: /`([A-Za-z]+Tests)`|"([^"]+)"/) {
                if let target = found.1 { named = tests[String(target)] ?? "" }
                guard let name = found.2 else { continue }
                count += 1
                #expect(named.contains(name), "\(name)")
            }
        }
        #expect(count > 15)
    }

    /// The names of all tests, by their target.
    private func tests(_ folder: URL) throws -> [String: String] {
        var names: [String: String] = [:]
        let files = FileManager.default.enumerator(atPath: folder.path)
        while let file = files?.nextObject() as? String {
            guard file.hasSuffix(".swift"), let target = file.split(separator: "/").first else { continue }
            let source = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            names[String(target), default: ""] += source.matches(of: /func `([^`]+)`/).map { $0.1 + "\n" }.joined()
        }
        return names
    }
}
