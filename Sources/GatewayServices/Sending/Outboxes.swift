/// The folders with what the sandbox has sent, also where the gateway sends by other means now.
public struct Outboxes: Sendable {
    private let folders: [String]

    public init(folders: [String]) { self.folders = folders }

    /// Removes the texts to these addresses; an empty one is nobody's.
    public func forget(_ addresses: [String]) {
        let known = addresses.filter { !$0.isEmpty }
        for folder in folders { Outbox(folder: folder).forget(known) }
    }

    /// Removes texts whose time is over (``Outbox/removeOld(at:)``).
    ///
    /// - Parameter now: seconds since 1970.
    public func removeOld(at now: Int64) {
        for folder in folders { Outbox(folder: folder).removeOld(at: now) }
    }
}
