public import ClaveDomain

/// Registrations under way.
public struct Registrations<Access: StoreAccess> {
    fileprivate let connection: any SQLConnection
}

extension StoreTransaction {
    /// Registrations under way.
    public var registrations: Registrations<Access> { Registrations(connection: connection) }
}

extension Registrations {
    /// A session, if it is this device's and its time is not over.
    ///
    /// - Parameter now: seconds since 1970.
    public func find(_ session: RegistrationSession, at now: Int64) throws(StoreError) -> PendingRegistration? {
        try connection.first(
            """
            SELECT way, document, name, level, datum_kind, datum, letter, phone, email, language, code, tries_left,
            code_expires_at FROM registrations
            WHERE session = ?1 AND signing_key = ?2 AND sealing_key = ?3 AND expires_at > ?4
            """, .blob(session.id), .blob(session.signingKey), .blob(session.sealingKey), .integer(now),
            decode: PendingRegistration.init)
    }
}

extension Registrations<ReadWrite> {
    /// Keeps what was proved, for the device that proved it.
    ///
    /// - Parameter expiry: until when the session lives, seconds since 1970.
    public func begin(
        _ session: RegistrationSession, _ proof: IdentityProof, until expiry: Int64
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO registrations (session, signing_key, sealing_key, way, document, name, level, datum_kind, datum,
            letter, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """, .blob(session.id), .blob(session.signingKey), .blob(session.sealingKey), .text(proof.way),
            .text(proof.document.text), .text(proof.name), .integer(Int64(proof.level.rawValue)),
            .text(proof.datum?.kindName), .text(proof.datum?.canonicalText), .integer(proof.letter),
            .integer(expiry))
    }

    /// Takes phone and e-mail, in the place of those that were given before.
    public func setContact(_ contact: RegistrationContact, of session: [UInt8]) throws(StoreError) {
        try connection.execute(
            """
            UPDATE registrations SET phone = ?1, email = ?2, language = ?3, datum_kind = ?4, datum = ?5, code = ?6,
            tries_left = ?7, code_expires_at = ?8 WHERE session = ?9
            """, .text(contact.phone.text), .text(contact.email.text), .text(contact.language),
            .text(contact.datum.kindName), .text(contact.datum.canonicalText), .blob(contact.digest),
            .integer(Int64(contact.tries)), .integer(contact.codeExpiresAt), .blob(session))
    }

    /// Says how many wrong codes may still come.
    public func setTriesLeft(_ tries: Int, of session: [UInt8]) throws(StoreError) {
        try connection.execute(
            "UPDATE registrations SET tries_left = ?1 WHERE session = ?2", .integer(Int64(tries)), .blob(session))
    }

    /// Gives the person the level that a later look at the proof has found.
    public func setLevel(_ level: RegistrationLevel, of session: [UInt8]) throws(StoreError) {
        try connection.execute(
            "UPDATE registrations SET level = ?1 WHERE session = ?2", .integer(Int64(level.rawValue)), .blob(session))
    }

    /// Ends what a person had begun elsewhere; this session is left to say that it is done, and proves no more.
    public func finish(_ session: [UInt8], of document: NationalDocument) throws(StoreError) {
        try connection.execute(
            "DELETE FROM registrations WHERE document = ?1 AND session <> ?2", .text(document.text), .blob(session))
        try connection.execute(
            """
            UPDATE registrations SET level = ?1, letter = NULL, phone = NULL, code = NULL, tries_left = 0
            WHERE session = ?2
            """, .integer(Int64(RegistrationLevel.basic.rawValue)), .blob(session))
    }

    /// Ends a session.
    public func remove(_ session: [UInt8]) throws(StoreError) {
        try connection.execute("DELETE FROM registrations WHERE session = ?1", .blob(session))
    }

    /// Ends all sessions about a person.
    public func removeAll(of document: NationalDocument) throws(StoreError) {
        try connection.execute("DELETE FROM registrations WHERE document = ?1", .text(document.text))
    }

    /// Removes sessions whose time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func removeExpired(at now: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM registrations WHERE expires_at < ?1", .integer(now))
    }
}
