import ClaveDomain
import GatewayStore

/// What operators see of people, their devices and letters.
extension GatewayServices {
    /// All that is known of a person but the contrast datum's value.
    struct PersonFile: Equatable, Sendable {
        let person: Citizen
        let devices: [DeviceLine]
        let letters: [LetterLine]
    }

    /// A letter; its code is not known to anybody here.
    struct LetterLine: Equatable, Sendable {
        let number: Int64
        let document: String
        let state: LetterState
        /// Whether it is live, but its time is over.
        let isExpired: Bool
        /// Seconds since 1970; when it was asked for, when it was printed (0: not yet), until when it is good.
        let sentAt: Int64
        let printedAt: Int64
        let expiresAt: Int64

        fileprivate init(_ letter: LetterRecord, at now: Int64) {
            number = letter.number
            document = letter.document
            state = letter.state
            isExpired = letter.isExpired(at: now)
            sentAt = letter.sentAt
            printedAt = letter.printedAt
            expiresAt = letter.expiresAt
        }

        /// The state in one word.
        var word: String { isExpired ? "expired" : state == .live && printedAt == 0 ? "to be printed" : "\(state)" }
    }

    /// The file of a document; nil if nobody of it is registered.
    func file(of document: NationalDocument) throws(StoreError) -> PersonFile? {
        try store.read { (tx) throws(StoreError) in
            try tx.citizens.find(document).map { (person) throws(StoreError) in try file(tx, person) }
        }
    }

    /// The file of a row number.
    func file(id: Int64) throws(StoreError) -> PersonFile? {
        try store.read { (tx) throws(StoreError) in
            try tx.citizens.find(id: id).map { (person) throws(StoreError) in try file(tx, person) }
        }
    }

    private func file(_ tx: StoreTransaction<some StoreAccess>, _ person: Citizen) throws(StoreError) -> PersonFile {
        PersonFile(
            person: person,
            devices: try tx.devices.lines(of: person.id),
            letters: try letters(tx, of: person.document))
    }

    // MARK: Lists

    /// People in the order of their documents, `limit` of them after the first `offset`; and how many there are.
    func people(offset: Int, limit: Int) throws(StoreError) -> (people: [Citizen], count: Int) {
        try store.read { (tx) throws(StoreError) in
            (try tx.citizens.page(offset: offset, limit: limit), try tx.citizens.count())
        }
    }

    /// People of a document or phone, or with these signs in their name, at most `limit`.
    func people(matching typed: String, limit: Int) throws(StoreError) -> [Citizen] {
        try store.read { (tx) throws(StoreError) in
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
    func devices(
        of document: NationalDocument? = nil, isActive: Bool = false, limit: Int = 10_000_000
    ) throws(StoreError) -> [DeviceLine] {
        try store.read { (tx) throws(StoreError) in
            try tx.devices.lines(of: document, isActive: isActive, limit: limit)
        }
    }

    /// Letters, the newest first.
    ///
    /// - Parameters:
    ///   - document: to whom; nil for everybody.
    ///   - limit: how many.
    func letters(of document: NationalDocument? = nil, limit: Int = 100_000) throws(StoreError) -> [LetterLine] {
        try store.read { (tx) throws(StoreError) in try letters(tx, of: document, limit: limit) }
    }

    func letters(
        _ tx: StoreTransaction<some StoreAccess>, of document: NationalDocument?, limit: Int = 100_000
    ) throws(StoreError) -> [LetterLine] {
        let now = now()
        return try tx.letters.list(to: document, limit: limit).map { LetterLine($0, at: now) }
    }
}
