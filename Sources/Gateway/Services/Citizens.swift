import ClaveDomain

/// A registered person.
struct Citizen: Equatable, Sendable {
    let id: Int64
    let document: NationalDocument
    let name: String
    let level: RegistrationLevel
    let datum: ContrastDatum
    let phone: PhoneNumber
    let language: String
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
        try store.write { (database) throws(StoreError) in
            try database.run(
                """
                INSERT INTO citizens (document, name, level, datum_kind, datum, phone, language, registered_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """, .text(document.text), .text(name.text), .integer(Int64(level.rawValue)), .text(datum.kindName),
                .text(datum.canonicalText), .text(phone.text), .text(language), .integer(now()))
            let id = database.lastInsertedRow
            try audit(database, "register", subject: document.masked, outcome: "level \(level.rawValue)")
            return id
        }
    }

    /// All people, by document.
    func citizens() throws(StoreError) -> [Citizen] {
        try store.read { (database) throws(StoreError) in
            try database.run("\(Self.citizenColumns) ORDER BY document").compactMap(Self.citizen)
        }
    }

    /// The person of a document, if the contrast datum is theirs. Unknown document and wrong datum are the same nil.
    func citizen(
        _ database: Database, _ document: NationalDocument, proving datum: ContrastDatum
    ) throws(StoreError) -> Citizen? {
        guard let found = try citizen(database, document), found.datum == datum else { return nil }
        return found
    }

    /// The person of a document, for who has proved already that it is theirs.
    func citizen(_ database: Database, _ document: NationalDocument) throws(StoreError) -> Citizen? {
        try database.run("\(Self.citizenColumns) WHERE document = ?", .text(document.text)).first.flatMap(Self.citizen)
    }

    /// The person of a row number.
    func citizen(_ database: Database, id: Int64) throws(StoreError) -> Citizen? {
        try database.run("\(Self.citizenColumns) WHERE id = ?", .integer(id)).first.flatMap(Self.citizen)
    }

    private static let citizenColumns =
        "SELECT id, document, name, level, datum_kind, datum, phone, language FROM citizens"

    private static func citizen(_ row: [Value]) -> Citizen? {
        guard let document = try? NationalDocument(parsing: row.text(1)),
            let level = RegistrationLevel(rawValue: UInt8(clamping: row.integer(3))),
            let datum = try? ContrastDatum(kindName: row.text(4), canonicalText: row.text(5)),
            let phone = try? PhoneNumber(parsing: row.text(6))
        else { return nil }
        return Citizen(
            id: row.integer(0), document: document, name: row.text(2), level: level, datum: datum, phone: phone,
            language: row.text(7))
    }
}
