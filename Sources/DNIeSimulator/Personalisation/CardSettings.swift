import ClaveDomain

/// What is written in a card's `card.conf`: one `name = value` a line.
public struct CardSettings: Equatable, Sendable {
    /// Bytes of the file at most.
    static let maximumLength = 4096

    public let generation: CardGeneration
    public let person: CardPerson
    /// The chip's serial number.
    public let serial: [UInt8]
    /// The document's support number (IDESP), nine letters and digits.
    public let support: String
    public let pin: String
    /// The card access number, six digits.
    public let can: String

    /// Holds every value against its form.
    func check() throws(CardFolderError) {
        func consists(_ text: String, _ lengths: ClosedRange<Int>, _ holds: (UInt8) -> Bool) -> Bool {
            lengths.contains(text.utf8.count) && text.utf8.allSatisfy(holds)
        }
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        let isCapital = { (byte: UInt8) in isDigit(byte) || (65...90).contains(byte) }
        guard consists(pin, 8...16, { isCapital($0) || (97...122).contains($0) }) else {
            throw CardFolderError("a PIN is 8 to 16 letters and digits")
        }
        guard consists(can, 6...6, isDigit) else { throw CardFolderError("a CAN is six digits") }
        guard consists(support, 9...9, isCapital) else {
            throw CardFolderError("a support number is nine capital letters and digits")
        }
        guard serial.count == CardModel.serialLength else { throw CardFolderError("a serial number is seven bytes") }
    }
}

extension CardSettings {
    /// The file.
    var text: String {
        """
        # A virtual DNIe of clave-dnie-simulator. The person is made up: these are no secrets.
        generation = \(generation.rawValue)
        name = \(person.name)
        document = \(person.document.text)
        serial = \(hexadecimal(serial))
        support = \(support)
        pin = \(pin)
        can = \(can)

        """
    }

    /// Reads the file.
    init(reading text: String) throws(CardFolderError) {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
            guard parts.count == 2, values.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw CardFolderError("card.conf has a line that can't be read")
            }
        }
        func value(_ name: String) throws(CardFolderError) -> String {
            guard let value = values[name] else { throw CardFolderError("card.conf has no \(name)") }
            return value
        }
        guard let generation = try Int(value("generation")).flatMap(CardGeneration.init) else {
            throw CardFolderError("card.conf has no generation of 2 to 4")
        }
        self.generation = generation
        person = try CardPerson(name: value("name"), document: value("document"))
        guard let serial = try bytes(hexadecimal: value("serial")) else {
            throw CardFolderError("card.conf has no serial number")
        }
        self.serial = serial
        support = try value("support")
        pin = try value("pin")
        can = try value("can")
        try check()
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// The bytes of hexadecimal digits; nil for anything else.
func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
        guard digits[place] != UInt8(ascii: "+"), digits[place] != UInt8(ascii: "-"),
            let byte = UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(byte)
    }
    return bytes
}
