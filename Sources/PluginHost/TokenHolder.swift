import AgentProtocol
import Cryptoki
import SecureMemory

/// A token and the session with it, which is opened again when the token was taken out and put back.
final class TokenHolder {
    private(set) var token: Token
    private let module: CryptokiModule
    private var session: TokenSession?

    /// Opens a session, and logs in where the token wants that.
    ///
    /// - Parameter pin: empty for none. Where the PIN is typed on the reader, the person expects it.
    init(_ module: CryptokiModule, _ token: Token, pin: borrowing SecretBytes) throws(ProviderRefusal) {
        self.module = module
        self.token = token
        session = try open(token, pin, mayUseReader: true)
    }

    /// Its keys that sign.
    func keys() throws(ProviderRefusal) -> [TokenKey] {
        guard let session else { return [] }
        return try ProviderRefusal.asking { () throws(CryptokiError) in try session.keys() }
    }

    /// A key's signature.
    ///
    /// - Parameter input: what the key's mechanism takes.
    func sign(
        _ input: [UInt8], by key: TokenKey, _ request: borrowing ProviderSign
    ) throws(ProviderRefusal) -> [UInt8] {
        if key.wantsPINEachTime { try requireWay(token, request.pin, request.mayUseReader) }
        do throws(CryptokiError) {
            if let session { return try session.sign(input, by: key, pin: request.pin) }
        } catch {
            guard error.kind == .gone || error.kind == .notLoggedIn else { throw ProviderRefusal(error) }
        }
        let session = try openAgain(request.pin, mayUseReader: request.mayUseReader)
        do throws(CryptokiError) {
            return try session.sign(input, by: key, pin: request.pin)
        } catch { throw ProviderRefusal(error) }
    }

    /// Looks for the token in all slots.
    private func openAgain(
        _ pin: borrowing SecretBytes, mayUseReader: Bool
    ) throws(ProviderRefusal) -> TokenSession {
        // First of all: who has a session counts as logged in, and its number may be the next one's.
        session?.close()
        session = nil
        let module = module
        let tokens = try ProviderRefusal.asking { () throws(CryptokiError) in try module.tokens() }
        guard let found = tokens.first(where: token.isSame) else {
            throw ProviderRefusal(.tokenGone, "token \(token.label) is not there")
        }
        token = found
        let opened = try open(found, pin, mayUseReader: mayUseReader)
        session = opened
        return opened
    }

    private func open(
        _ token: Token, _ pin: borrowing SecretBytes, mayUseReader: Bool
    ) throws(ProviderRefusal) -> TokenSession {
        if token.needsLogin { try requireWay(token, pin, mayUseReader) }
        let module = module
        let session = try ProviderRefusal.asking { () throws(CryptokiError) in try TokenSession(module, token) }
        guard token.needsLogin else { return session }
        do throws(CryptokiError) { try session.logIn(pin) } catch { throw ProviderRefusal(error) }
        return session
    }

    /// Makes sure that there is a PIN, or that the person expects to type it on the reader.
    private func requireWay(
        _ token: Token, _ pin: borrowing SecretBytes, _ mayUseReader: Bool
    ) throws(ProviderRefusal) {
        if token.hasPINPad {
            guard mayUseReader else { throw ProviderRefusal(.readerNeeded) }
        } else {
            guard pin.count > 0 else { throw ProviderRefusal(.pinNeeded, "token \(token.label) needs its PIN") }
        }
    }
}
