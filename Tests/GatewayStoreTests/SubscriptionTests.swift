import GatewayStore
import Synchronization
import TestSupport
import Testing

/// What a subscription has heard; it is there as long as somebody may call it.
private final class Ear: Sendable {
    private let notices = Mutex<[StoreNotice]>([])
    var heard: [StoreNotice] { notices.withLock { $0 } }
    func hear(_ found: [StoreNotice]) { notices.withLock { $0 += found } }
}

@Suite struct `A subscription to notices` {
    private func leave(_ notice: StoreNotice, in store: any GatewayStore) throws {
        try store.write { (tx) throws(StoreError) in try tx.notices.leave(notice, at: 100) }
    }

    @Test(arguments: Engine.allCases)
    func `hears what is left from its beginning on, in order, and each once`(engine: Engine) throws {
        let store = try engine.open()
        try leave(.events(device: 1), in: store)
        let ear = Ear()
        let subscription = try store.subscribe { ear.hear($0) }
        let notices: [StoreNotice] = [.events(device: 2), .post, .events(device: 3)]
        for notice in notices { try leave(notice, in: store) }
        try eventually("three notices") { ear.heard.count >= 3 }
        try store.write { (tx) throws(StoreError) in try tx.notices.remove(before: 101) }
        try leave(.post, in: store)
        try eventually("the last notice") { ear.heard.count >= 4 }
        #expect(ear.heard == notices + [.post])
        subscription.cancel()
    }

    @Test(arguments: Engine.allCases, [true, false])
    func `ends when it is cancelled or let go, and nobody is called any more`(
        engine: Engine, isCancelled: Bool
    ) throws {
        let store = try engine.open()
        weak var kept: Ear?
        var subscription: (any StoreSubscription)?
        do {
            let ear = Ear()
            kept = ear
            subscription = try store.subscribe { ear.hear($0) }
        }
        #expect(kept != nil && subscription != nil)
        if isCancelled { subscription?.cancel() } else { subscription = nil }
        try eventually("the end of the subscription") { kept == nil }
        #expect((subscription != nil) == isCancelled)
    }
}
