import Synchronization

/// Things that threads keep for whoever takes them next; each is taken once.
final class Kept<Thing: Sendable>: Sendable {
    private let things = Mutex<[Thing]>([])

    /// Takes all that are kept.
    func takeAll() -> [Thing] {
        things.withLock { things in
            defer { things = [] }
            return things
        }
    }

    /// Keeps more.
    func add(_ more: [Thing]) { things.withLock { $0 += more } }
}
