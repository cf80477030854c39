public import ClaveDomain

/// A person of the census: who may register, and where they live.
public struct CensusEntry: Equatable, Sendable {
    public let document: NationalDocument
    public let name: String
    public let datum: ContrastDatum
    /// Lines of the fiscal address.
    public let address: [String]
    /// "ca", "es", …
    public let language: String

    public init(
        document: NationalDocument, name: String, datum: ContrastDatum, address: [String], language: String
    ) {
        self.document = document
        self.name = name
        self.datum = datum
        self.address = address
        self.language = language
    }

    init?(_ row: any SQLRow) {
        guard let document = try? NationalDocument(parsing: row.text("document")) else { return nil }
        self.document = document
        name = row.text("name")
        guard let datum = try? ContrastDatum(kindName: row.text("datum_kind"), canonicalText: row.text("datum"))
        else { return nil }
        self.datum = datum
        address = Self.lines(row.text("address"))
        language = row.text("language")
    }

    /// Whether both live at the same address.
    public func hasAddress(of other: CensusEntry) -> Bool { addressText.utf8.elementsEqual(other.addressText.utf8) }

    /// An address as the table has it; an empty line of it makes no difference.
    fileprivate var addressText: String { address.filter { !$0.isEmpty }.joined(separator: "\n") }

    /// The lines of an address as the table has it.
    static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }
}

/// The tax census: who lives in Spain, registered or not.
public struct Census<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// The census.
    public var census: Census<Access> { Census(connection: connection) }
}

extension Census {
    /// The entry of a document.
    public func find(_ document: NationalDocument) throws(StoreError) -> CensusEntry? {
        try connection.first(
            "SELECT document, name, datum_kind, datum, address, language FROM census WHERE document = ?1",
            .text(document.text), decode: CensusEntry.init)
    }
}

extension Census<ReadWrite> {
    private static var insertion: String {
        """
        INSERT INTO census (document, name, datum_kind, datum, address, language)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (document)
        """
    }

    /// Adds an entry, or puts it in the place of the one of this document.
    public func put(_ entry: CensusEntry) throws(StoreError) {
        try insert(
            entry,
            """
            \(Self.insertion) DO UPDATE SET name = excluded.name, datum_kind = excluded.datum_kind,
            datum = excluded.datum, address = excluded.address, language = excluded.language
            """)
    }

    /// Adds an entry; false, and nothing is changed, if there is one of this document.
    @discardableResult
    public func addIfMissing(_ entry: CensusEntry) throws(StoreError) -> Bool {
        try insert(entry, "\(Self.insertion) DO NOTHING") == 1
    }

    @discardableResult
    private func insert(_ entry: CensusEntry, _ sql: String) throws(StoreError) -> Int {
        try connection.execute(
            sql, .text(entry.document.text), .text(entry.name), .text(entry.datum.kindName),
            .text(entry.datum.canonicalText), .text(entry.addressText), .text(entry.language))
    }

    /// Removes the entry of a document.
    public func remove(_ document: NationalDocument) throws(StoreError) {
        try connection.execute("DELETE FROM census WHERE document = ?1", .text(document.text))
    }
}
