import CLinux
import Glibc
public import Posix

/// A card on the disk: `card.conf`, its counters in `state`, its files, keys and authorities.
///
/// `card.conf` is written last: a folder without it is no card, and `init` may begin again there.
public struct CardFolder: Sendable {
    /// Bytes of a key's file at most.
    private static let keyLimit = 16_384

    public let path: String

    public init(_ path: String) {
        self.path = path
    }

    // MARK: Making

    /// Makes a card; a folder that has one is refused.
    public func create(_ order: CardOrder) throws {
        guard unsafe access("\(path)/card.conf", F_OK) != 0 else { throw CardFolderError("\(path) has a card already") }
        let card = try CardIssue.make(order, moment: Self.moment())
        for folder in ["files", "keys", "trust"] { try Files.makeFolder("\(path)/\(folder)") }
        for (place, content) in card.files {
            try Files.replace("\(path)/files/\(Self.name(place))", with: content)
        }
        for (name, key) in card.keys {
            guard let text = key.pem() else { throw CardFolderError("a key can't be written") }
            try Files.replace("\(path)/keys/\(name).pem", with: text)
        }
        for (name, text) in card.trust { try Files.replace("\(path)/trust/\(name)", with: text, mode: 0o644) }
        try keep(CardMemory.Counters())
        try Files.replace("\(path)/card.conf", with: Array(card.settings.text.utf8))
    }

    /// Year, month, day and time, as the identifiers of keys end.
    private static func moment() -> String {
        var now = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 15)
        unsafe strftime(&text, text.count, "%Y%m%d%H%M%S", &parts)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `5015-6001`.
    private static func name(_ place: [UInt16]) -> String {
        place.map { hexadecimal([UInt8($0 >> 8), UInt8($0 & 0xFF)]) }.joined(separator: "-")
    }

    // MARK: Reading

    /// What `card.conf` says.
    public func settings() throws -> CardSettings {
        do {
            let bytes = try Files.read("\(path)/card.conf", limit: CardSettings.maximumLength)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CardFolderError("card.conf is no text")
            }
            return try CardSettings(reading: text)
        } catch let error as SystemError where error.number == ENOENT {
            throw CardFolderError("\(path) has no card; make one: clave-dnie-simulator init \(path)")
        }
    }

    /// The card.
    ///
    /// - Parameter hasOpenCertificates: whether those of the second generation are read without the PIN too. It is not
    ///   known of which cards that is so.
    public func model(hasOpenCertificates: Bool = false) throws -> CardModel {
        let settings = try settings()
        return CardModel(
            generation: settings.generation, serial: settings.serial, support: settings.support, can: settings.can,
            pin: Array(settings.pin.utf8),
            files: try files(needPIN: settings.generation.isOld && !hasOpenCertificates),
            keys: [1: try key("authentication"), 2: try key("signature")], componentKey: try key("component"))
    }

    /// A private key by its name: `authentication`, `signature`, or the chip's, `component`.
    public func key(_ name: String) throws -> CardKey {
        guard let key = CardKey(pem: try Files.read("\(path)/keys/\(name).pem", limit: Self.keyLimit)) else {
            throw CardFolderError("keys/\(name).pem is no RSA key")
        }
        return key
    }

    private static let plain: [[UInt16]] = [
        [0x0006], [0x2F03], [0x011C], [0x601F], [0x6020], [0x5015, 0x5031], [0x5015, 0x5032], [0x5015, 0x6001],
        [0x5015, 0x6004], [0x5015, 0x6005],
    ]
    private static let certificates: [[UInt16]] = [[0x6061, 0x7001], [0x6061, 0x7002], [0x6061, 0x7003]]

    private func files(needPIN: Bool) throws -> [[UInt16]: CardFile] {
        var files: [[UInt16]: CardFile] = [
            [CardFile.pinIdentifier]: CardFile(.key), [0x5015]: CardFile(.folder), [0x6061]: CardFile(.folder),
            [0x3F11]: CardFile(.folder), [0x3F11, 0x0101]: CardFile(.key), [0x3F11, 0x0102]: CardFile(.key),
        ]
        for place in Self.plain { files[place] = CardFile(.plain, try content(place)) }
        for place in Self.certificates {
            files[place] = CardFile(.certificate, try content(place), needsPIN: needPIN)
        }
        return files
    }

    private func content(_ place: [UInt16]) throws(SystemError) -> [UInt8] {
        try Files.read("\(path)/files/\(Self.name(place))", limit: CardFile.maximumLength)
    }

    // MARK: Ownership

    /// Keeps every other process from the card's counters while the descriptor lives.
    public func claim() throws -> Descriptor {
        let file = try Descriptor.open("\(path)/lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        let number = file.number
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { throw CardFolderError("\(path) is in use") }
            throw SystemError("flock \(path)/lock")
        }
        return file
    }
}
