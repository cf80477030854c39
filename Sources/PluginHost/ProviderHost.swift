import AgentProtocol
import Cryptoki
import Posix
import SSHKeys
import SecureMemory
import Wire

/// One PKCS#11 library in this process: logs in to its tokens, tells their keys, and signs, one signature at a time,
/// until the core closes the pipe.
final class ProviderHost {
    /// A token and its session, which is opened again after the token was taken out.
    private final class Holder {
        var session: TokenSession
        init(_ session: TokenSession) { self.session = session }
    }

    private struct Held {
        let holder: Holder
        let key: TokenKey
        let publicKey: PublicKey
    }

    /// Why something is not done.
    private struct Refusal: Error {
        let outcome: ProviderOutcome
        let detail: String

        init(_ outcome: ProviderOutcome, _ detail: String = "") {
            self.outcome = outcome
            self.detail = FieldReader.plain(String(detail.prefix(400)))
        }
        init(_ error: CryptokiError) {
            let outcome: ProviderOutcome =
                switch error.kind {
                case .notLoggedIn: .pinNeeded
                case .wrongPIN: .wrongPIN
                case .lockedPIN: .pinLocked
                case .gone: .tokenGone
                case .other: .failed
                }
            self.init(outcome, error.description)
        }
    }

    private let module: CryptokiModule
    private var held: [Held] = []

    private init(path: String) throws(Refusal) {
        do throws(PluginFile.Failure) {
            try PluginFile.checkProvider(path)
        } catch {
            switch error {
            case .notFound: throw Refusal(.notFound)
            case .notAllowed(let reason): throw Refusal(.notAllowed, reason)
            }
        }
        do throws(CryptokiError) { module = try CryptokiModule(path: path) } catch {
            throw Refusal(.failed, "\(error.description) \(CryptokiModule.loaderMessage)")
        }
    }

    /// Serves the core until it closes the pipe.
    static func run(_ request: consuming ProviderOpen, _ channel: borrowing FrameChannel) {
        let host: ProviderHost
        do throws(Refusal) {
            host = try ProviderHost(path: request.path)
            let keys = try host.open(request.pin)
            try? channel.send(ProviderOpened(outcome: .done, keys: keys))
        } catch {
            try? channel.send(ProviderOpened(outcome: error.outcome, detail: error.detail))
            return
        }
        while let request = next(channel) { try? channel.send(host.answer(request)) }
    }

    private static func next(_ channel: borrowing FrameChannel) -> ProviderSign? {
        guard let payload = try? channel.receive() else { return nil }
        return payload.withBytes { try? ProviderSign.decode(payload: $0) } ?? nil
    }

    // MARK: Opening

    /// The keys of all tokens that the PIN opens, or that need none.
    private func open(_ pin: borrowing SecretBytes) throws(Refusal) -> [ProviderKey] {
        let tokens = try Self.asking { () throws(CryptokiError) in try module.tokens() }
        var worst = Refusal(.tokenGone, "no token is present")
        for token in tokens {
            do throws(Refusal) { try open(token, pin) } catch { worst = error }
        }
        guard !held.isEmpty else { throw worst }
        return held.map { held in
            ProviderKey(
                blob: held.publicKey.blob, label: FieldReader.plain(String(held.key.label.prefix(120))),
                token: FieldReader.plain(held.holder.session.token.label))
        }
    }

    private func open(_ token: Token, _ pin: borrowing SecretBytes) throws(Refusal) {
        let holder = Holder(try session(token, pin))
        let keys = try Self.asking { () throws(CryptokiError) in try holder.session.keys() }.compactMap { key in
            Self.publicKey(key.publicHalf).map { Held(holder: holder, key: key, publicKey: $0) }
        }
        guard !keys.isEmpty else { throw Refusal(.failed, "token \(token.label) holds no key that signs") }
        held += keys.prefix(ProtocolLimits.tokenKeys - held.count)
    }

    /// A session with a token, logged in where the token wants that. Its last try is nothing that is taken on the way.
    private func session(_ token: Token, _ pin: borrowing SecretBytes) throws(Refusal) -> TokenSession {
        let module = module
        let session = try Self.asking { () throws(CryptokiError) in try TokenSession(module, token) }
        guard token.needsLogin else { return session }
        guard !token.isLocked else { throw Refusal(.pinLocked, "token \(token.label) is locked") }
        guard !token.isAtFinalTry else {
            throw Refusal(.pinLocked, "token \(token.label) has one try left, which is not taken here")
        }
        guard token.hasPINPad || pin.count > 0 else {
            throw Refusal(.pinNeeded, "token \(token.label) needs its PIN")
        }
        do throws(CryptokiError) { try session.logIn(pin) } catch { throw Refusal(error) }
        return session
    }

    /// What the library does, its failure in the core's terms.
    private static func asking<Value>(_ body: () throws(CryptokiError) -> Value) throws(Refusal) -> Value {
        do throws(CryptokiError) { return try body() } catch { throw Refusal(error) }
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
        do throws(Refusal) {
            guard held.indices.contains(Int(request.key)) else { throw Refusal(.failed, "no such key") }
            let signature = try sign(request, held[Int(request.key)])
            return ProviderSigned(number: request.number, outcome: .done, signature: signature)
        } catch {
            return ProviderSigned(number: request.number, outcome: error.outcome, detail: error.detail)
        }
    }

    private func sign(_ request: borrowing ProviderSign, _ held: Held) throws(Refusal) -> [UInt8] {
        let algorithm = SignatureAlgorithm(held.publicKey.algorithm, flags: request.flags)
        guard let input = algorithm.tokenInput(request.data) else { throw Refusal(.failed, "no digest") }
        let needsPIN = held.key.wantsPINEachTime && !held.holder.session.token.hasPINPad
        guard !needsPIN || request.pin.count > 0 else { throw Refusal(.pinNeeded) }
        let raw: [UInt8]
        do throws(CryptokiError) {
            raw = try held.holder.session.sign(input, by: held.key, pin: request.pin)
        } catch {
            guard error.kind == .gone || error.kind == .notLoggedIn else { throw Refusal(error) }
            try openAgain(held.holder, request.pin)
            do throws(CryptokiError) {
                raw = try held.holder.session.sign(input, by: held.key, pin: request.pin)
            } catch { throw Refusal(error) }
        }
        guard let blob = algorithm.blob(ofTokenSignature: raw, by: held.publicKey) else {
            throw Refusal(.failed, "what the token gave is no signature")
        }
        return blob
    }

    /// Opens a session with a token that was taken out and has come back, in whichever slot.
    private func openAgain(_ holder: Holder, _ pin: borrowing SecretBytes) throws(Refusal) {
        let former = holder.session.token
        let tokens = try Self.asking { () throws(CryptokiError) in try module.tokens() }
        guard let token = tokens.first(where: former.isSame) else {
            throw Refusal(.tokenGone, "token \(former.label) is not there")
        }
        holder.session = try session(token, pin)
    }
}
