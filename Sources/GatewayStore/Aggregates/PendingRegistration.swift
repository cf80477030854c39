public import ClaveDomain

/// What somebody has proved who wants to register.
public struct IdentityProof: Equatable, Sendable {
    /// "letter", "certificate", …
    public let way: String
    public let document: NationalDocument
    public let name: String
    public let level: RegistrationLevel
    /// Nil where it was not asked for yet.
    public let datum: ContrastDatum?
    /// Number of the letter that is used up in the end.
    public let letter: Int64?

    public init(
        way: String, document: NationalDocument, name: String, level: RegistrationLevel, datum: ContrastDatum? = nil,
        letter: Int64? = nil
    ) {
        self.way = way
        self.document = document
        self.name = name
        self.level = level
        self.datum = datum
        self.letter = letter
    }
}

/// The session of a device whose person has proved who they are, and what they have said since.
public struct PendingRegistration: Equatable, Sendable {
    public let proof: IdentityProof
    /// Nil where none was given yet, or the registration is done.
    public let phone: PhoneNumber?
    /// Empty where none was given yet.
    public let email: String
    /// Of text messages; empty where it was not said yet.
    public let language: String
    /// A keyed digest of the code that went to the phone; empty for none.
    public let digest: [UInt8]
    /// Wrong codes that may still come, within the code's time.
    public let triesLeft: Int
    /// Until when the code is good, seconds since 1970.
    public let codeExpiresAt: Int64

    /// How far a registration is, as its row and the moment say.
    public enum State: RowState {
        /// The person has proved who they are, and has given no phone yet; or the registration is done.
        case proved
        /// A code has gone to their phone.
        case confirming
        /// The code died of wrong tries, or its time is over.
        case spent

        public var next: Set<State> {
            switch self {
            case .proved: [.confirming]
            case .confirming: [.confirming, .spent, .proved]
            case .spent: [.confirming]
            }
        }
    }

    /// How far it is.
    ///
    /// - Parameter now: seconds since 1970.
    public func state(at now: Int64) -> State {
        guard phone != nil else { return .proved }
        return triesLeft > 0 && codeExpiresAt > now ? .confirming : .spent
    }

    init?(_ row: any SQLRow) {
        let way = row.text("way")
        guard let document = try? NationalDocument(parsing: row.text("document")) else { return nil }
        let name = row.text("name")
        guard let level = RegistrationLevel(rawValue: UInt8(clamping: row.integer("level"))) else { return nil }
        proof = IdentityProof(
            way: way, document: document, name: name, level: level,
            datum: try? ContrastDatum(kindName: row.text("datum_kind"), canonicalText: row.text("datum")),
            letter: row.optionalInteger("letter"))
        phone = try? PhoneNumber(parsing: row.text("phone"))
        email = row.text("email")
        language = row.text("language")
        digest = row.blob("code")
        triesLeft = Int(row.integer("tries_left"))
        codeExpiresAt = row.integer("code_expires_at")
    }
}

/// How somebody who registers can be reached, and the code that proves that the phone is theirs.
public struct RegistrationContact: Equatable, Sendable {
    public let phone: PhoneNumber
    public let email: EmailAddress
    /// Of text messages: "ca", "es", …
    public let language: String
    public let datum: ContrastDatum
    /// A keyed digest of the code.
    public let digest: [UInt8]
    /// Wrong codes that may come.
    public let tries: Int
    /// Until when the code is good, seconds since 1970.
    public let codeExpiresAt: Int64

    public init(
        phone: PhoneNumber, email: EmailAddress, language: String, datum: ContrastDatum, digest: [UInt8], tries: Int,
        codeExpiresAt: Int64
    ) {
        self.phone = phone
        self.email = email
        self.language = language
        self.datum = datum
        self.digest = digest
        self.tries = tries
        self.codeExpiresAt = codeExpiresAt
    }
}

/// A registration's session with the keys of its device: no other device goes on with it.
public struct RegistrationSession: Equatable, Sendable {
    public let id: [UInt8]
    public let signingKey: [UInt8]
    public let sealingKey: [UInt8]

    public init(id: [UInt8], signingKey: [UInt8], sealingKey: [UInt8]) {
        self.id = id
        self.signingKey = signingKey
        self.sealingKey = sealingKey
    }
}
