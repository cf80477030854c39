public import SmartCard

/// The commands of PACE, in their order.
public enum PACEStep: Int, CaseIterable, Sendable {
    /// MSE:Set AT: which protocol, password and curve.
    case settings
    /// The encrypted nonce comes.
    case nonce
    /// Keys for the mapping are exchanged.
    case mapping
    /// Keys on the mapped generator are exchanged.
    case agreement
    /// Tokens prove that both have the same.
    case confirmation
}

/// Why no channel came about.
public enum PACEError: Error, Equatable, Sendable {
    /// The password is not the card's. The tries that are left, if the card says so.
    case wrongPassword(triesLeft: Int?)
    /// The card says no; the status.
    case refused(PACEStep, UInt16)
    /// What came has not the form that it must have.
    case malformed(PACEStep)
    /// The card's key is no point of the curve, is the one sent to it, or leads to the point at infinity.
    case badKey(PACEStep)
    /// This OpenSSL can't do it.
    case unsupported
    /// The card or the reader gave no answer.
    case card(CardError)

    /// Whether to forget the password. Cards say a wrong one in the last step alone, and not all by the status that the
    /// standard has for it.
    public var isAboutPassword: Bool {
        switch self {
        case .wrongPassword, .refused(.confirmation, _): true
        default: false
        }
    }
}
