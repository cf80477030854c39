import AgentProtocol
import Cryptoki
import Posix
import SSHKeys
import SecureMemory
import Wire

/// One PKCS#11 library in this process: logs in to its tokens, tells their keys, and signs, one signature at a time,
/// until the core closes the pipe.
final class ProviderHost {
    private struct Held {
        let holder: TokenHolder
        let key: TokenKey
        let publicKey: PublicKey
    }

    private let module: CryptokiModule
    private var held: [Held] = []

    private init(path: String) throws(ProviderRefusal) {
        do throws(TrustedLibrary.Failure) {
            try TrustedLibrary.check(path)
        } catch {
            switch error {
            case .notFound: throw ProviderRefusal(.notFound)
            case .notAllowed(let reason): throw ProviderRefusal(.notAllowed, reason)
            }
        }
        do throws(CryptokiError) { module = try CryptokiModule(path: path) } catch {
            throw ProviderRefusal(.failed, "\(error.description) \(CryptokiModule.loaderMessage)")
        }
    }

    /// Serves the core until it closes the pipe.
    static func run(_ request: consuming ProviderOpen, _ channel: borrowing FrameChannel) {
        guard let host = open(request, channel) else { return }
        while let request = next(channel) { try? channel.send(host.answer(request)) }
    }

    /// Opens the library and says so; nothing of the PIN is left afterwards.
    private static func open(
        _ request: consuming ProviderOpen, _ channel: borrowing FrameChannel
    ) -> ProviderHost? {
        do throws(ProviderRefusal) {
            let host = try ProviderHost(path: request.path)
            let keys = try host.open(request.pin)
            try? channel.send(ProviderOpened(outcome: .done, keys: keys))
            return host
        } catch {
            try? channel.send(ProviderOpened(outcome: error.outcome, detail: error.detail))
            return nil
        }
    }

    private static func next(_ channel: borrowing FrameChannel) -> ProviderSign? {
        guard let payload = try? channel.receive() else { return nil }
        return payload.withBytes { try? ProviderSign.decode(payload: $0) } ?? nil
    }

    // MARK: Opening

    /// The keys of all tokens that the PIN opens, or that need none.
    private func open(_ pin: borrowing SecretBytes) throws(ProviderRefusal) -> [ProviderKey] {
        let module = module
        var worst = ProviderRefusal(.tokenGone, "no token is present")
        for token in try ProviderRefusal.asking({ () throws(CryptokiError) in try module.tokens() }) {
            do throws(ProviderRefusal) { try open(token, pin) } catch { worst = error }
        }
        guard !held.isEmpty else { throw worst }
        return held.map { held in
            ProviderKey(
                blob: held.publicKey.blob, label: FieldReader.line(held.key.label),
                token: FieldReader.line(held.holder.token.label))
        }
    }

    private func open(_ token: Token, _ pin: borrowing SecretBytes) throws(ProviderRefusal) {
        let holder = try TokenHolder(module, token, pin: pin)
        let keys = try holder.keys().compactMap { key in
            Self.publicKey(key.publicHalf).map { Held(holder: holder, key: key, publicKey: $0) }
        }
        guard !keys.isEmpty else {
            throw ProviderRefusal(.failed, "token \(token.label) holds no key that signs")
        }
        held += keys.prefix(ProtocolLimits.tokenKeys - held.count)
    }

    private static func publicKey(_ half: TokenKey.PublicHalf) -> PublicKey? {
        switch half {
        case .rsa(let modulus, let exponent): .rsa(modulus: modulus, exponent: exponent)
        case .ec(let curve, let point): .ecdsa(curve: curve, point: point)
        case .edwards(let curve, let point): .ed25519(curve: curve, point: point)
        case .certificate(let der): .certified(byX509: der)
        }
    }

    // MARK: Signing

    private func answer(_ request: borrowing ProviderSign) -> ProviderSigned {
        do throws(ProviderRefusal) {
            guard held.indices.contains(Int(request.key)) else { throw ProviderRefusal(.failed, "no such key") }
            let signature = try sign(request, held[Int(request.key)])
            return ProviderSigned(number: request.number, outcome: .done, signature: signature)
        } catch {
            return ProviderSigned(number: request.number, outcome: error.outcome, detail: error.detail)
        }
    }

    private func sign(_ request: borrowing ProviderSign, _ held: Held) throws(ProviderRefusal) -> [UInt8] {
        let algorithm = SignatureAlgorithm(held.publicKey.algorithm, flags: request.flags)
        guard let input = algorithm.tokenInput(request.data) else { throw ProviderRefusal(.failed, "no digest") }
        let raw = try held.holder.sign(input, by: held.key, request)
        guard let blob = algorithm.blob(ofTokenSignature: raw, by: held.publicKey) else {
            throw ProviderRefusal(.failed, "what the token gave is no signature")
        }
        return blob
    }
}
