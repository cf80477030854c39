import Wire

/// One step that a key may take: from a host (or from here) to a user at a host
/// (OpenSSH `PROTOCOL.agent`, `restrict-destination-v00@openssh.com`).
public struct DestinationConstraint: Equatable, Sendable {
    /// The constraint's name in an add message.
    public static let name = "restrict-destination-v00@openssh.com"
    /// Constraints of one key, and keys of one hop.
    static let maximumCount = 1024

    /// One end of a step.
    public struct Hop: Equatable, Sendable {
        /// A pattern of user names; empty for any.
        public let user: String
        /// Empty for "here" in a step's beginning.
        public let host: String
        /// The host's keys, or the authorities that vouch for them.
        public let keys: [Key]

        /// A host's key.
        public struct Key: Equatable, Sendable {
            let key: PublicKey
            let isAuthority: Bool
        }

        init(decoding reader: inout WireReader) throws(WireError) {
            user = try reader.text(limit: 1024)
            host = try reader.text(limit: 1024)
            // Reserved: what a later version means by it could not be kept.
            guard try reader.bytes(limit: KeyLimits.blob).isEmpty else { throw .malformed }
            var keys: [Key] = []
            while reader.remaining > 0 {
                guard keys.count < DestinationConstraint.maximumCount else { throw .tooLong }
                let key = try PublicKey(blob: try reader.bytes(limit: KeyLimits.blob))
                keys.append(Key(key: key, isAuthority: try reader.boolean()))
            }
            self.keys = keys
        }

        /// Whether a host that proved to have `key` is this hop's.
        func matches(_ key: PublicKey, now: UInt64) -> Bool {
            keys.contains { hop in
                hop.isAuthority
                    ? key.certificate?.vouches(forHost: host, by: hop.key, now: now) ?? false : hop.key.blob == key.blob
            }
        }
    }

    public let from: Hop
    public let to: Hop

    init(decoding reader: inout WireReader) throws(WireError) {
        let body = try reader.bytes(limit: 262_144)
        self = try WireReader.read(body) { (reader) throws(WireError) in
            let from = try reader.bytes(limit: 262_144)
            let to = try reader.bytes(limit: 262_144)
            guard try reader.bytes(limit: KeyLimits.blob).isEmpty else { throw .malformed }
            return DestinationConstraint(from: try Self.hop(from), to: try Self.hop(to))
        }
        // A step begins here, with neither name nor keys, or at a host with both; it leads to a host with both.
        guard from.user.isEmpty, from.host.isEmpty == from.keys.isEmpty, !to.host.isEmpty, !to.keys.isEmpty else {
            throw .malformed
        }
    }

    private init(from: Hop, to: Hop) {
        self.from = from
        self.to = to
    }

    private static func hop(_ bytes: [UInt8]) throws(WireError) -> Hop {
        try WireReader.read(bytes) { (reader) throws(WireError) in try Hop(decoding: &reader) }
    }

    /// Reads the list of an add message.
    static func list(_ bytes: [UInt8]) throws(WireError) -> [DestinationConstraint] {
        try WireReader.read(bytes) { (reader) throws(WireError) in
            var list: [DestinationConstraint] = []
            while reader.remaining > 0 {
                guard list.count < maximumCount else { throw .tooLong }
                list.append(try DestinationConstraint(decoding: &reader))
            }
            return list
        }
    }

    /// Whether this step leads from one host to another.
    ///
    /// - Parameters:
    ///   - source: the host's key; nil for "here".
    ///   - target: the host's key; nil for any.
    ///   - user: nil for any.
    func permits(from source: PublicKey?, to target: PublicKey?, user: String?, now: UInt64) -> Bool {
        if let source {
            guard from.matches(source, now: now) else { return false }
        } else {
            guard from.host.isEmpty, from.keys.isEmpty else { return false }
        }
        if let target { guard to.matches(target, now: now) else { return false } }
        guard let user, !to.user.isEmpty else { return true }
        return Pattern.matches(user, to.user)
    }
}
