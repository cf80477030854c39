/// What the gateway keeps: people, their devices, visits, and what waits to be done.
///
/// The protocol says nothing of the engine beneath. What one engine does by having a single writer, another may do by trying
/// again: so the body of a transaction may run more than once, and has no effect outside but by its result.
///
/// An engine never looks at a clock and makes no random numbers: both come from its caller.
public protocol GatewayStore: AnyObject, Sendable {
    /// Reads. All statements of `body` see the same: what was committed when the first one ran.
    func read<Result>(_ body: (ReadTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result

    /// Writes. What `body` did is durable and whole when this returns, or undone when it throws.
    ///
    /// - Parameter body: runs again where its transaction met another one's.
    func write<Result>(_ body: (WriteTransaction) throws(StoreError) -> Result) throws(StoreError) -> Result

    /// Hears what other processes write for this one, from now on.
    ///
    /// - Parameter hear: gets the notices in the order in which they were left, on a thread of the engine.
    /// - Returns: what is kept as long as `hear` is to be called.
    func subscribe(_ hear: @escaping @Sendable ([StoreNotice]) -> Void) throws(StoreError) -> any StoreSubscription
}

/// What a process leaves for the gateway that runs beside it.
public enum StoreNotice: Equatable, Sendable {
    /// Events wait for the device of this number.
    case events(device: Int64)
    /// Letters or e-mail wait.
    case post
}

/// A subscription of ``GatewayStore/subscribe(_:)``. It ends when it is cancelled or let go.
public protocol StoreSubscription: AnyObject, Sendable {
    /// Ends it; a call that is under way may still come.
    func cancel()
}

/// What a transaction may do: ``ReadOnly`` or ``ReadWrite``.
public protocol StoreAccess: SendableMetatype {}

/// Reading alone: a transaction of this kind has no method that writes.
public enum ReadOnly: StoreAccess {}

/// Reading and writing.
public enum ReadWrite: StoreAccess {}

public typealias ReadTransaction = StoreTransaction<ReadOnly>
public typealias WriteTransaction = StoreTransaction<ReadWrite>

/// A transaction: each kind of thing that is kept is one of its properties, as ``nonces``, which has the methods to read it,
/// and in a ``WriteTransaction`` those to change it.
///
/// It lives as long as the body that it was lent to.
public struct StoreTransaction<Access: StoreAccess> {
    let connection: any SQLConnection

    /// - Parameter connection: in a transaction of its engine's.
    public init(_ connection: any SQLConnection) { self.connection = connection }

    /// Whether it can still be committed: some errors, such as a full disk, end a transaction at once.
    public var isOpen: Bool { connection.isInTransaction }
}

extension StoreTransaction<ReadWrite> {
    /// Does a part that may fail for itself: what it did is undone where it throws, and what was done before stays.
    public func nested<Result>(
        _ body: () throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try connection.savepoint(body)
    }

    /// Says that what this transaction deletes or changes must be gone from the disk when it is committed: also from logs that
    /// the engine keeps for itself.
    public func leavesNoTrace() { connection.leavesNoTrace() }
}
