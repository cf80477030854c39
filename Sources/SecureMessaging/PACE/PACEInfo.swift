import SmartCard

/// One way to run PACE that a card offers in EF.CardAccess (ICAO Doc 9303-11 section 9.2.1): elliptic curves, generic
/// mapping, version 2, standardized domain parameters.
public struct PACEInfo: Hashable, Sendable {
    /// The file's name in the master file.
    public static let fileIdentifier: UInt16 = 0x011C
    /// Bytes that the file has at most.
    public static let fileLimit = 4096
    /// Entries of all kinds that are looked at, at most.
    public static let entryLimit = 64

    /// What encrypts and authenticates.
    public let cipher: MessagingCipher
    public let curve: PACECurve

    /// Nil for 3DES, which is not taken for PACE.
    public init?(cipher: MessagingCipher, curve: PACECurve) {
        guard cipher != .tripleDES else { return nil }
        self.cipher = cipher
        self.curve = curve
    }

    private init(aes128 curve: PACECurve) {
        cipher = .aes128
        self.curve = curve
    }

    /// What is known of the DNIe, for a card whose file can't be read.
    public static let dnie = PACEInfo(aes128: .brainpool256)

    /// id-PACE-ECDH-GM (0.4.0.127.0.7.2.2.4.2); the cipher's number follows.
    private static let identifierStart: [UInt8] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02]

    private static let version: [UInt8] = [2]

    /// The protocol's identifier, 10 bytes.
    public var identifier: [UInt8] { Self.identifierStart + [cipher.rawValue] }

    /// The cipher of an identifier; nil if it is not one of those that are spoken here.
    static func cipher(ofIdentifier identifier: [UInt8]) -> MessagingCipher? {
        guard identifier.count == identifierStart.count + 1, identifier.starts(with: identifierStart),
            let cipher = MessagingCipher(rawValue: identifier.last ?? 0), cipher != .tripleDES
        else { return nil }
        return cipher
    }

    // MARK: EF.CardAccess

    /// What a card offers and this room speaks, the strongest first; what is not known is left out.
    ///
    /// - Parameter file: the whole EF.CardAccess; zeros may follow.
    /// - Returns: nil if the file is not a set of security infos.
    public static func offers(in file: [UInt8]) -> [PACEInfo]? {
        guard file.count <= fileLimit else { return nil }
        guard let objects = try? TLV.list(file, padded: true, strict: true), objects.count == 1, objects[0].tag == 0x31,
            let entries = try? objects[0].children(strict: true), entries.count <= entryLimit
        else { return nil }
        var offers = [PACEInfo]()
        for entry in entries {
            guard entry.tag == 0x30, let fields = try? entry.children(strict: true), (2...3).contains(fields.count),
                fields[0].tag == 0x06
            else { return nil }
            if let offer = PACEInfo(fields), !offers.contains(offer) { offers.append(offer) }
        }
        return offers.sorted { ($0.cipher.rawValue, $0.curve.fieldLength) > ($1.cipher.rawValue, $1.curve.fieldLength) }
    }

    /// Identifier, version 2, number of the domain parameters; nil for all else.
    private init?(_ fields: [TLV]) {
        guard fields.count == 3, let cipher = Self.cipher(ofIdentifier: fields[0].value),
            fields[1] == TLV(0x02, Self.version), fields[2].tag == 0x02, fields[2].value.count == 1,
            let curve = PACECurve(rawValue: fields[2].value[0])
        else { return nil }
        self.cipher = cipher
        self.curve = curve
    }

    /// The file of a card that offers that.
    public static func file(offering offers: [PACEInfo]) -> [UInt8] {
        let entries = offers.map { offer in
            TLV(0x30, [TLV(0x06, offer.identifier), TLV(0x02, version), TLV(0x02, [offer.curve.rawValue])])
        }
        return TLV(0x31, entries).bytes
    }
}
