import AgentProtocol
import Foundation
import Glibc
import Localization
import Posix
import SecureMemory
import Testing

@testable import Tools

@Suite struct `Every refusal of the agent's` {
    @Test func `has words of its own`() {
        let words = ErrorText(t: .english)
        let texts = AgentError.Code.allCases.map { words.text(for: AgentError($0)) }
        #expect(Set(texts).count == texts.count)
        #expect(texts.allSatisfy { $0.hasSuffix(".") || $0.hasSuffix("?") })
    }

    @Test func `carries its detail in brackets`() {
        #expect(ErrorText(t: .english).text(for: AgentError(.noSpace, "why")).hasSuffix("(why)"))
    }

    @Test func `ends a tool with the documented code`() {
        let words = ErrorText(t: .english)
        #expect(words.exitCode(for: .noAgent) == 2)
        #expect(words.exitCode(for: .unreachable(SystemError("x", number: 2))) == 2)
        #expect(words.exitCode(for: .refused(AgentError(.denied))) == 1)
        #expect(words.exitCode(for: .broken(.closed)) == 1)
    }
}

@Suite struct `A time` {
    @Test func `that is left is told in minutes and seconds, and never below zero`() {
        let now = TimeText.now
        #expect(TimeText.left(until: now + 582).hasPrefix("9:4"))
        #expect(TimeText.left(until: now - 10) == "0:00")
    }
}

@Suite struct `A backup's file` {
    private let folder = NSTemporaryDirectory() + "clave-backup-" + UUID().uuidString

    init() throws { try Files.makeFolder(folder) }

    private func bytes(_ path: String) -> [UInt8]? { try? Files.read(path, limit: 100) }

    @Test func `gets its name at the end, and takes no other's place`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = BackupFile(path: folder + "/backup")
        try file.write([1, 2])
        #expect(bytes(file.path) == nil && bytes(file.temporary) == [1, 2])
        // Somebody else's, made meanwhile.
        try Files.replace(file.path, with: [9])
        #expect(throws: SystemError("rename \(file.path)", number: EEXIST)) { try file.finish() }
        #expect(bytes(file.path) == [9])
        try FileManager.default.removeItem(atPath: file.path)
        try file.finish()
        #expect(bytes(file.path) == [1, 2] && bytes(file.temporary) == nil)
    }

    @Test func `replaces what a killed run has left, and follows no link`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = BackupFile(path: folder + "/backup")
        try Files.replace(folder + "/other", with: [9])
        try FileManager.default.createSymbolicLink(atPath: file.temporary, withDestinationPath: folder + "/other")
        try file.write([1])
        #expect(bytes(folder + "/other") == [9] && bytes(file.temporary) == [1])
        file.remove()
        #expect(bytes(file.temporary) == nil)
    }
}
