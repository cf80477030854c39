public import ClaveDomain
public import GatewayStore
import Glibc

/// Which limits an attempt counts against: strangers at the procedures can't close the operators' way to the desk.
public enum Door: String, Sendable {
    case people = ""
    case desk = "desk "
}

/// How often who may try what. Only keyed digests are stored of whose attempts they are.
public struct RateLimiter: Sendable {
    /// Ten minutes: the window of the attempt limits, in seconds.
    public static let window: Int64 = 600

    /// So many addresses may use up their attempts on a document; from then on, until the window has passed, each address
    /// has one. So nobody who knows a document alone keeps its person out, who comes from an address of their own.
    static let addressesPerDocument = 20

    /// How long attempts are remembered. One that is further in the future was counted before the clock jumped back, and
    /// says nothing: else a clock that was years ahead for a moment would shut people out for years.
    private static let life: Int64 = 86_400

    /// What is counted.
    public struct Limits: Equatable, Sendable {
        /// Attempts from one network address in ten minutes, and visits that it may begin.
        public var attemptsPerAddress = 100
        /// Attempts on one document from one network address in ten minutes.
        public var attemptsPerDocument = 10

        public init() {}
    }

    let limits: Limits
    private let keys: GatewayKeys
    private let clock: Clock
    private let audit: AuditWriter

    public init(_ limits: Limits, keys: GatewayKeys, clock: Clock, audit: AuditWriter) {
        self.limits = limits
        self.keys = keys
        self.clock = clock
        self.audit = audit
    }

    /// Counts an act of a subject; says no when there were `limit` within `window` seconds, or later than now, as after a
    /// clock that jumped back.
    ///
    /// - Returns: nil if it is allowed, else the seconds to wait.
    public func count(
        _ tx: WriteTransaction, _ kind: String, _ subject: String, limit: Int, window: Int64
    ) throws(StoreError) -> Int64? {
        try count(tx, of: self.subject(kind, subject), limit: limit, window: window)
    }

    /// Counts an act of a subject of which only the digest is known.
    public func count(
        _ tx: WriteTransaction, of subject: [UInt8], limit: Int, window: Int64
    ) throws(StoreError) -> Int64? {
        if let wait = try wait(tx, for: subject, limit: limit, window: window) { return wait }
        try note(tx, subject, window: window)
        return nil
    }

    /// The seconds to wait before an act of a subject is allowed; nil for none. Counts nothing.
    public func wait(
        _ tx: StoreTransaction<some StoreAccess>, for subject: [UInt8], limit: Int, window: Int64
    ) throws(StoreError) -> Int64? {
        let (count, first) = try attempts(tx, of: subject, window: window)
        return count >= limit ? max(1, first - (clock.now() - window)) : nil
    }

    /// What the table has of a subject.
    public func subject(_ kind: String, _ subject: String) -> [UInt8] {
        keys.digest(Array(subject.utf8), for: "act " + kind, of: [])
    }

    /// How many acts of a subject count now, and when the first was.
    private func attempts(
        _ tx: StoreTransaction<some StoreAccess>, of subject: [UInt8], window: Int64
    ) throws(StoreError) -> (count: Int, first: Int64) {
        let now = clock.now()
        return try tx.attempts.count(of: subject, after: now - window, upTo: now + Self.life)
    }

    private func note(_ tx: WriteTransaction, _ subject: [UInt8], window: Int64) throws(StoreError) {
        let now = clock.now()
        try tx.attempts.add(of: subject, at: now, until: now + window)
    }

    /// Forgets acts whose window is over.
    func sweep(_ tx: WriteTransaction) throws(StoreError) {
        let now = clock.now()
        try tx.attempts.remove(endedBefore: now, endingAfter: now + 2 * Self.life)
    }

    // MARK: Attempts

    /// Counts an attempt with a document from an address; nil if it is allowed, else the seconds to wait. That there were
    /// too many, the audit says once.
    ///
    /// - Parameter act: as the audit calls it.
    public func countAttempt(
        _ tx: WriteTransaction, _ document: NationalDocument, _ address: String, at door: Door = .people, act: String
    ) throws(StoreError) -> Int64? {
        if let wait = try countAttempt(tx, from: address, at: door, act: act) { return wait }
        let everywhere = subject(door.rawValue + "document", document.text)
        let ceiling = limits.attemptsPerDocument * Self.addressesPerDocument
        let isCrowded = try attempts(tx, of: everywhere, window: Self.window).count >= ceiling
        let wait = try count(
            tx, door.rawValue + "document and address", "\(document.text) \(Self.network(address))",
            limit: isCrowded ? 1 : limits.attemptsPerDocument, window: Self.window)
        if let wait {
            try tellTooMany(tx, act, document.text, shown: document.masked, address)
            return wait
        }
        if !isCrowded { try note(tx, everywhere, window: Self.window) }
        return nil
    }

    /// Counts an attempt from an address; nil if it is allowed, else the seconds to wait.
    public func countAttempt(
        _ tx: WriteTransaction, from address: String, at door: Door = .people, act: String
    ) throws(StoreError) -> Int64? {
        let wait = try count(
            tx, door.rawValue + "address", Self.network(address), limit: limits.attemptsPerAddress,
            window: Self.window)
        if wait != nil { try tellTooMany(tx, act, Self.network(address), shown: "", address) }
        return wait
    }

    /// Writes that there were too many attempts: once in the window for a subject, so that nobody fills the disk with it.
    private func tellTooMany(
        _ tx: WriteTransaction, _ act: String, _ subject: String, shown: String, _ address: String
    ) throws(StoreError) {
        guard try isFirst(tx, "too many \(act)", subject) else { return }
        try audit.record(tx, act, subject: shown, address: address, outcome: "too many")
    }

    /// Whether something of a subject is to be told, which is told once in a window.
    public func isFirst(_ tx: WriteTransaction, _ kind: String, _ subject: String) throws(StoreError) -> Bool {
        try count(tx, "told " + kind, subject, limit: 1, window: Self.window) == nil
    }

    /// The part of a network address that one customer has: of IPv6 the first 64 bits (RFC 6177).
    public static func network(_ address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ".")
    }
}
