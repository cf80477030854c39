import Testing

@testable import AgentCore

@Suite struct `A connection that gives way` {
    private func use(_ process: Int32, _ lastRequest: UInt64, isBusy: Bool = false) -> ConnectionUse {
        ConnectionUse(process: process, isBusy: isBusy, lastRequest: lastRequest)
    }

    @Test func `is the one that the process with the most has not used for longest`() {
        var uses = Dictionary(uniqueKeysWithValues: (0..<20).map { ("greedy \($0)", use(1, 100 + UInt64($0))) })
        uses["old"] = use(2, 1)
        uses["other"] = use(2, 2)
        #expect(ClientTable.leastMissed(uses, 1) == ["greedy 0"])
        #expect(ClientTable.leastMissed(uses, 3) == ["greedy 0", "greedy 1", "greedy 2"])
    }

    @Test func `is an idle one, or one of a process that has more than its share`() {
        var uses = Dictionary(
            uniqueKeysWithValues: (0..<20).map { ("busy \($0)", use(1, 100 + UInt64($0), isBusy: true)) })
        uses["idle"] = use(1, 500)
        #expect(ClientTable.leastMissed(uses, 1) == ["idle"])
        uses["idle"] = nil
        #expect(ClientTable.leastMissed(uses, 1) == ["busy 0"])
    }

    @Test func `is none where everybody has a few, and all are being answered`() {
        let uses = Dictionary(
            uniqueKeysWithValues: (0..<20).map { ($0, use(Int32($0 / 2), UInt64($0), isBusy: true)) })
        #expect(ClientTable.leastMissed(uses, 1) == [])
    }

    @Test func `is of the next process where the one with the most has none to give`() {
        var uses = Dictionary(uniqueKeysWithValues: (0..<5).map { ($0, use(1, UInt64($0), isBusy: true)) })
        for index in 5..<8 { uses[index] = use(2, UInt64(index)) }
        #expect(ClientTable.leastMissed(uses, 1) == [5])
    }
}
