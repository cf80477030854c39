public import ClaveDomain

/// A registered person.
public struct Citizen: Equatable, Sendable {
    public let id: Int64
    public let document: NationalDocument
    public var name: String
    public var level: RegistrationLevel
    public var datum: ContrastDatum
    public var phone: PhoneNumber
    /// Of text messages: "ca", "es", …
    public var language: String
    /// Empty where none is known.
    public var email: String
    /// Seconds since 1970; 0 as long as it is not confirmed.
    public var emailConfirmedAt: Int64
    /// How they were registered: "desk", "letter", …
    public let way: String
    /// Seconds since 1970.
    public let registeredAt: Int64
    public let isOperator: Bool
    /// Counts the changes of the record.
    public let version: Int64
    /// Seconds since 1970; 0 for never.
    public let renewedAt: Int64

    /// From when on the registration is to be renewed, seconds since 1970.
    public var renewalDue: Int64 { max(registeredAt, renewedAt) + ClaveRules.renewalAge.wholeSeconds }

    /// The level that counts: the basic one as long as a renewal is due.
    public func effectiveLevel(at time: Int64) -> RegistrationLevel { time < renewalDue ? level : .basic }

    /// Nil for a row that no registration has written.
    init?(_ row: any SQLRow) {
        id = row.integer("id")
        guard let document = try? NationalDocument(parsing: row.text("document")) else { return nil }
        self.document = document
        name = row.text("name")
        guard let level = RegistrationLevel(rawValue: UInt8(clamping: row.integer("level"))),
            let datum = try? ContrastDatum(kindName: row.text("datum_kind"), canonicalText: row.text("datum")),
            let phone = try? PhoneNumber(parsing: row.text("phone"))
        else { return nil }
        (self.level, self.datum, self.phone) = (level, datum, phone)
        language = row.text("language")
        email = row.text("email")
        emailConfirmedAt = row.integer("email_confirmed_at")
        way = row.text("way")
        registeredAt = row.integer("registered_at")
        isOperator = row.flag("is_operator")
        version = row.integer("version")
        renewedAt = row.integer("renewed_at")
    }
}
