public import SecureMemory
import SecureMessaging
public import SmartCard

/// A DNIe in a reader, for one operation: by contact or over the air.
///
/// In the order in which a card wants it: ``openAir(can:)`` over the air, ``load(_:)``, ``beginPIN()``, ``verify(_:)``,
/// ``sign(_:for:)``. Nothing is tried twice but what the caller asks for twice.
public final class DNIeCard {
    /// Whether it is read over the air.
    public let isContactless: Bool
    /// What the card is; ``load(_:)`` makes it.
    public private(set) var contents: CardContents?
    /// Whether the card's own certificates are of a root that the settings add: a card of a simulator's.
    public private(set) var isTestCard = false

    let generation: CWAGeneration
    public let settings: DNIeSettings
    /// The reader.
    let lower: any CardChannel
    /// What commands go through now.
    var channel: any CardChannel
    /// What is being done, for whoever shows it.
    let tell: (DNIeStage) -> Void
    var identity: CWACardIdentity?
    /// The key that the card's environment is set to.
    var chosenKey: UInt16?
    private var cache: CardCache?

    /// A card that has just got power.
    ///
    /// - Parameters:
    ///   - lower: the reader, which nobody else uses meanwhile.
    ///   - atr: what the card has said.
    ///   - tell: hears of each stage as it begins.
    /// - Throws: ``DNIeError/notUsable(_:)``.
    public init(
        over lower: any CardChannel, atr: ATR?, settings: DNIeSettings = DNIeSettings(),
        tell: @escaping (DNIeStage) -> Void = { _ in }
    ) throws(DNIeError) {
        let kind = atr.map { CardKind($0) } ?? .unknown
        guard kind.isUsable else { throw .notUsable(kind) }
        isContactless = kind == .contactlessCandidate
        generation = kind == .generation2 ? .second : .third
        (self.lower, channel, self.settings, self.tell) = (lower, lower, settings, tell)
    }

    /// Opens the channel over the air by the card access number.
    ///
    /// - Throws: ``DNIeError/wrongCAN`` if it is not the card's; another may be tried.
    public func openAir(can: borrowing SecretBytes) throws(DNIeError) {
        tell(.pace)
        guard let password = PACEPassword(can: can.copy()) else { throw .wrongCAN }
        let info = try cardAccess()
        do throws(PACEError) { channel = try PACETerminal.open(over: lower, info, with: password) } catch {
            if error.isAboutPassword { throw .wrongCAN }
            switch error {
            case .card(let error): throw DNIeError(error, .pace)
            case .refused(_, let status): throw .refused(.pace, status)
            case .malformed: throw .malformed(.pace)
            case .badKey: throw .notAuthentic(.pace)
            case .unsupported, .wrongPassword: throw .failed(.pace, "PACE can't be run here")
            }
        }
    }

    /// Opens the channel over the air once more, after a signature has ended it.
    public func reopenAir(can: borrowing SecretBytes) throws(DNIeError) {
        (channel, chosenKey) = (lower, nil)
        // In plain, which the card refuses, and forgets its keys.
        _ = try? lower.transmit(CardFiles.selectMaster)
        try openAir(can: can)
    }

    /// What the card offers for the channel, or what is known of all, where it does not say.
    private func cardAccess() throws(DNIeError) -> PACEInfo {
        let files = CardFiles(lower, isProtected: false, stage: .pace)
        do {
            try files.select(PACEInfo.fileIdentifier)
            return PACEInfo.offers(in: try files.readObject())?.first ?? .dnie
        } catch {
            guard case .refused = error else { throw error }
            return .dnie
        }
    }

    // MARK: Files

    /// Finds out what card it is: from the cache if it is known, else from its files.
    ///
    /// - Throws: ``DNIeError/notDNIe``, or ``DNIeError/notAuthentic(_:)`` if its own certificates are of no known root.
    @discardableResult
    public func load(_ cache: CardCache? = nil) throws(DNIeError) -> CardContents {
        guard !isContactless || channel !== lower else { throw .needsCAN }
        tell(.identity)
        self.cache = cache
        let serial = try serial()
        if let known = cache?.contents(of: serial), !known.hasExpired(now: settings.now), identify(known) {
            contents = known
            return known
        }
        let read = try read(serial)
        guard identify(read) else { throw .notAuthentic(.identity) }
        contents = read
        keep()
        return read
    }

    /// Reads the certificates that the card has shown to nobody without a PIN.
    func complete() throws(DNIeError) {
        guard var contents, !contents.isComplete else { return }
        try readCertificates(&contents)
        guard contents.isComplete else { throw .needsPIN }
        self.contents = contents
        keep()
    }

    /// Keeps what was read, if it is all and there is something to sign with: else it is read again next time.
    private func keep() {
        guard let contents, contents.isComplete, contents.hasKey else { return }
        cache?.keep(contents)
    }

    /// What was kept of the card is not so any more: its certificates were renewed.
    func forgetKept() {
        if let contents { cache?.forget(contents.serial) }
    }

    private func serial() throws(DNIeError) -> [UInt8] {
        let answer = try files(.identity).transmit(CommandAPDU(0x90, 0xB8, 0, 0, expected: 7))
        guard answer.isSuccess else { throw isContactless ? .notDNIe : .refused(.identity, answer.status) }
        guard answer.data.count == 7 else { throw .malformed(.identity) }
        return answer.data
    }

    /// Whether the card's own certificates are of a root: of real cards, or of those that the settings add.
    private func identify(_ contents: CardContents) -> Bool {
        let real: [CWAKeySet] = [.second, .first]
        let terminal = CWATerminal(CWASettings(generation: generation), keySets: real + settings.testKeySets)
        identity = terminal.identity(
            serial: contents.serial, intermediate: contents.intermediate, component: contents.component)
        guard let identity else { return false }
        isTestCard = !real.contains(identity.keySet)
        return true
    }

    func files(_ stage: DNIeStage) -> CardFiles {
        CardFiles(channel, isProtected: channel !== lower, stage: stage)
    }
}

extension CardKind {
    /// Whether there is something to do with such a card.
    public var isUsable: Bool {
        switch self {
        case .generation2, .generation3, .contactlessCandidate: true
        default: false
        }
    }
}
