/// How the agent keeps which card a key is on: `dnie:` and the chip's serial number, `/signature` for that key, and behind
/// a `#`, which is shown to nobody, the card access number if the person wants it kept.
public struct CardReference: Equatable, Sendable {
    private static let scheme = "dnie:"
    private static let numberName = "can="
    private static let signatureName = "/signature"

    /// The chip's serial number in hexadecimal digits, 14 of them.
    public let serial: String
    /// The key.
    public let purpose: CardContents.Purpose
    /// Six digits; nil if the number is asked for each time.
    public let can: String?

    public init(serial: String, _ purpose: CardContents.Purpose, can: String?) {
        (self.serial, self.purpose, self.can) = (serial, purpose, can)
    }

    /// Reads a reference; nil for what is none.
    public init?(_ text: String) {
        guard text.hasPrefix(Self.scheme) else { return nil }
        let parts = text.dropFirst(Self.scheme.count).split(
            separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        purpose = parts[0].hasSuffix(Self.signatureName) ? .signature : .authentication
        serial = String(purpose == .signature ? parts[0].dropLast(Self.signatureName.count) : parts[0])
        guard serial.utf8.count == 14, serial.utf8.allSatisfy(Self.isDigit) else { return nil }
        guard parts.count == 2 else {
            can = nil
            return
        }
        guard parts[1].hasPrefix(Self.numberName) else { return nil }
        let digits = String(parts[1].dropFirst(Self.numberName.count))
        guard digits.utf8.count == 6, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        can = digits
    }

    /// Of a serial number: in the form in which it is compared.
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) }

    public var text: String {
        Self.scheme + serial + (purpose == .signature ? Self.signatureName : "")
            + (can.map { "#" + Self.numberName + $0 } ?? "")
    }
}
