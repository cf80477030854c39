public import GatewayStore

/// What is to be done once a write is durable: a value, which the write hands to its ``Reactor``.
public struct Effects: Equatable, Sendable {
    /// Devices that have events to hear.
    public var devices: Set<Int64> = []
    /// Whether errands wait.
    public var hasErrands = false
    /// Whether text messages wait.
    public var hasMessages = false
    /// Whether letters or e-mail wait.
    public var hasPost = false

    public init() {}

    /// Whether nothing is to be done.
    var isEmpty: Bool { self == Effects() }

    /// What a gateway that runs beside this process is to hear of it.
    public var notices: [StoreNotice] {
        devices.sorted().map { .events(device: $0) } + (hasPost ? [.post] : [])
    }
}
