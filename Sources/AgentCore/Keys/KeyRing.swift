import AgentProtocol
import EventLoop
import SSHKeys
import SecureMemory
import Wire

/// The keys that ssh sees, by their public blobs: those that tools have added, whose secret halves are behind the shield or
/// on a token, and those of identities' certificates.
@CoreActor
final class KeyRing {
    /// Where a key's secret half is.
    enum Secret: Sendable {
        case shielded(ShieldedKey)
        case token(TokenHolding)
        /// On a FIDO token.
        case securityKey(SecurityKey)
        /// It belongs to an identity's certificate.
        case identity(Identifier)
    }

    /// A key that is held.
    final class Entry: Sendable {
        let key: PublicKey
        let comment: [UInt8]
        let constraints: KeyConstraints
        /// The secret half.
        let secret: Secret
        /// Whether it is seen and used from everywhere.
        var isFreeOfTrail: Bool {
            if case .identity = secret { false } else { constraints.destinations.isEmpty }
        }
        /// Bytes that it takes in a list.
        fileprivate var listLength: Int { KeyRing.listLength(key, comment) }
        /// Of its coming: the list's order.
        fileprivate let number: UInt64
        fileprivate let expiry: EventLoop.TimerToken?

        fileprivate init(
            _ key: PublicKey, _ comment: [UInt8], _ constraints: KeyConstraints, _ secret: Secret,
            _ number: UInt64, _ expiry: EventLoop.TimerToken?
        ) {
            self.key = key
            self.comment = comment
            self.constraints = constraints
            self.secret = secret
            self.number = number
            self.expiry = expiry
        }
    }

    /// Keys of one agent: as many as OpenSSH's tools take in one list. A key that no list shows could not be removed by them,
    /// so it is refused instead.
    private static let maximumCount = 2048
    /// Bytes of all keys and comments in a list's frame, whose length counts its type and their number as well.
    private static let maximumListLength = Frame.maximumLength - 5

    private let shield: Shield
    /// Where the sealed keys lie.
    private let store = GuardedStore()
    private let defaultLifetime: UInt32
    private var entries: [[UInt8]: Entry] = [:]
    private var lastNumber: UInt64 = 0
    /// The list's frame, while nothing changes; only for keys that everybody sees alike.
    private var listing: [UInt8]?
    private var constrainedCount = 0
    /// Bytes that all keys take in a list.
    private var listLength = 0

    init(shield: Shield, defaultLifetime: UInt32) {
        self.shield = shield
        self.defaultLifetime = defaultLifetime
    }

    /// How many keys are held.
    var count: Int { entries.count }

    /// The key of that blob.
    func entry(_ blob: [UInt8]) -> Entry? { entries[blob] }

    /// Asked after each wait, for a person or a card: the key may be gone, or the agent locked.
    func isStillHeld(_ entry: Entry) -> Bool {
        !Task.isCancelled && !shield.isLocked && entries[entry.key.blob] === entry
    }

    /// Takes a key; a key that is there already gets the new comment and constraints, and its place.
    ///
    /// - Parameter provider: what speaks with the token of a FIDO key.
    /// - Returns: false while locked, or when a list could not hold it as well.
    func add(
        _ key: PublicKey, _ secret: SecretBox, comment: [UInt8], _ constraints: KeyConstraints,
        provider: SecurityKey.Provider = .builtIn
    ) -> Bool {
        let former = entries[key.blob]
        guard hasRoom(key, comment, in: former),
            let sealed = secret.withSecret({ shield.seal($0, of: key.blob) }) ?? nil
        else { return false }
        let shielded = ShieldedKey(key, store.store(sealed))
        let isOnToken = key.algorithm.isSecurityKey
        put(
            key, comment, constraints,
            isOnToken ? .securityKey(SecurityKey(secret: shielded, provider: provider)) : .shielded(shielded),
            in: former)
        return true
    }

    /// Takes a key on a token, unless it is there already.
    func add(_ key: PublicKey, _ holding: TokenHolding, comment: [UInt8], _ constraints: KeyConstraints) -> Bool {
        guard entries[key.blob] == nil, hasRoom(key, comment, in: nil) else { return false }
        holding.provider.keysInUse += 1
        put(key, comment, constraints, .token(holding), in: nil)
        return true
    }

    /// Takes the key of an identity's certificate, unless it is there already.
    func add(_ key: PublicKey, of identity: Identifier, comment: [UInt8]) -> Bool {
        guard entries[key.blob] == nil, hasRoom(key, comment, in: nil) else { return false }
        put(key, comment, KeyConstraints(), .identity(identity), in: nil)
        return true
    }

