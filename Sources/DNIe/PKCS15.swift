import SmartCard

/// What a card's directory files say (PKCS#15 v1.1 section 6; the DNIe has its own additions and paddings).
enum PKCS15 {
    /// The most objects of one list.
    static let objectLimit = 16
    /// Who has issued a card that is a DNIe.
    static let manufacturer = Array("DGP-FNMT".utf8)

    /// A key or a certificate of a list.
    struct Entry: Equatable {
        let label: String
        /// Key and certificate with the same one belong together.
        let identifier: [UInt8]
        /// From the master file down.
        let path: [UInt16]
    }

    /// Where the lists of private keys and of certificates are, below the application's folder.
    static func directories(_ file: [UInt8]) -> (keys: UInt16, certificates: UInt16)? {
        guard let objects = try? TLV.list(file, padded: true), objects.count <= objectLimit,
            let keys = objects.first(where: { $0.tag == 0xA0 }).flatMap(reference),
            let certificates = objects.first(where: { $0.tag == 0xA4 }).flatMap(reference)
        else { return nil }
        return (keys, certificates)
    }

    /// The last identifier of the path of a list: `[n] { SEQUENCE { OCTET STRING path } }`.
    private static func reference(_ object: TLV) -> UInt16? {
        guard let sequence = try? object.child(0x30), let path = try? sequence.child(0x04) else { return nil }
        return Self.path(path.value)?.last
    }

    /// Whether the file that describes the token is a DNIe's.
    static func isDNIe(_ tokenInformation: [UInt8]) -> Bool {
        guard let sequence = try? TLV.list(tokenInformation, padded: true).first, sequence.tag == 0x30,
            let name = try? sequence.child(0x0C)
        else { return false }
        return name.value == manufacturer
    }

    /// The keys or certificates of a list; nil for what is none. What else an entry says is not needed.
    static func entries(_ file: [UInt8]) -> [Entry]? {
        guard let objects = try? TLV.list(file, padded: true), objects.count <= objectLimit else { return nil }
        var entries = [Entry]()
        for object in objects {
            guard object.tag == 0x30, let entry = entry(object) else { return nil }
            entries.append(entry)
        }
        return entries
    }

    /// The bytes of a list's objects, without the zeros behind them; nil if not all objects are there yet.
    static func listLength(_ bytes: [UInt8]) -> Int? {
        var place = 0
        while place < bytes.count {
            if bytes[place] == 0 { return place }
            guard let length = CardFiles.objectLength(Array(bytes[place...].prefix(4))) else { return nil }
            place += length
        }
        return nil
    }

    /// `SEQUENCE { SEQUENCE { label, … }, SEQUENCE { identifier, … }, …, [1] { SEQUENCE { SEQUENCE { path, … }, … } } }`;
    /// some cards leave the first one empty.
    private static func entry(_ object: TLV) -> Entry? {
        guard let parts = try? object.children(), parts.count >= 3, parts[0].tag == 0x30, parts[1].tag == 0x30,
            let identifier = try? parts[1].child(0x04), let own = parts.first(where: { $0.tag == 0xA1 }),
            let value = try? own.child(0x30), let place = try? value.child(0x30), let path = try? place.child(0x04),
            let identifiers = Self.path(path.value)
        else { return nil }
        let label = (try? parts[0].child(0x0C)).map { String(decoding: $0.value, as: UTF8.self) } ?? ""
        return Entry(label: label, identifier: identifier.value, path: identifiers)
    }

    /// Two bytes for each step, at most eight steps; a master file at the beginning is left out.
    private static func path(_ bytes: [UInt8]) -> [UInt16]? {
        guard (2...16).contains(bytes.count), bytes.count % 2 == 0 else { return nil }
        let steps = stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return steps.first == 0x3F00 ? Array(steps.dropFirst()) : steps
    }
}
