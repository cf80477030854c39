/// A file of the card, and how it describes itself when it is selected.
public struct CardFile: Equatable, Sendable {
    /// The kinds of files, by their byte in the description.
    public enum Kind: UInt8, Sendable {
        case plain = 0x01
        /// A private key or the PIN, which can't be read.
        case key = 0x15
        /// A certificate, compressed.
        case certificate = 0x24
        case folder = 0x38
    }

    /// Bytes that a file has at most: READ BINARY can't address more.
    public static let maximumLength = 32_767

    public let kind: Kind
    /// Empty for folders and keys.
    public let content: [UInt8]
    /// Whether it is read after the PIN only.
    public let needsPIN: Bool

    /// A file.
    ///
    /// - Precondition: the content is no longer than ``maximumLength``.
    public init(_ kind: Kind, _ content: [UInt8] = [], needsPIN: Bool = false) {
        precondition(content.count <= Self.maximumLength)
        self.kind = kind
        self.content = content
        self.needsPIN = needsPIN
    }

    /// The name by which the master file is selected.
    static let masterName = Array("Master.File".utf8)
    /// The PIN's file, which has the key's kind but no key's attributes.
    static let pinIdentifier: UInt16 = 0x0000
    /// The size that a key's file gives.
    private static let keySize: UInt16 = 0x0100

    /// The file control information (ISO/IEC 7816-4 section 5.3.3), in the DNIe's own form.
    ///
    /// - Parameter path: the file's identifiers from the master file down; empty for that itself.
    func description(at path: [UInt16]) -> [UInt8] {
        let identifier = path.last ?? 0x3F00
        let isKey = kind == .key && identifier != Self.pinIdentifier
        let size = isKey ? Self.keySize : UInt16(content.count)
        let name = path.isEmpty ? [0x84, UInt8(Self.masterName.count)] + Self.masterName : []
        var own: [UInt8] = [kind.rawValue] + Self.bytes(identifier) + Self.bytes(size)
        own += [needsPIN ? 0x10 : 0x00, 0xFF, 0xFF, 0x00, 0xFF]
        if isKey { own += [0, 0, 0] }
        let body = name + [0x85, UInt8(own.count)] + own
        return [0x6F, UInt8(body.count)] + body
    }

    private static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }
}
