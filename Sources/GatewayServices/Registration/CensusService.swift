public import ClaveDomain
public import GatewayStore

/// The census: people who are not registered, and where letters reach them.
public struct CensusService: Sendable {
    private let database: Database

    public init(_ database: Database) { self.database = database }

    /// Adds a person to the census, or changes their entry. A letter that went to another address is void: who lives there
    /// now is not who it was for.
    ///
    /// - Parameter address: lines of the fiscal address.
    public func add(
        _ document: NationalDocument, name: FullName, datum: ContrastDatum, address: [String], language: String
    ) throws(StoreError) {
        let entry = CensusEntry(
            document: document, name: name.text, datum: datum, address: address, language: language)
        try database.write { (tx, _) throws(StoreError) in
            if let former = try tx.census.find(document), !former.hasAddress(of: entry) {
                try tx.letters.voidPrinted(of: document)
            }
            try tx.census.put(entry)
        }
    }

    /// The entry of who was asked for, if the datum is theirs. Unknown document and wrong datum are the same nil.
    public func entry(
        _ tx: StoreTransaction<some StoreAccess>, of asked: ClaimedPerson
    ) throws(StoreError) -> CensusEntry? {
        guard let found = try tx.census.find(asked.document), found.datum == asked.datum else { return nil }
        return found
    }
}
