/// The sessions to which one connection of the agent's has been bound, in their order: the way from here to where the
/// client is. Its trust only goes down.
public struct SessionTrail: Sendable {
    /// Sessions of one connection.
    private static let maximumCount = 16

    public private(set) var bindings: [SessionBinding] = []
    /// A binding was tried, and refused: nothing that is bound to destinations is used after that.
    public private(set) var hasFailed = false

    /// The trail of a fresh connection.
    public init() {}

    /// Whether the connection comes from another host, or may: a host whose proof is refused is no reason for more trust.
    public var isForwarded: Bool { hasFailed || bindings.contains(where: \.isForwarding) }

    /// Adds a session.
    ///
    /// - Returns: whether it was taken. It is not when it is not proven, follows a binding for a login, or repeats a
    ///   session with another key.
    public mutating func bind(_ binding: SessionBinding) -> Bool {
        guard binding.isProven, accepts(binding) else {
            hasFailed = true
            return false
        }
        if !bindings.contains(where: { $0.session == binding.session }) { bindings.append(binding) }
        return true
    }

    /// A binding was tried that could not even be read.
    public mutating func fail() {
        hasFailed = true
    }

    private func accepts(_ binding: SessionBinding) -> Bool {
        guard bindings.allSatisfy(\.isForwarding) else { return false }
        if let known = bindings.first(where: { $0.session == binding.session }) {
            return known.hostKey.blob == binding.hostKey.blob
        }
        return bindings.count < Self.maximumCount
    }

    /// Whether a key with these constraints may be seen, or with a user: used to log in.
    public func permits(_ constraints: [DestinationConstraint], user: String? = nil, now: UInt64) -> Bool {
        guard !constraints.isEmpty else { return true }
        guard !hasFailed else { return false }
        guard let last = bindings.last else { return true }
        for (index, binding) in bindings.enumerated() {
            let isLast = index == bindings.count - 1
            // Signing over a session that is for forwarding, or forwarding over one that is for a login.
            if isLast ? binding.isForwarding && user != nil : !binding.isForwarding { return false }
            let source = index == 0 ? nil : bindings[index - 1].hostKey
            let leads = constraints.contains {
                $0.permits(from: source, to: binding.hostKey, user: isLast ? user : nil, now: now)
            }
            guard leads else { return false }
        }
        // At the end of a forwarding a key is seen only if it may go on from there.
        guard last.isForwarding, user == nil else { return true }
        return constraints.contains { $0.permits(from: last.hostKey, to: nil, user: nil, now: now) }
    }

    /// Whether a key with these constraints may make this signature.
    public func permits(
        _ constraints: [DestinationConstraint], signing purpose: SigningPurpose, with key: PublicKey, now: UInt64
    ) -> Bool {
        guard !constraints.isEmpty else { return true }
        guard case .login(let login) = purpose, login.key == key.blob, let last = bindings.last else { return false }
        guard permits(constraints, user: login.user, now: now), login.session == last.session else { return false }
        return login.hostKey.map { $0 == last.hostKey.blob } ?? true
    }
}
