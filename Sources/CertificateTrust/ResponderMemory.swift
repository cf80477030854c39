import COpenSSL
import Certificates
import Posix
import SecureMemory
import Synchronization

/// What OCSP responders have said, and which of them don't answer.
///
/// An answer counts until the time that the responder names for the next one, and for a day at most, so that a responder
/// is asked about a certificate once in that time. A responder that has failed three times in a row is left alone for half
/// a minute; then one request tries it, and the others wait for what comes of that.
final class ResponderMemory: Sendable {
    /// Certificates of which the answer is remembered.
    private static let maximumAnswers = 10_000
    /// Responders whose failures are remembered.
    private static let maximumResponders = 256
    /// Seconds for which an answer is remembered, whatever it says.
    private static let maximumLife: Int64 = 86_400
    /// Failures in a row after which a responder is left alone, and milliseconds for which it is.
    static let failures = 3
    static let rest: UInt64 = 30_000

    private struct Answer {
        let revocation: RevocationAnswer
        let from: Int64
        let until: Int64
    }

    private struct Responder {
        var failures = 0
        /// By the steady clock.
        var restsUntil: UInt64 = 0
    }

    private struct State {
        var answers: [[UInt8]: Answer] = [:]
        var responders: [String: Responder] = [:]
    }

    private let state = Mutex(State())
    private let steady: @Sendable () -> UInt64

    /// - Parameter steady: milliseconds of a clock that nobody sets.
    init(steady: @escaping @Sendable () -> UInt64 = { SteadyClock.milliseconds }) { self.steady = steady }

    // MARK: Answers

    /// By what an answer is known: the certificate and its issuer, by their bytes.
    static func name(_ certificate: OpaquePointer, _ issuer: OpaquePointer) -> [UInt8] {
        let certificate = unsafe derBytes { unsafe i2d_X509(certificate, $0) }
        let issuer = unsafe derBytes { unsafe i2d_X509(issuer, $0) }
        return unsafe sha256(certificate.span.bytes) + sha256(issuer.span.bytes)
    }

    /// What is known of a certificate now; nil if a responder is to be asked.
    func answer(_ name: [UInt8], at now: Int64) -> RevocationAnswer? {
        state.withLock { state in
            guard let answer = state.answers[name] else { return nil }
            // Before it was given: the clock was set.
            guard answer.from <= now, now < answer.until else {
                state.answers[name] = nil
                return nil
            }
            return answer.revocation
        }
    }

    /// Remembers an answer until the responder has another.
    ///
    /// - Parameter next: when that is; nil if it does not say, and nothing is remembered.
    func remember(_ revocation: RevocationAnswer, of name: [UInt8], next: Int64?, at now: Int64) {
        guard revocation != .unknown, let next, next > now else { return }
        let answer = Answer(revocation: revocation, from: now, until: min(next, now + Self.maximumLife))
        state.withLock { state in
            if state.answers.count >= Self.maximumAnswers {
                state.answers = state.answers.filter { $0.value.until > now }
                if state.answers.count >= Self.maximumAnswers { state.answers = [:] }
            }
            state.answers[name] = answer
        }
    }

    // MARK: Responders

    /// Whether a responder is to be asked now; ``note(_:didAnswer:)`` must follow a yes.
    func mayAsk(_ address: String) -> Bool {
        let now = steady()
        return state.withLock { state in
            guard let responder = state.responders[address], responder.failures >= Self.failures else { return true }
            guard responder.restsUntil <= now else { return false }
            // This one tries it.
            state.responders[address]?.restsUntil = now + Self.rest
            return true
        }
    }

    /// A responder has answered, with whatever, or has not.
    func note(_ address: String, didAnswer: Bool) {
        let now = steady()
        state.withLock { state in
            guard !didAnswer else {
                state.responders[address] = nil
                return
            }
            if state.responders.count >= Self.maximumResponders, state.responders[address] == nil {
                state.responders = [:]
            }
            state.responders[address, default: Responder()].failures += 1
            state.responders[address]?.restsUntil = now + Self.rest
        }
    }
}
