public import ClaveDomain

/// Whose card it is: somebody made up.
public struct CardPerson: Equatable, Sendable {
    /// Bytes of each part of a name.
    private static let nameLimit = 60

    /// Given names, in capitals.
    public let given: String
    /// The first surname, in capitals.
    public let surname: String
    /// The second surname, in capitals; empty for none.
    public let second: String
    public let document: NationalDocument

    /// Reads `GIVEN/SURNAME` or `GIVEN/SURNAME/SECOND`, and a DNI.
    public init(name: String, document: String) throws(CardFolderError) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { $0.uppercased() }
        guard (2...3).contains(parts.count), parts.allSatisfy(Self.isName) else {
            throw CardFolderError("a name is GIVEN/SURNAME or GIVEN/SURNAME/SECOND, of at most 60 bytes each")
        }
        given = parts[0]
        surname = parts[1]
        second = parts.count == 3 ? parts[2] : ""
        guard let parsed = try? NationalDocument(parsing: document), parsed.kind == .dni else {
            throw CardFolderError("this is no DNI with its letter")
        }
        self.document = parsed
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= nameLimit
            && text.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || " '·-".unicodeScalars.contains($0) }
    }

    /// `SURNAME SECOND, GIVEN`.
    var listName: String { "\(surname)\(second.isEmpty ? "" : " \(second)"), \(given)" }

    /// As ``init(name:document:)`` reads it.
    public var name: String { [given, surname, second].filter { !$0.isEmpty }.joined(separator: "/") }
}
