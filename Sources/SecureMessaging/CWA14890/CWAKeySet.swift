import SecureMemory

/// What a secure channel is for: the last byte of the terminal certificate's authorisation.
public enum CWARole: UInt8, Equatable, Sendable {
    /// Reading and signing; on cards of the second generation the PIN too.
    case user = 0x02
    /// The PIN alone, on cards of the third generation.
    case pin = 0x08
}

/// How a card protects its messages.
public enum CWAGeneration: Equatable, Sendable {
    /// DNIe 1.0 and 2.0: one channel for all, codes of 4 bytes.
    case second
    /// DNIe 3.0 and 4.0: a channel for the PIN and one for the rest, codes of 8 bytes.
    case third

    /// What the version in a contact card's answer to reset says; without contact there is none, and it is the third.
    public init(atr: [UInt8]) {
        self = atr.count == 20 && atr[15] < 4 ? .second : .third
    }

    /// Bytes of a message's code.
    public var codeLength: Int { self == .second ? 4 : 8 }
}

/// A terminal's key with its certificate, as one channel needs it.
public struct CWATerminalKey: Equatable, Sendable {
    /// SN.IFD, 8 bytes.
    public var serial: [UInt8]
    /// The card-verifiable certificate.
    public var certificate: [UInt8]
    /// n, 128 bytes; e is 65537.
    public var modulus: [UInt8]
    /// d: no secret, see ``CWAKeySet/first``. A terminal's key that is one has no place here.
    public var publishedExponent: [UInt8]

    public init(serial: [UInt8], certificate: [UInt8], modulus: [UInt8], publishedExponent: [UInt8]) {
        self.serial = serial
        self.certificate = certificate
        self.modulus = modulus
        self.publishedExponent = publishedExponent
    }

    /// The key to work with; nil if the numbers can't be one.
    func privateKey() -> CWAPrivateKey? {
        guard let key = CWAPublicKey(modulus: modulus) else { return nil }
        return unsafe CWAPrivateKey(key, exponent: SecretBytes(copying: publishedExponent.span.bytes))
    }
}

/// All that one generation of cards wants of a terminal; each part can be replaced.
public struct CWAKeySet: Equatable, Sendable {
    /// Issues the terminal authority's certificate; the card has it.
    public var terminalRoot: CWAPublicKey
    /// Issues the card authority's certificate (file 6020); the same as ``terminalRoot`` in the DNIe.
    public var cardRoot: CWAPublicKey
    /// An organisational unit of that root's name, by which a card authority's certificate says which set it wants.
    public var cardRootName: String
    /// The terminal authority's card-verifiable certificate.
    public var authorityCertificate: [UInt8]
    /// The authority's name in the card, 8 bytes: the end of its certificate's holder.
    public var authorityReference: [UInt8]
    /// The terminal's keys, one for each channel.
    public var user: CWATerminalKey
    public var pin: CWATerminalKey
    /// The root key's reference in the card.
    public var rootReference: [UInt8] = [0x02, 0x0F]
    /// The card's own key's reference in the card.
    public var cardKeyReference: [UInt8] = [0x02, 0x1F]

    public init(
        root: CWAPublicKey, name: String, authorityCertificate: [UInt8], authorityReference: [UInt8],
        user: CWATerminalKey,
        pin: CWATerminalKey
    ) {
        terminalRoot = root
        cardRoot = root
        cardRootName = name
        self.authorityCertificate = authorityCertificate
        self.authorityReference = authorityReference
        self.user = user
        self.pin = pin
    }

    /// The terminal's key for a channel.
    public func key(for role: CWARole) -> CWATerminalKey { role == .user ? user : pin }

    /// The DNIe's set by the support number (IDESP, file 0006), as the government's driver chooses it: by plain order
    /// of the characters; an empty one is a new card.
    public static func forDNIe(supportNumber: [UInt8]) -> CWAKeySet {
        let firstOfSecond = Array("BMP100001".utf8)
        return !supportNumber.isEmpty && supportNumber.lexicographicallyPrecedes(firstOfSecond) ? .first : .second
    }
}
