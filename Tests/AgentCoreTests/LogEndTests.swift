import Audit
import SecureMemory
import Testing
import Vault

@testable import AgentCore

@Suite struct `The log's end in the vault` {
    private let end = AuditHead(sequence: 7, hash: String(repeating: "a", count: 64))

    /// The bytes of the example in `contrib/doc/VAULT.md`.
    private let example: [UInt8] =
        [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 64] + [UInt8](repeating: 0x61, count: 64)

    private func decode(_ bytes: [UInt8]) -> AuditHead? { LogEnd.decode(bytes.span.bytes) }

    @Test func `has the form that the document describes`() {
        #expect(LogEnd.encoded(end).withBytes { $0.withUnsafeBytes { Array($0) } } == example)
        #expect(decode(example) == end)
        #expect(LogEnd.name.bytes == Array("audit log's end.".utf8))
    }

    @Test func `is not compared where it is of another version or form`() {
        for length in example.indices { #expect(decode(Array(example[..<length])) == nil) }
        #expect(decode(example + [0]) == nil)
        #expect(decode([0, 0, 0, 2] + example.dropFirst(4)) == nil)
        #expect(decode(Array(example[..<11]) + [0] + example[12...]) == nil)
        #expect(decode(Array(example[..<15]) + [63] + example[16..<79]) == nil)
    }
}
