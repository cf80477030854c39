import SecureMemory

/// What a new card is made of.
public struct CardOrder: Sendable {
    public var generation = CardGeneration.four
    public var person: CardPerson
    /// The document's support number; nil for one of the generation's.
    public var support: String?
    /// 8 to 16 letters and digits; nil for one made up.
    public var pin: String?
    /// Six digits; nil for some made up.
    public var can: String?

    /// An order for the newest generation.
    public init(person: CardPerson) {
        self.person = person
    }
}

/// A card that has just been made: everything of its folder but the counters.
struct IssuedCard {
    let settings: CardSettings
    let files: [[UInt16]: [UInt8]]
    /// By their names in the folder.
    let keys: [String: CardKey]
    /// What to believe in tests, in PEM, by its name in the folder's `trust`.
    let trust: [String: [UInt8]]
}

/// Makes cards.
enum CardIssue {
    /// From this support number on, chips are of the second root.
    private static let secondRoot = "BMP100001"

    static func make(_ order: CardOrder, moment: String) throws(CardFolderError) -> IssuedCard {
        let settings = try settings(order)
        let isOld = order.generation.isOld || settings.support < secondRoot
        let authorities = try TestAuthorities(isOld: isOld)
        let (authenticationKey, signatureKey) = (try TestAuthorities.personKey(), try TestAuthorities.personKey())
        let (chip, chipKey) = try authorities.issueChip(serial: settings.serial)
        let people = [
            try authorities.issue(to: order.person, key: authenticationKey, isSignature: false),
            try authorities.issue(to: order.person, key: signatureKey, isSignature: true),
            authorities.personIntermediate,
        ]
        var files = try directory(people, settings: settings, moment: moment)
        files[[0x601F]] = chip.der
        files[[0x6020]] = authorities.chipIntermediate.der
        return IssuedCard(
            settings: settings, files: files,
            keys: ["authentication": authenticationKey, "signature": signatureKey, "component": chipKey],
            trust: try trust(authorities))
    }

    private static func settings(_ order: CardOrder) throws(CardFolderError) -> CardSettings {
        let digits = { (count: Int) in String((0..<count).map { _ in Character("\(Int.random(in: 0...9))") }) }
        let settings = CardSettings(
            generation: order.generation, person: order.person, serial: [0x02] + randomBytes(6),
            support: order.support ?? (order.generation.isOld ? "AAA" : "CAA") + digits(6),
            pin: order.pin ?? "Test" + digits(6), can: order.can ?? digits(6))
        try settings.check()
        return settings
    }

    /// The files with text, lists and people's certificates.
    private static func directory(
        _ certificates: [TestCertificate], settings: CardSettings, moment: String
    ) throws(CardFolderError) -> [[UInt16]: [UInt8]] {
        func entry(_ label: String, _ letter: String, _ path: [UInt16]) -> PKCS15.Entry {
            PKCS15.Entry(label: label, identifier: letter + hexadecimal(settings.serial) + moment, path: path)
        }
        let keys = [
            entry("KprivAutenticacion", "A", [0x3F11, 0x0101]), entry("KprivFirmaDigital", "F", [0x3F11, 0x0102]),
        ]
        let places = [
            entry("CertAutenticacion", "A", [0x6061, 0x7001]), entry("CertFirmaDigital", "F", [0x6061, 0x7002]),
            entry("CertCAIntermediaDGP", "S", [0x6061, 0x7003]),
        ]
        var files: [[UInt16]: [UInt8]] = [
            [0x0006]: Array(settings.support.utf8), [0x2F03]: Array(version(settings.generation).utf8),
            [0x011C]: cardAccess, [0x5015, 0x5031]: PKCS15.objectDirectory,
            [0x5015, 0x5032]: PKCS15.tokenInformation(serial: settings.serial),
            [0x5015, 0x6005]: PKCS15.pinDirectory,
        ]
        var listed: [(PKCS15.Entry, TestCertificate, fileLength: Int)] = []
        for (entry, certificate) in zip(places, certificates) {
            guard let file = CompressedCertificate.compress(certificate.der) else {
                throw CardFolderError("a certificate is too long for the card")
            }
            files[entry.path] = file
            listed.append((entry, certificate, fileLength: file.count))
        }
        guard let keyList = PKCS15.privateKeys(keys), let certificateList = PKCS15.certificates(listed) else {
            throw CardFolderError("the names are too long for the card")
        }
        files[[0x5015, 0x6001]] = keyList
        files[[0x5015, 0x6004]] = certificateList
        return files
    }

    /// PACE-ECDH-GM-AES-CBC-CMAC-128 on brainpoolP256r1 (ICAO 9303-11 section 9.2.1).
    private static let cardAccess: [UInt8] =
        [0x31, 0x14, 0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02]
        + [0x02, 0x01, 0x02, 0x02, 0x01, 0x0D]

    private static func version(_ generation: CardGeneration) -> String {
        switch generation {
        case .two: "DNIe 01.13 B11 H 4C34 EXP 1-((4.2-5))"
        case .three, .four: "DNIe 04.21 H 0155 clave-dnie-simulator"
        }
    }

    /// The people's authorities, and the key of the chips' root: that is all that OpenSC and others know of the real one.
    private static func trust(_ authorities: TestAuthorities) throws(CardFolderError) -> [String: [UInt8]] {
        guard let root = authorities.personRoot.pem(), let intermediate = authorities.personIntermediate.pem(),
            let chipRoot = authorities.chipRootKey.publicPEM()
        else { throw CardFolderError("a certificate can't be written") }
        return ["root.pem": root, "intermediate.pem": intermediate, "component-root.pem": chipRoot]
    }
}
