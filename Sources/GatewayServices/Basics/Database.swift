public import GatewayStore

/// The store as services use it: what a write leaves to be done is done once it is durable.
public struct Database: Sendable {
    private let store: any GatewayStore
    private let reactor: any Reactor

    /// - Parameters:
    ///   - store: the tables.
    ///   - reactor: does what writes leave to be done.
    public init(_ store: any GatewayStore, reactor: any Reactor) {
        self.store = store
        self.reactor = reactor
    }

    /// See ``GatewayStore/read(_:)``.
    public func read<Result>(
        _ body: (ReadTransaction) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try store.read(body)
    }

    /// Writes, and then has done what the write says (``GatewayStore/write(_:)``).
    ///
    /// - Parameter body: gets the effects as its own, to add to them. They are empty each time that it runs.
    public func write<Result>(
        _ body: (WriteTransaction, inout Effects) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        var effects = Effects()
        let result = try store.write { (tx) throws(StoreError) in
            effects = Effects()
            return try body(tx, &effects)
        }
        if !effects.isEmpty { reactor.react(to: effects) }
        return result
    }
}
