import Testing

@testable import GatewayStore

@Suite struct `A nested part of a write` {
    private static let failure = StoreError(.other, "made up")

    private func add(_ device: Int64, _ tx: WriteTransaction) throws(StoreError) {
        try tx.notices.leave(.events(device: device), at: 100)
    }

    private func devices(_ store: any GatewayStore) throws -> [StoreNotice] {
        try store.read { (tx) throws(StoreError) in try tx.notices.left(after: 0).notices }
    }

    @Test(arguments: Engine.allCases)
    func `is undone alone where it fails, also in another that goes on`(engine: Engine) throws {
        let store = try engine.open()
        try store.write { (tx) throws(StoreError) in
            try add(1, tx)
            try tx.nested { () throws(StoreError) in
                try add(2, tx)
                try? tx.nested { () throws(StoreError) in
                    try add(3, tx)
                    throw Self.failure
                }
                try add(4, tx)
            }
            try? tx.nested { () throws(StoreError) in
                try add(5, tx)
                try tx.nested { () throws(StoreError) in try add(6, tx) }
                throw Self.failure
            }
            try add(7, tx)
        }
        #expect(try devices(store) == [1, 2, 4, 7].map { .events(device: $0) })
    }

    @Test func `that can't be undone says so, whatever it failed of`() throws {
        let store = try Engine.sqlite.open()
        let error = #expect(throws: StoreError.self) {
            try store.write { (tx) throws(StoreError) in
                try tx.nested { () throws(StoreError) in
                    try add(1, tx)
                    try tx.runScript("RELEASE nested")
                    throw Self.failure
                }
            }
        }
        #expect(error != nil && error != Self.failure)
        #expect(try devices(store).isEmpty)
    }
}
