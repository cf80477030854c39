public import ClaveDomain

/// The registered people.
public struct Citizens<Access: StoreAccess> {
    let connection: any SQLConnection
}

extension StoreTransaction {
    /// The registered people.
    public var citizens: Citizens<Access> { Citizens(connection: connection) }
}

extension Citizens {
    private static var columns: String {
        """
        SELECT id, document, name, level, datum_kind, datum, phone, language, email, email_confirmed_at, way,
        registered_at, is_operator, version, renewed_at FROM citizens
        """
    }

    /// The person of a document, for who has proved already that it is theirs.
    public func find(_ document: NationalDocument) throws(StoreError) -> Citizen? {
        try connection.first("\(Self.columns) WHERE document = ?1", .text(document.text), decode: Citizen.init)
    }

    /// The person of a row number.
    public func find(id: Int64) throws(StoreError) -> Citizen? {
        try connection.first("\(Self.columns) WHERE id = ?1", .integer(id), decode: Citizen.init)
    }

    /// Whether a phone is somebody else's.
    ///
    /// - Parameter person: whose phone it may be; 0 for nobody's.
    public func isTaken(_ phone: PhoneNumber, besides person: Int64) throws(StoreError) -> Bool {
        try connection.exists(
            "SELECT id FROM citizens WHERE phone = ?1 AND id <> ?2", .text(phone.text), .integer(person))
    }

    // MARK: Lists, by document

    /// All people.
    public func all() throws(StoreError) -> [Citizen] {
        try connection.rows("\(Self.columns) ORDER BY document", decode: Citizen.init)
    }

    /// Those who may act at the desk.
    public func operators() throws(StoreError) -> [Citizen] {
        try connection.rows("\(Self.columns) WHERE is_operator = \(Flag.yes) ORDER BY document", decode: Citizen.init)
    }

    /// `limit` people after the first `offset`.
    public func page(offset: Int, limit: Int) throws(StoreError) -> [Citizen] {
        try connection.rows(
            "\(Self.columns) ORDER BY document LIMIT ?1 OFFSET ?2", .integer(Int64(limit)), .integer(Int64(offset)),
            decode: Citizen.init)
    }

    /// How many people are registered.
    public func count() throws(StoreError) -> Int {
        Int(try connection.number("SELECT count(*) AS value FROM citizens"))
    }

    /// People of a document or phone, or with these signs in their name, at most `limit`.
    ///
    /// - Parameter signs: in capitals, as names are; each means itself.
    public func matching(
        _ document: NationalDocument?, _ phone: PhoneNumber?, name signs: String, limit: Int
    ) throws(StoreError) -> [Citizen] {
        // The signs that LIKE knows mean themselves.
        let escaped = signs.unicodeScalars.map { "\\%_".unicodeScalars.contains($0) ? "\\\($0)" : "\($0)" }.joined()
        return try connection.rows(
            """
            \(Self.columns) WHERE document = ?1 OR phone = ?2 OR name LIKE ?3 ESCAPE '\\'
            ORDER BY document LIMIT ?4
            """, .text(document?.text ?? ""), .text(phone?.text ?? ""), .text("%\(escaped)%"), .integer(Int64(limit)),
            decode: Citizen.init)
    }
}
