public import ClaveDomain

/// Somebody who is to be registered.
public struct NewCitizen: Equatable, Sendable {
    public let document: NationalDocument
    public let name: String
    public let level: RegistrationLevel
    public let datum: ContrastDatum
    public let phone: PhoneNumber
    /// Of text messages: "ca", "es", …
    public let language: String
    /// Empty where none is known.
    public let email: String
    /// How they were registered: "desk", "letter", …
    public let way: String

    public init(
        document: NationalDocument, name: String, level: RegistrationLevel, datum: ContrastDatum, phone: PhoneNumber,
        language: String, email: String = "", way: String = "desk"
    ) {
        self.document = document
        self.name = name
        self.level = level
        self.datum = datum
        self.phone = phone
        self.language = language
        self.email = email
        self.way = way
    }
}

extension Citizens<ReadWrite> {
    private static var insertion: String {
        """
        INSERT INTO citizens (document, name, level, datum_kind, datum, phone, language, email, way, registered_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """
    }

    /// Registers somebody.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Returns: the number of their row.
    /// - Throws: refused with ``UniqueKey/citizenDocument`` or ``UniqueKey/citizenPhone`` where that is somebody's already.
    @discardableResult
    public func register(_ person: NewCitizen, at now: Int64) throws(StoreError) -> Int64 {
        try insert(person, at: now, "\(Self.insertion) RETURNING id") ?? 0
    }

    /// Registers somebody whose document and phone nobody has; false, and nothing is changed, if somebody has.
    ///
    /// - Parameter now: seconds since 1970.
    public func registerIfMissing(_ person: NewCitizen, at now: Int64) throws(StoreError) -> Bool {
        try insert(person, at: now, "\(Self.insertion) ON CONFLICT DO NOTHING RETURNING id") != nil
    }

    private func insert(_ person: NewCitizen, at now: Int64, _ sql: String) throws(StoreError) -> Int64? {
        try connection.first(
            sql, .text(person.document.text), .text(person.name), .integer(Int64(person.level.rawValue)),
            .text(person.datum.kindName), .text(person.datum.canonicalText), .text(person.phone.text),
            .text(person.language), .text(person.email), .text(person.way), .integer(now)
        ) { $0.integer("id") }
    }

    /// Writes what an operator may change in a record: name, level, datum, phone, language, e-mail and since when that is
    /// confirmed.
    ///
    /// - Throws: refused with ``UniqueKey/citizenPhone`` where the phone is somebody else's.
    public func update(_ person: Citizen) throws(StoreError) {
        try connection.execute(
            """
            UPDATE citizens SET name = ?1, level = ?2, datum_kind = ?3, datum = ?4, phone = ?5, language = ?6,
            email = ?7, email_confirmed_at = ?8 WHERE id = ?9
            """, .text(person.name), .integer(Int64(person.level.rawValue)), .text(person.datum.kindName),
            .text(person.datum.canonicalText), .text(person.phone.text), .text(person.language), .text(person.email),
            .integer(person.emailConfirmedAt), .integer(person.id))
    }

    /// Gives a person a level.
    public func setLevel(_ level: RegistrationLevel, of person: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE citizens SET level = ?1 WHERE id = ?2", .integer(Int64(level.rawValue)), .integer(person))
    }

    /// Makes a person an operator, or no longer one.
    public func setOperator(_ isOperator: Bool, _ person: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE citizens SET is_operator = ?1 WHERE id = ?2", .flag(isOperator), .integer(person))
    }

    /// Notes that a person's e-mail address is theirs.
    ///
    /// - Parameter now: seconds since 1970.
    public func confirmEmail(of person: Int64, at now: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE citizens SET email_confirmed_at = ?1 WHERE id = ?2", .integer(now), .integer(person))
    }

    /// Renews a registration.
    ///
    /// - Parameter now: seconds since 1970.
    public func renew(_ person: Int64, at now: Int64) throws(StoreError) {
        try connection.execute(
            "UPDATE citizens SET renewed_at = ?1 WHERE id = ?2", .integer(now), .integer(person))
    }

    /// Removes a person's own row; devices and mail that name it must be gone, or name it no more.
    public func remove(_ person: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM citizens WHERE id = ?1", .integer(person))
    }
}
