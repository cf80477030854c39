import SecureMemory
import SmartCard

/// How far a terminal has come with a card.
struct CWACardHandshake: ~Copyable {
    /// Whose key verifies the next certificate.
    private enum Verifier: Equatable {
        case root
        case authority
    }

    private static let done: UInt16 = 0x9000
    private static let wrongOrder: UInt16 = 0x6985
    private static let wrongData: UInt16 = 0x6A80
    private static let unknownReference: UInt16 = 0x6A88

    private var verifier: Verifier?
    private var authority: CWACertificate?
    private(set) var terminal: CWACertificate?
    private var hasPair = false
    private var terminalChallenge: [UInt8]?
    private var ownChallenge: [UInt8]?
    private var isOffered = false
    private var half: SecretBytes?

    /// Whether the card has proved who it is, and its challenge is out.
    var isChallenged: Bool { isOffered && half != nil }

    /// The key that the next certificate is verified with: the root's, or the authority's once its certificate is.
    mutating func selectKey(_ data: [UInt8], _ keySet: CWAKeySet) -> UInt16 {
        guard let objects = try? TLV.list(data, strict: true), objects.count == 1, objects[0].tag == 0x83 else {
            return Self.wrongData
        }
        if objects[0].value == keySet.rootReference {
            self = CWACardHandshake()
            verifier = .root
        } else if let authority, objects[0].value == authority.reference {
            verifier = .authority
        } else {
            return Self.unknownReference
        }
        return Self.done
    }

    /// PSO VERIFY CERTIFICATE.
    mutating func verify(_ certificate: [UInt8], _ keySet: CWAKeySet) -> UInt16 {
        defer { verifier = nil }
        switch verifier {
        case nil: return Self.wrongOrder
        case .root:
            let opened = CWACertificate(certificate, issuedBy: keySet.terminalRoot)
            guard let opened, opened.profile == .authority else { return Self.wrongData }
            authority = opened
        case .authority:
            guard let authority else { return Self.wrongOrder }
            let opened = CWACertificate(certificate, issuedBy: authority.key, named: authority.reference)
            guard let opened, opened.role != nil else { return Self.wrongData }
            terminal = opened
        }
        return Self.done
    }

    /// The keys of both sides' authentication.
    mutating func selectPair(_ data: [UInt8], _ keySet: CWAKeySet) -> UInt16 {
        guard let objects = try? TLV.list(data, strict: true), objects.map(\.tag) == [0x83, 0x84] else {
            return Self.wrongData
        }
        guard let terminal else { return Self.wrongOrder }
        guard objects[0].value == terminal.holder, objects[1].value == keySet.cardKeyReference else {
            return Self.unknownReference
        }
        hasPair = true
        return Self.done
    }

    /// INTERNAL AUTHENTICATE: the card's proof; nil if it is not its turn.
    mutating func proveCard(
        _ data: [UInt8], _ key: borrowing CWAPrivateKey, _ randoms: consuming CWARandoms
    ) -> ResponseAPDU? {
        guard hasPair, let terminal, terminalChallenge == nil else { return nil }
        guard data.count == 16, Array(data[8...]) == terminal.reference,
            let message = CWAMessage.seal(randoms, answering: data, by: key, for: terminal.key)
        else { return ResponseAPDU(status: Self.wrongData) }
        terminalChallenge = Array(data[..<8])
        ownChallenge = randoms.challenge
        half = randoms.key.copy()
        return ResponseAPDU(data: message, status: Self.done)
    }

    /// GET CHALLENGE within the handshake; nil outside it.
    mutating func challenge() -> [UInt8]? {
        guard let ownChallenge, !isOffered else { return nil }
        isOffered = true
        return ownChallenge
    }

    /// EXTERNAL AUTHENTICATE: the session, if the message is the terminal's and answers this card's challenge.
    borrowing func session(
        _ message: [UInt8], serial: [UInt8], _ key: borrowing CWAPrivateKey, _ generation: CWAGeneration
    ) -> CWASession? {
        guard isChallenged, let terminal, let terminalChallenge, let ownChallenge,
            let other = CWAMessage.open(message, answering: ownChallenge + serial, by: terminal.key, for: key)
        else { return nil }
        return CWASession(
            half!, other, card: ownChallenge, terminal: terminalChallenge, generation: generation)
    }
}
