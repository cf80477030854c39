import AgentProtocol
import EventLoop
import SSHKeys
import SecureMemory
import Wire

/// A key on a FIDO token: what the token finds it by, behind the shield.
struct SecurityKey: Sendable {
    /// What speaks with the token.
    enum Provider: Sendable {
        /// `clave-sk-helper` itself, by libfido2.
        case builtIn
        /// A library with OpenSSH's interface for middleware, by its real path.
        case library(String)

        /// As ``SecurityKeySign`` tells it.
        var path: String {
            switch self {
            case .builtIn: ""
            case .library(let path): path
            }
        }
    }

    let secret: ShieldedKey
    let provider: Provider
}

/// Keys on FIDO tokens.
extension KeyDesk {
    /// PINs that are asked for one signature: a token blocks itself after three wrong ones until it is plugged in again.
    private static let maximumPINs: UInt32 = 2

    func addSecurityKey(
        _ key: PublicKey, _ secret: SecretBox, comment: [UInt8], _ constraints: KeyConstraints
    ) async -> Bool {
        let before = drops
        guard let provider = await provider(named: constraints.securityKeyProvider) else { return false }
        guard !Task.isCancelled, !shield.isLocked, drops == before else { return false }
        return ring.add(key, secret, comment: comment, constraints, provider: provider)
    }

    /// - Parameter name: of the message; without one the agent's own way is meant.
    /// - Returns: nil for a library that may not be loaded; the debug log tells why.
    private func provider(named name: String?) async -> SecurityKey.Provider? {
        // Small or capital letters, as OpenSSH's agent has it.
        guard let name, name.utf8.map({ $0 | 0x20 }) != Array(KeyConstraints.internalProvider.utf8) else {
            return .builtIn
        }
        return await providers.permitted(name).map { .library($0) }
    }

    /// A token's signature: the person is told to touch it, and types its PIN where it wants that.
    func sign(
        _ entry: KeyRing.Entry, _ key: SecurityKey, _ data: [UInt8], _ client: ClientConnection
    ) async -> [UInt8]? {
        guard maySign(entry.key, data) else {
            DebugLog.write("a FIDO key that is not for ssh signs nothing but logins and SSH signatures")
            return nil
        }
        let use = use(of: entry, for: SigningPurpose(of: data))
        guard var signed = await sign(entry, key, data, SecretBytes(zeros: 0), use, client) else { return nil }
        if signed.wantsPIN {
            let needsTouch = open(key)?.flags.contains(.presence) ?? false
            let byPIN = await signByPIN(Self.maximumPINs, for: client) { last in
                .securityKeyPIN(SecurityKeyPIN(use: use, wasWrong: last != nil, needsTouch: needsTouch))
            } sign: { [self] pin in
                guard ring.isStillHeld(entry), let pin = pin.take() else { return nil }
                return await sign(entry, key, data, pin, use, client)
            }
            guard let byPIN else { return nil }
            signed = byPIN
        }
        guard ring.isStillHeld(entry) else { return nil }
        guard signed.outcome == .done else {
            DebugLog.write("a FIDO token made no signature: \(signed.outcome) \(signed.detail)")
            return nil
        }
        return await verified(signed.signature, entry.key, data)
    }

    /// Whether a key may sign these bytes at all. A key for a web site would answer the site's challenge to whoever can
    /// reach the agent: it signs only what can't be one.
    private func maySign(_ key: PublicKey, _ data: [UInt8]) -> Bool {
        if let application = key.application, Pattern.matches(application, list: rules.websafe) { return true }
        switch SigningPurpose(of: data) {
        case .login(let login): return login.key == key.blob
        case .message: return true
        case .certificateVerify, .challenge, .opaque: return false
        }
    }

    private func open(_ key: SecurityKey) -> SecurityKeySecret? {
        guard let shieldKey = shield.key, let secret = key.secret.open(under: shieldKey) else { return nil }
        return try? SecurityKeySecret(secret)
    }

    /// - Returns: nil if the agent has been locked.
    private func sign(
        _ entry: KeyRing.Entry, _ key: SecurityKey, _ data: [UInt8], _ pin: borrowing SecretBytes, _ use: KeyUse,
        _ client: ClientConnection
    ) async -> ProviderSigned? {
        guard let secret = open(key) else { return nil }
        guard data.count <= ProtocolLimits.tokenContent else {
            return ProviderSigned(number: 0, outcome: .failed, detail: "that is too much for a token")
        }
        let message = SecurityKeySign(
            provider: key.provider.path, key: entry.key.plain.blob, flags: secret.flags.rawValue,
            handle: secret.handle.copy(), data: data, pin: pin.copy())
        return await securityKeys.sign(
            SecretBox(message.secretFrame()), by: key.provider,
            touch: secret.flags.contains(.presence) ? use : nil, for: client)
    }

    /// The signature, unless it is not this key's: a library's faults stay its own.
    private func verified(_ signature: [UInt8], _ key: PublicKey, _ data: [UInt8]) async -> [UInt8]? {
        let isValid = await WorkerPool.shared.run { key.isValid(signature, of: data) }
        if !isValid { DebugLog.write("what the FIDO token's middleware gave is no signature by the key") }
        return isValid ? signature : nil
    }
}
