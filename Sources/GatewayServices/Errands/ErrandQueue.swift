public import GatewayStore

/// Errands are left in the write of the step that causes them; an ``ErrandRunner`` carries them out afterwards.
///
/// They hold codes and who was asked for: sealed, they tell nothing without a key in another file.
public struct ErrandQueue: Sendable {
    private static let context = Array("errand".utf8)

    private let keys: GatewayKeys

    public init(keys: GatewayKeys) { self.keys = keys }

    /// Leaves an errand, in the caller's write.
    public func leave(_ tx: WriteTransaction, _ errand: Errand, _ effects: inout Effects) throws(StoreError) {
        try tx.errands.add(
            keys.seal(queued: errand.bytes, context: Self.context),
            about: keys.waitingSubject(errand.asked?.document))
        effects.hasErrands = true
    }

    /// Opens what ``leave(_:_:_:)`` has sealed; nil for anything else.
    func opened(_ sealed: [UInt8]) -> Errand? {
        keys.open(queued: sealed, context: Self.context).flatMap(Errand.init)
    }
}
