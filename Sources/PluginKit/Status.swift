import ClavePluginABI

/// How a call ended: the numbers of `clave_plugin.h`.
public enum Status: Error, Equatable, Sendable {
    case cancelled
    case refused
    case unavailable
    case invalid
    case failed
    /// The credential can't serve, or what was begun is over; the person has been told why.
    case unusable
    /// It goes on another day.
    case pending

    /// Nil for `CLAVE_OK`.
    public init?(number: Int32) {
        switch Int(number) {
        case CLAVE_OK: return nil
        case CLAVE_CANCELLED: self = .cancelled
        case CLAVE_REFUSED: self = .refused
        case CLAVE_UNAVAILABLE: self = .unavailable
        case CLAVE_INVALID: self = .invalid
        case CLAVE_UNUSABLE: self = .unusable
        case CLAVE_PENDING: self = .pending
        default: self = .failed
        }
    }

    public var number: Int32 {
        switch self {
        case .cancelled: Int32(CLAVE_CANCELLED)
        case .refused: Int32(CLAVE_REFUSED)
        case .unavailable: Int32(CLAVE_UNAVAILABLE)
        case .invalid: Int32(CLAVE_INVALID)
        case .failed: Int32(CLAVE_FAILED)
        case .unusable: Int32(CLAVE_UNUSABLE)
        case .pending: Int32(CLAVE_PENDING)
        }
    }

    /// What a call returns: `CLAVE_OK` if `body` throws nothing.
    public static func of(_ body: () throws(Status) -> Void) -> Int32 {
        do throws(Status) {
            try body()
            return Int32(CLAVE_OK)
        } catch { return error.number }
    }
}
