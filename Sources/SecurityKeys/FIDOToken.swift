import AgentProtocol
import CFido2
import Glibc
import SSHKeys
import SecureMemory

/// A FIDO token that is plugged in, as libfido2 speaks with it.
@safe
final class FIDOToken {
    /// Tokens that are looked at.
    private static let maximumCount = 64
    /// How often tokens are asked whether one was touched, and for how many milliseconds each time.
    private static let touchRounds = 150
    private static let touchWait: Int32 = 200

    private let device: OpaquePointer

    private init?(_ information: OpaquePointer?) {
        guard let device = unsafe fido_dev_new_with_info(information) else { return nil }
        guard unsafe fido_dev_open_with_info(device) == FIDO_OK else {
            var device: OpaquePointer? = unsafe device
            unsafe fido_dev_free(&device)
            return nil
        }
        unsafe self.device = device
    }

    deinit {
        unsafe fido_dev_close(device)
        var device: OpaquePointer? = unsafe device
        unsafe fido_dev_free(&device)
    }

    /// Has the token that holds a key sign.
    static func sign(
        _ request: borrowing SecurityKeySign, _ key: PublicKey
    ) throws(TokenRefusal) -> SecurityKeySignature {
        fido_init(0)
        return try holder(of: key, request).sign(request, key)
    }

    // MARK: Finding the token

    private static func holder(
        of key: PublicKey, _ request: borrowing SecurityKeySign
    ) throws(TokenRefusal) -> FIDOToken {
        try TokenChoice.holder(
            of: plugged(), carriesPIN: request.pin.count > 0,
            knows: { token throws(TokenRefusal) in try token.knows(key, request) }, touched: touched)
    }

    private static func plugged() -> [FIDOToken] {
        var list = unsafe fido_dev_info_new(maximumCount)
        defer { unsafe fido_dev_info_free(&list, maximumCount) }
        var count = 0
        guard unsafe fido_dev_info_manifest(list, maximumCount, &count) == FIDO_OK else { return [] }
        return (0..<count).compactMap { unsafe FIDOToken(fido_dev_info_ptr(list, $0)) }
    }

    /// Whether the token says, untouched, that the key is one of its.
    private func knows(_ key: PublicKey, _ request: borrowing SecurityKeySign) throws(TokenRefusal) -> Bool {
        let assertion = try Assertion(key, request, message: [UInt8](repeating: 0, count: 32))
        try assertion.set(presence: false)
        let code = unsafe assertion.make(by: device, pin: nil)
        return code == FIDO_OK || code == FIDO_ERR_USER_PRESENCE_REQUIRED || code == FIDO_ERR_UP_REQUIRED
    }

    /// The token that the person touches.
    private static func touched(_ tokens: [FIDOToken]) throws(TokenRefusal) -> FIDOToken {
        var waiting = tokens.filter { unsafe fido_dev_get_touch_begin($0.device) == FIDO_OK }
        for _ in 0..<touchRounds where !waiting.isEmpty {
            for token in waiting {
                var isTouched: Int32 = 0
                if unsafe fido_dev_get_touch_status(token.device, &isTouched, touchWait) != FIDO_OK {
                    waiting.removeAll { $0 === token }
                } else if isTouched != 0 {
                    for other in waiting where other !== token { unsafe fido_dev_cancel(other.device) }
                    return token
                }
            }
        }
        throw TokenRefusal(.tokenGone, "nobody touched one of the tokens")
    }

    // MARK: Signing

    private func sign(
        _ request: borrowing SecurityKeySign, _ key: PublicKey
    ) throws(TokenRefusal) -> SecurityKeySignature {
        let flags = SecurityKeySecret.Flags(rawValue: request.flags)
        let assertion = try Assertion(key, request, message: request.data)
        try assertion.set(presence: flags.contains(.presence))
        if flags.contains(.verification), request.pin.count == 0 {
            guard unsafe fido_dev_has_uv(device) else { throw TokenRefusal(.pinNeeded) }
            try assertion.requireVerification()
        }
        let device = unsafe device
        let code = try unsafe withCString(request.pin) { pin in unsafe assertion.make(by: device, pin: pin) }
        guard code == FIDO_OK else { throw Self.refusal(code) }
        return try assertion.signature(by: key)
    }

    private static func refusal(_ code: Int32) -> TokenRefusal {
        let outcome: ProviderOutcome =
            switch code {
            case FIDO_ERR_PIN_INVALID: .wrongPIN
            case FIDO_ERR_PIN_REQUIRED, FIDO_ERR_OPERATION_DENIED, FIDO_ERR_UV_BLOCKED, FIDO_ERR_UV_INVALID:
                .pinNeeded
            case FIDO_ERR_PIN_BLOCKED, FIDO_ERR_PIN_AUTH_BLOCKED: .pinLocked
            default: .failed
            }
        return TokenRefusal(outcome, unsafe String(cString: fido_strerr(code)))
    }
}

/// One assertion of libfido2's: what is to be signed, and what the token gave.
@safe
private final class Assertion {
    private let assertion: OpaquePointer

    init(
        _ key: PublicKey, _ request: borrowing SecurityKeySign, message: [UInt8]
    ) throws(TokenRefusal) {
        guard let made = unsafe fido_assert_new() else { throw TokenRefusal(.failed, "libfido2 has no memory") }
        unsafe assertion = made
        try Self.check(unsafe fido_assert_set_clientdata(made, message, message.count))
        try Self.check(unsafe fido_assert_set_rp(made, key.application ?? ""))
        let code = request.handle.withBytes { handle in
            unsafe handle.withUnsafeBytes { handle in
                unsafe fido_assert_allow_cred(
                    made, handle.assumingMemoryBound(to: UInt8.self).baseAddress, handle.count)
            }
        }
        try Self.check(code)
    }

    deinit {
        var assertion: OpaquePointer? = unsafe assertion
        unsafe fido_assert_free(&assertion)
    }

    private static func check(_ code: Int32) throws(TokenRefusal) {
        guard code == FIDO_OK else { throw TokenRefusal(.failed, unsafe String(cString: fido_strerr(code))) }
    }

    /// Whether the token is to wait for a touch.
    func set(presence: Bool) throws(TokenRefusal) {
        try Self.check(unsafe fido_assert_set_up(assertion, presence ? FIDO_OPT_TRUE : FIDO_OPT_FALSE))
    }

    /// The token is to make sure itself that it is the person, by a finger.
    func requireVerification() throws(TokenRefusal) {
        try Self.check(unsafe fido_assert_set_uv(assertion, FIDO_OPT_TRUE))
    }

    /// Asks the token; libfido2's code.
    func make(by device: OpaquePointer, pin: UnsafePointer<CChar>?) -> Int32 {
        unsafe fido_dev_get_assert(device, assertion, pin)
    }

    /// What the token gave.
    func signature(by key: PublicKey) throws(TokenRefusal) -> SecurityKeySignature {
        let count = unsafe fido_assert_sig_len(assertion, 0)
        guard unsafe fido_assert_count(assertion) > 0, count <= KeyLimits.signature,
            let start = unsafe fido_assert_sig_ptr(assertion, 0)
        else { throw TokenRefusal(.failed, "the token gave no signature") }
        let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
        return unsafe SecurityKeySignature(
            key.algorithm == .ed25519SK ? .ed25519(bytes) : .der(bytes), flags: fido_assert_flags(assertion, 0),
            counter: fido_assert_sigcount(assertion, 0))
    }
}
