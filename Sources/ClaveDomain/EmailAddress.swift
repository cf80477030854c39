/// An e-mail address to which a message can be sent: `local@domain`, in the dot-string form of RFC 5321 section 4.1.2.
public struct EmailAddress: Hashable, Sendable {
    /// The longest, in bytes (RFC 5321 section 4.5.3.1.3, without the brackets).
    public static let maximumLength = 254
    /// The longest part before the sign (section 4.5.3.1.1).
    private static let maximumLocal = 64
    private static let localSigns = Set("!#$%&'*+-/=?^_`{|}~".utf8)

    /// The address; the domain in small letters.
    public let text: String

    /// Reads an address as people type it. Quoted local parts, address literals and letters beyond ASCII are refused.
    ///
    /// - Throws: `malformedEmail` or `tooLong`.
    public init(parsing typed: String) throws(DomainError) {
        guard typed.utf8.count <= 2 * Self.maximumLength else { throw DomainError(.tooLong) }
        let bytes = Array(typed.utf8).trimmed
        guard bytes.count <= Self.maximumLength else { throw DomainError(.tooLong) }
        let parts = bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count <= Self.maximumLocal, Self.isDotted(parts[0], Self.isLocal),
            Self.isDomain(parts[1])
        else { throw DomainError(.malformedEmail) }
        let domain = parts[1].map { TypedText.isCapital($0) ? $0 + 32 : $0 }
        text = String(decoding: parts[0] + [UInt8(ascii: "@")] + domain, as: UTF8.self)
    }

    /// The first letter, stars and the domain: `a***@example.org`.
    public var masked: String {
        let parts = text.split(separator: "@")
        return "\(parts[0].prefix(1))***@\(parts[1])"
    }

    // MARK: Reading

    private static func isLocal(_ byte: UInt8) -> Bool { isLetterOrDigit(byte) || localSigns.contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        TypedText.isDigit(byte) || TypedText.isCapital(TypedText.capital(byte))
    }

    private static func isDotted(_ text: ArraySlice<UInt8>, _ isRight: (UInt8) -> Bool) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(isRight) }
    }

    /// Two labels or more, none of which begins or ends with a hyphen (RFC 1123 section 2.1).
    private static func isDomain(_ text: ArraySlice<UInt8>) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let labels = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
            }
    }
}

extension EmailAddress: CustomStringConvertible, CustomDebugStringConvertible {
    /// The masked form, so that a log line never holds the address.
    public var description: String { masked }

    /// The masked form, so that a log line never holds the address.
    public var debugDescription: String { masked }
}

extension [UInt8] {
    /// Without ASCII white space at its ends.
    fileprivate var trimmed: ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let start = firstIndex { !isSpace($0) } ?? endIndex
        let end = lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
        return self[start..<end]
    }
}