    /// Whether the list of all keys still is one that clients take, with this one in it.
    private func hasRoom(_ key: PublicKey, _ comment: [UInt8], in former: Entry?) -> Bool {
        let others = listLength - (former?.listLength ?? 0)
        return (former != nil || entries.count < Self.maximumCount)
            && others + Self.listLength(key, comment) <= Self.maximumListLength
    }

    private nonisolated static func listLength(_ key: PublicKey, _ comment: [UInt8]) -> Int {
        4 + key.blob.count + 4 + comment.count
    }

    private func put(
        _ key: PublicKey, _ comment: [UInt8], _ constraints: KeyConstraints, _ secret: Secret, in former: Entry?
    ) {
        lastNumber += 1
        let number = former?.number ?? lastNumber
        var seconds = constraints.lifetime ?? (defaultLifetime == 0 ? nil : defaultLifetime)
        // It goes with the identity.
        if case .identity = secret { seconds = nil }
        let expiry = seconds.map { seconds in
            EventLoop.shared.after(milliseconds: UInt64(seconds) * 1000) { [weak self] in
                CoreActor.assumeIsolated { self?.expire(key.blob, number) }
            }
        }
        let entry = Entry(key, comment, constraints, secret, number, expiry)
        constrainedCount += isConstrained(entry) - (former.map(isConstrained) ?? 0)
        listLength += entry.listLength - (former?.listLength ?? 0)
        entries[key.blob] = entry
        former.map(end)
        listing = nil
    }

    /// What is to be done when a key is no longer held.
    private func end(_ entry: Entry) {
        EventLoop.shared.cancel(entry.expiry)
        if case .token(let holding) = entry.secret { holding.provider.keysInUse -= 1 }
    }

    /// Forgets a key; false if it is not there.
    func remove(_ blob: [UInt8]) -> Bool {
        guard let entry = entries.removeValue(forKey: blob) else { return false }
        constrainedCount -= isConstrained(entry)
        listLength -= entry.listLength
        end(entry)
        listing = nil
        return true
    }

    /// Forgets all keys.
    func removeAll() {
        let all = entries.values
        entries = [:]
        (constrainedCount, listLength) = (0, 0)
        listing = nil
        all.forEach(end)
    }

    /// Forgets the keys that tools have added; at another host's word, those that it may know of. Those of identities'
    /// certificates stay: each of their uses is asked about, and so is their going.
    func removeAll(asSeenBy trail: SessionTrail) {
        let now = WallClock.now
        for entry in entries.values {
            if case .identity = entry.secret { continue }
            if !trail.isForwarded || isVisible(entry, to: trail, now: now) { _ = remove(entry.key.blob) }
        }
    }

    /// Forgets the keys of one PKCS#11 library.
    func removeAll(of provider: Provider) {
        for entry in entries.values {
            if case .token(let holding) = entry.secret, holding.provider === provider { _ = remove(entry.key.blob) }
        }
    }

    /// Forgets the keys of an identity.
    func removeAll(of identity: Identifier) {
        for entry in entries.values {
            if case .identity(identity) = entry.secret { _ = remove(entry.key.blob) }
        }
    }

    /// Whether the other end of a connection may know of a key.
    func isVisible(_ entry: Entry, to trail: SessionTrail, now: UInt64) -> Bool {
        // A certificate's key may tell who somebody is.
        if case .identity = entry.secret { return !trail.isForwarded }
        return trail.permits(entry.constraints.destinations, now: now)
    }

    /// The frame of the list as the other end of a connection sees it.
    func list(for trail: SessionTrail) -> [UInt8] {
        if constrainedCount == 0, let listing { return listing }
        let now = WallClock.now
        let visible = entries.values.filter { isVisible($0, to: trail, now: now) }
            .sorted { $0.number < $1.number }
        var payload = ByteWriter()
        payload.put(byte: AgentAnswer.identities)
        payload.put(list: visible) { writer, entry in
            writer.put(entry.key.blob)
            writer.put(entry.comment)
        }
        let frame = AgentAnswer.framed(payload)
        if constrainedCount == 0 { listing = frame }
        return frame
    }

    private func isConstrained(_ entry: Entry) -> Int { entry.isFreeOfTrail ? 0 : 1 }

    private func expire(_ blob: [UInt8], _ number: UInt64) {
        if entries[blob]?.number == number { _ = remove(blob) }
    }
}
