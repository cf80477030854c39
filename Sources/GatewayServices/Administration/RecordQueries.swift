public import ClaveDomain
public import GatewayStore

/// What operators see of people, their devices and letters.
public struct RecordQueries: Sendable {
    private let database: Database
    private let clock: Clock

    public init(_ database: Database, clock: Clock) {
        self.database = database
        self.clock = clock
    }

    // MARK: One person

    /// The file of a document; nil if nobody of it is registered.
    public func file(of document: NationalDocument) throws(StoreError) -> PersonFile? {
        try database.read { (tx) throws(StoreError) in
            try tx.citizens.find(document).map { (person) throws(StoreError) in try file(tx, person) }
        }
    }

    /// The file of a row number.
    public func file(id: Int64) throws(StoreError) -> PersonFile? {
        try database.read { (tx) throws(StoreError) in
            try tx.citizens.find(id: id).map { (person) throws(StoreError) in try file(tx, person) }
        }
    }

    /// Whether a person who signed in is still registered, as the same.
    public func isRegistered(_ login: Login) throws(StoreError) -> Bool {
        try database.read { (tx) throws(StoreError) in
            try tx.citizens.find(id: login.citizen)?.document == login.document
        }
    }

    private func file(_ tx: StoreTransaction<some StoreAccess>, _ person: Citizen) throws(StoreError) -> PersonFile {
        PersonFile(
            person: person,
            devices: try tx.devices.lines(of: person.id),
            letters: try letters(tx, of: person.document))
    }

    // MARK: Lists

    /// All people, by document.
    public func everybody() throws(StoreError) -> [Citizen] {
        try database.read { (tx) throws(StoreError) in try tx.citizens.all() }
    }

    /// People in the order of their documents, `limit` of them after the first `offset`.
    public func people(offset: Int, limit: Int) throws(StoreError) -> PeoplePage {
        try database.read { (tx) throws(StoreError) in
            PeoplePage(
                people: try tx.citizens.page(offset: offset, limit: limit), count: try tx.citizens.count())
        }
    }

    /// How many people are registered.
    public func count() throws(StoreError) -> Int {
        try database.read { (tx) throws(StoreError) in try tx.citizens.count() }
    }

    /// People of a document or phone, or with these signs in their name, at most `limit`.
    public func people(matching typed: String, limit: Int) throws(StoreError) -> [Citizen] {
        try database.read { (tx) throws(StoreError) in
            try tx.citizens.matching(
                try? NationalDocument(parsing: typed), try? PhoneNumber(parsing: typed), name: typed.uppercased(),
                limit: limit)
        }
    }

    /// Devices, the newest first.
    ///
    /// - Parameters:
    ///   - document: of whom; nil for everybody.
    ///   - isActive: only those that act.
    ///   - limit: how many; the newest.
    public func devices(
        of document: NationalDocument? = nil, isActive: Bool = false, limit: Int = 10_000_000
    ) throws(StoreError) -> [DeviceLine] {
        try database.read { (tx) throws(StoreError) in
            try tx.devices.lines(of: document, isActive: isActive, limit: limit)
        }
    }

    /// Letters, the newest first.
    ///
    /// - Parameters:
    ///   - document: to whom; nil for everybody.
    ///   - limit: how many.
    public func letters(
        of document: NationalDocument? = nil, limit: Int = Self.letterLimit
    ) throws(StoreError) -> [LetterLine] {
        try database.read { (tx) throws(StoreError) in try letters(tx, of: document, limit: limit) }
    }

    /// How many letters a list has at most.
    public static let letterLimit = 100_000

    private func letters(
        _ tx: StoreTransaction<some StoreAccess>, of document: NationalDocument?, limit: Int = Self.letterLimit
    ) throws(StoreError) -> [LetterLine] {
        let now = clock.now()
        return try tx.letters.list(to: document, limit: limit).map { LetterLine($0, at: now) }
    }
}
