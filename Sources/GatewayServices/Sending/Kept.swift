import Synchronization

/// Things that threads keep for whoever takes them next; each is taken once.
public final class Kept<Thing: Sendable>: Sendable {
    private let things = Mutex<[Thing]>([])

    public init() {}

    /// Takes all that are kept.
    public func takeAll() -> [Thing] {
        things.withLock { things in
            defer { things = [] }
            return things
        }
    }

    /// Keeps more.
    public func add(_ more: [Thing]) { things.withLock { $0 += more } }
}
