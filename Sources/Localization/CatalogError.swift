/// Why bytes are not a catalog of messages.
public enum CatalogError: Error, Equatable, Sendable {
    /// More than `Catalog.maximumSize` bytes.
    case tooLarge
    /// The bytes end before the tables that the header announces do.
    case truncated
    /// The first word is not that of an MO file in either byte order.
    case wrongMagic
    /// A major revision other than 0 and 1.
    case unsupportedRevision
    /// More than `Catalog.maximumCount` messages.
    case tooManyMessages
    /// A string lies outside the file, or the strings overlap.
    case stringOutOfBounds
    /// No zero byte after a string.
    case unterminatedString
    /// A string that is not UTF-8, or a header that announces another charset.
    case notUTF8
}

extension CatalogError: CustomStringConvertible {
    /// One English sentence on what is wrong with the file.
    public var description: String {
        switch self {
        case .tooLarge: "The message catalog is larger than any real one."
        case .truncated: "The message catalog ends too early."
        case .wrongMagic: "The file is not a message catalog in MO format."
        case .unsupportedRevision: "The message catalog has an unknown revision of the MO format."
        case .tooManyMessages: "The message catalog announces more messages than any real one."
        case .stringOutOfBounds: "The message catalog points outside itself."
        case .unterminatedString: "The message catalog holds a string without end."
        case .notUTF8: "The message catalog is not in UTF-8."
        }
    }
}
