import ClaveDomain
import GatewayStore

/// A registered person.
struct Citizen: Equatable, Sendable {
    let id: Int64
    let document: NationalDocument
    let name: String
    let level: RegistrationLevel
    let datum: ContrastDatum
    let phone: PhoneNumber
    /// Of text messages: "ca", "es", …
    let language: String
    /// Empty where none is known.
    let email: String
    /// Seconds since 1970; 0 as long as it is not confirmed.
    let emailConfirmedAt: Int64
    /// How they were registered: "desk", "letter", …
    let way: String
    /// Seconds since 1970.
    let registeredAt: Int64
    let isOperator: Bool
    /// Counts the changes of the record.
    let version: Int64
    /// Seconds since 1970; 0 for never.
    let renewedAt: Int64

    /// From when on the registration is to be renewed, seconds since 1970.
    var renewalDue: Int64 { max(registeredAt, renewedAt) + ClaveRules.renewalAge.wholeSeconds }

    /// The level that counts: the basic one as long as a renewal is due.
    func effectiveLevel(at time: Int64) -> RegistrationLevel { time < renewalDue ? level : .basic }
}

extension GatewayServices {
    /// Registers a person.
    ///
    /// - Throws: a ``StoreError`` with `SQLITE_CONSTRAINT` if the document is registered or the phone belongs to another.
    @discardableResult
    func addCitizen(
        _ document: NationalDocument, name: FullName, level: RegistrationLevel, datum: ContrastDatum,
        phone: PhoneNumber, language: String = "es"
    ) throws(StoreError) -> Int64 {
        try store.write { (tx) throws(StoreError) in
            try tx.run(
                """
                INSERT INTO citizens (document, name, level, datum_kind, datum, phone, language, registered_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, .text(document.text), .text(name.text), .integer(Int64(level.rawValue)), .text(datum.kindName),
                .text(datum.canonicalText), .text(phone.text), .text(language), .integer(now()))
            let id = tx.lastInsertedRow
            try audit(tx, "register", subject: document.masked, outcome: "level \(level.rawValue)")
            return id
        }
    }

    /// All people, by document.
    func citizens() throws(StoreError) -> [Citizen] {
        try store.read { (tx) throws(StoreError) in
            try tx.run("\(Self.citizenColumns) ORDER BY document").compactMap(Self.citizen)
        }
    }

    /// The person of a document, if the contrast datum is theirs. Unknown document and wrong datum are the same nil.
    func citizen(
        _ tx: StoreTransaction<some StoreAccess>, _ document: NationalDocument, proving datum: ContrastDatum
    ) throws(StoreError) -> Citizen? {
        guard let found = try citizen(tx, document), found.datum == datum else { return nil }
        return found
    }

    /// The person of a document, for who has proved already that it is theirs.
    func citizen(_ tx: StoreTransaction<some StoreAccess>, _ document: NationalDocument) throws(StoreError) -> Citizen?
    {
        try tx.run("\(Self.citizenColumns) WHERE document = ?", .text(document.text)).first.flatMap(Self.citizen)
    }

    /// The person of a row number.
    func citizen(_ tx: StoreTransaction<some StoreAccess>, id: Int64) throws(StoreError) -> Citizen? {
        try tx.run("\(Self.citizenColumns) WHERE id = ?", .integer(id)).first.flatMap(Self.citizen)
    }

    static let citizenColumns = """
        SELECT id, document, name, level, datum_kind, datum, phone, language, email, email_confirmed_at, way,
        registered_at, is_operator, version, renewed_at FROM citizens
        """

    static func citizen(_ row: [SQLValue]) -> Citizen? {
        guard let document = try? NationalDocument(parsing: row.text(1)),
            let level = RegistrationLevel(rawValue: UInt8(clamping: row.integer(3))),
            let datum = try? ContrastDatum(kindName: row.text(4), canonicalText: row.text(5)),
            let phone = try? PhoneNumber(parsing: row.text(6))
        else { return nil }
        return Citizen(
            id: row.integer(0), document: document, name: row.text(2), level: level, datum: datum, phone: phone,
            language: row.text(7), email: row.text(8), emailConfirmedAt: row.integer(9), way: row.text(10),
            registeredAt: row.integer(11), isOperator: row.integer(12) == 1, version: row.integer(13),
            renewedAt: row.integer(14))
    }
}
