import AgentProtocol
import EventLoop
import Posix
import SecureMemory

/// PINs and requests that have come and wait for the person; each leaves when it is answered, withdrawn or expired.
@CoreActor
final class Inbox {
    /// Requests that may wait at once; more from a gateway are dropped.
    private static let maximumCount = 256
    /// Identifiers remembered after their end, so that a resumed stream brings none of them twice.
    private static let maximumMemory = 1024

    private struct Entry {
        /// Its place in the order of coming.
        let number: UInt64
        let request: PendingRequest
        let pin: SecretBox?
        let expiry: EventLoop.TimerToken
    }

    /// A PIN that a client has, and can give back.
    private struct Given {
        let entry: Entry
        let client: ObjectIdentifier
    }

    /// In the order of coming.
    private var entries: [Entry] = []
    private var lastNumber: UInt64 = 0
    private var given: [Identifier: Given] = [:]
    private var past: [Identifier] = []
    private var waiting: [Promise<Void>] = []

    init() {}

    /// What waits, oldest first.
    var requests: [PendingRequest] { entries.map(\.request) }

    /// Takes what has come; once.
    ///
    /// - Parameter pin: the PIN of a `.pin` request.
    func add(_ request: PendingRequest, pin: SecretBox?) {
        let name = request.identifier
        let isKnown = past.contains(name) || entries.contains { $0.request.identifier == name }
        guard !isKnown, entries.count < Self.maximumCount, request.expiresAt > WallClock.now else { return }
        let life = (request.expiresAt - WallClock.now) * 1000
        let expiry = EventLoop.shared.after(milliseconds: life) {
            CoreActor.assumeIsolated { _ = self.remove(name) }
        }
        lastNumber += 1
        entries.append(Entry(number: lastNumber, request: request, pin: pin, expiry: expiry))
        wake()
    }

    private func wake() {
        let waiting = waiting
        self.waiting = []
        for promise in waiting { promise.fulfil(()) }
    }

    /// Gives a PIN to a client. It waits no more; the client can give it back as long as it is there, and the PIN is valid.
    ///
    /// - Returns: a copy of it; nil if it waits no more.
    func give(_ name: Identifier, to client: ObjectIdentifier) -> SecretBox? {
        guard let place = entries.firstIndex(where: { $0.request.identifier == name }),
            let copy = entries[place].pin?.withSecret({ $0.withBytes { SecretBox(SecretBytes(copying: $0)) } })
        else { return nil }
        given[name] = Given(entry: entries.remove(at: place), client: client)
        remember(name)
        return copy
    }

    /// Has a PIN wait again that the client was given and could not show.
    ///
    /// - Returns: its request; nil if that client does not have it, or it is no longer valid.
    func takeBack(_ name: Identifier, from client: ObjectIdentifier) -> PendingRequest? {
        guard let kept = given[name], kept.client == client else { return nil }
        given[name] = nil
        let place = entries.firstIndex { $0.number > kept.entry.number } ?? entries.endIndex
        entries.insert(kept.entry, at: place)
        wake()
        return kept.entry.request
    }

    /// Forgets what a client was given: it has gone, and gives nothing back.
    func forget(givenTo client: ObjectIdentifier) {
        for (name, kept) in given where kept.client == client { remove(name) }
    }

    /// The request of that name, if it still waits.
    func request(_ name: Identifier) -> PendingRequest? {
        entries.first { $0.request.identifier == name }?.request
    }

    /// Takes a request out: it is over.
    ///
    /// - Returns: its PIN, which leaves the inbox; nil if it has none or waits no more.
    @discardableResult
    func remove(_ name: Identifier) -> SecretBox? {
        if let kept = given.removeValue(forKey: name) { EventLoop.shared.cancel(kept.entry.expiry) }
        guard let place = entries.firstIndex(where: { $0.request.identifier == name }) else { return nil }
        let entry = entries.remove(at: place)
        EventLoop.shared.cancel(entry.expiry)
        remember(name)
        return entry.pin
    }

    private func remember(_ name: Identifier) {
        past.append(name)
        if past.count > Self.maximumMemory { past.removeFirst() }
    }

    /// Forgets all that came for an identity.
    func removeAll(of identity: Identifier) {
        for request in requests + given.values.map(\.entry.request) where request.identity == identity {
            remove(request.identifier)
        }
    }

    /// The requests that match, waiting up to `seconds` for a first one; empty if none comes or the task is cancelled.
    func matching(
        waiting seconds: UInt32, _ isWanted: (PendingRequest) -> Bool
    ) async -> [PendingRequest] {
        let deadline = SteadyClock.milliseconds + UInt64(seconds) * 1000
        while true {
            let found = requests.filter(isWanted)
            let now = SteadyClock.milliseconds
            if !found.isEmpty || now >= deadline || Task.isCancelled { return found }
            let promise = Promise<Void>()
            waiting.append(promise)
            await promise.wait(milliseconds: deadline - now, ifLate: (), ifCancelled: ())
            self.waiting.removeAll { $0 === promise }
        }
    }
}
