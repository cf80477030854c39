import AgentProtocol
import ClavePluginABI
import PluginKit
import Testing

@Suite struct `A batch of messages` {
    /// Messages, each behind its length.
    private func framed(_ messages: [[UInt8]]) -> [UInt8] {
        messages.flatMap { message in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: message.count >> $0) } + message
        }
    }

    private func read(_ data: [UInt8]) throws(Status) -> [[UInt8]] { try Batch(messages: data, data.count).inputs }

    @Test func `may be as large for a plugin as the agent makes it`() {
        #expect(Int(CLAVE_MESSAGES_MAX) == ProtocolLimits.tokenBatch && Int(CLAVE_BATCH_MAX) == ProtocolLimits.batch)
    }

    @Test func `is read as it was written, empty ones and long ones too`() throws {
        let long = [UInt8](repeating: 9, count: Int(CLAVE_MESSAGES_MAX) - 4)
        for messages in [
            [[1]], [[]], [[], [2, 3], []], [long], [[UInt8]](repeating: [7], count: Int(CLAVE_BATCH_MAX)),
        ] {
            #expect(try read(framed(messages)) == messages)
        }
    }

    @Test func `that is cut short, has more behind it, or is too long or too many is refused`() throws {
        let good = framed([[1, 2, 3], [4]])
        for length in 0..<good.count where length != 7 {
            #expect(throws: Status.invalid, "\(length) bytes") { try read(Array(good.prefix(length))) }
        }
        #expect(throws: Status.invalid) { try read(good + [0]) }
        #expect(throws: Status.invalid) { try read([0xFF, 0xFF, 0xFF, 0xFF, 1]) }
        #expect(throws: Status.invalid) { try read(framed([[UInt8]](repeating: [7], count: Int(CLAVE_BATCH_MAX) + 1))) }
        #expect(throws: Status.invalid) {
            try read(framed([[UInt8](repeating: 9, count: Int(CLAVE_MESSAGES_MAX) - 3)]))
        }
    }
}
