import AgentProtocol
import Cryptoki

/// Why a PKCS#11 library or token did not do what the core asked, in the core's terms.
struct ProviderRefusal: Error {
    let outcome: ProviderOutcome
    /// English; one line.
    let detail: String

    init(_ outcome: ProviderOutcome, _ detail: String = "") {
        self.outcome = outcome
        self.detail = FieldReader.line(detail)
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

    /// What the library does, its failure in the core's terms.
    static func asking<Value>(_ body: () throws(CryptokiError) -> Value) throws(ProviderRefusal) -> Value {
        do throws(CryptokiError) { return try body() } catch { throw ProviderRefusal(error) }
    }
}
