import AgentProtocol
import SSHKeys
import SecureMemory

/// Keys on tokens, which PKCS#11 libraries bring.
extension KeyDesk {
    /// PINs that are asked for one signature.
    private static let maximumPINs: UInt32 = 3

    func addProvider(
        _ path: String, _ pin: consuming SecretBytes, _ constraints: KeyConstraints
    ) async -> Bool {
        let before = drops
        guard let provider = await providers.open(path, pin: pin) else { return false }
        // Loaded before, it is loaded anew: a card may have been put back, or have other keys.
        let former = await providers.provider(provider.path)
        guard !Task.isCancelled, !shield.isLocked, drops == before else {
            provider.close()
            return false
        }
        if let former { ring.removeAll(of: former) }
        providers.keep(provider)
        var added = 0
        for (index, key) in provider.keys.enumerated() {
            guard let publicKey = try? PublicKey(blob: key.blob) else { continue }
            let holding = TokenHolding(provider: provider, index: UInt32(index), token: key.token)
            let comment = Array((key.label.isEmpty ? provider.path : key.label).utf8)
            for key in Self.keys(of: publicKey, constraints.certificates)
            where ring.add(key, holding, comment: comment, constraints) {
                added += 1
            }
        }
        if added == 0 { provider.close() }
        return added > 0
    }

    /// A token's key with each of its certificates, and by itself unless only those are wanted.
    private static func keys(of key: PublicKey, _ associated: AssociatedCertificates?) -> [PublicKey] {
        guard let associated else { return [key] }
        return associated.certificates(of: key) + (associated.isExclusive ? [] : [key])
    }

    /// A token's signature; the person types its PIN where the token wants it.
    func sign(
        _ entry: KeyRing.Entry, _ holding: TokenHolding, _ data: [UInt8], _ flags: UInt32, _ client: ClientConnection
    ) async -> [UInt8]? {
        let use = use(of: entry, for: SigningPurpose(of: data))
        var signed = await sign(holding, data, flags, pin: SecretBytes(zeros: 0), mayUseReader: false)
        // A reader's own keypad stays the only place for the PIN, also after a wrong one.
        var asksAtReader = false
        for _ in 0..<Self.maximumPINs where Self.needsPerson(signed.outcome) {
            if signed.outcome == .readerNeeded { asksAtReader = true }
            let next =
                asksAtReader
                ? await signAtReader(entry, holding, data, flags, use, client)
                : await signByPIN(entry, holding, data, flags, use, client)
            guard let next else { return nil }
            signed = next
        }
        guard signed.outcome == .done, ring.isStillHeld(entry) else {
            DebugLog.write("a token made no signature: \(signed.outcome) \(signed.detail)")
            return nil
        }
        return signed.signature
    }

    /// The reader asks for the PIN itself, but not for what: that is asked before.
    private func signAtReader(
        _ entry: KeyRing.Entry, _ holding: TokenHolding, _ data: [UInt8], _ flags: UInt32, _ use: KeyUse,
        _ client: ClientConnection
    ) async -> ProviderSigned? {
        do throws(AgentError) { _ = try await prompts.ask(.useKey(use), for: client) } catch { return nil }
        guard ring.isStillHeld(entry) else { return nil }
        return await sign(holding, data, flags, pin: SecretBytes(zeros: 0), mayUseReader: true)
    }

    private func signByPIN(
        _ entry: KeyRing.Entry, _ holding: TokenHolding, _ data: [UInt8], _ flags: UInt32, _ use: KeyUse,
        _ client: ClientConnection
    ) async -> ProviderSigned? {
        await signByPIN(Self.maximumPINs, for: client) { last in
            .tokenPIN(TokenPIN(token: holding.token, use: use, wasWrong: last == .wrongPIN))
        } sign: { [self] pin in
            guard ring.isStillHeld(entry), let pin = pin.take() else { return nil }
            return await sign(holding, data, flags, pin: pin, mayUseReader: false)
        }
    }

    private func sign(
        _ holding: TokenHolding, _ data: [UInt8], _ flags: UInt32, pin: consuming SecretBytes, mayUseReader: Bool
    ) async -> ProviderSigned {
        await holding.provider.sign(holding.index, data, flags: flags, pin: pin, mayUseReader: mayUseReader)
    }

    private static func needsPerson(_ outcome: ProviderOutcome) -> Bool {
        outcome == .pinNeeded || outcome == .wrongPIN || outcome == .readerNeeded
    }
}
