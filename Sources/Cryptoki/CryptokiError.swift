import CP11Kit

/// Why a library or token did not do what was asked (PKCS #11 section 5.1).
public struct CryptokiError: Error, Equatable, CustomStringConvertible {
    /// What a caller tells apart.
    public enum Kind: Sendable {
        /// Nobody is logged in, or no longer.
        case notLoggedIn
        case wrongPIN
        /// Too many wrong ones: the token takes none any more, or its last try would be needed.
        case lockedPIN
        /// The token is not there, or is another one now.
        case gone
        case other
    }

    /// The function that failed, `C_Login`.
    public let function: String
    /// Its value, `CKR_…`.
    public let value: UInt

    init(_ function: String, _ value: UInt) {
        self.function = function
        self.value = value
    }

    /// Throws unless the value is `CKR_OK`.
    static func check(_ function: String, _ value: UInt) throws(CryptokiError) {
        guard value == CKR_OK else { throw CryptokiError(function, value) }
    }

    public var kind: Kind {
        switch value {
        case CKR_USER_NOT_LOGGED_IN: .notLoggedIn
        case CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE: .wrongPIN
        case CKR_PIN_LOCKED: .lockedPIN
        case CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,
            CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID, CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_RECOGNIZED,
            // Some libraries say so of a card that was taken out; and a session in the middle of something is of no use.
            CKR_DEVICE_ERROR, CKR_OPERATION_ACTIVE:
            .gone
        default: .other
        }
    }

    public var description: String {
        let words = unsafe p11_kit_strerror(value).map { unsafe String(cString: $0) }
        return "\(function): \(words ?? "error \(value)")"
    }
}
