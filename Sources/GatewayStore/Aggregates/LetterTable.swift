public import ClaveDomain

/// State of a letter's row.
public enum LetterState: Int64, StoredState {
    case live = 0
    case used = 1
    /// Of wrong tries, or because a newer one was sent.
    case void = 2

    public var next: Set<LetterState> {
        switch self {
        case .live: [.used, .void]
        case .used, .void: []
        }
    }

    /// The condition that a letter is in this state: as a parameter, the index of live ones would not serve.
    var condition: String { "state = \(rawValue)" }
}

/// A letter with a code for registration. The code itself is not known to anybody here.
public struct LetterRecord: Equatable, Sendable {
    public let number: Int64
    /// Whose it is, as the table has it.
    public let document: String
    /// A keyed digest of the code; empty as long as it was not printed.
    public let digest: [UInt8]
    /// Wrong codes that may still come.
    public let triesLeft: Int
    /// When it was asked for, seconds since 1970.
    public let sentAt: Int64
    /// Until when it is good, seconds since 1970.
    public let expiresAt: Int64
    public let state: LetterState
    /// Seconds since 1970; 0: not yet.
    public let printedAt: Int64

    init(_ row: any SQLRow) {
        number = row.integer("id")
        document = row.text("document")
        digest = row.blob("code")
        triesLeft = Int(row.integer("tries_left"))
        sentAt = row.integer("sent_at")
        expiresAt = row.integer("expires_at")
        state = LetterState(rawValue: row.integer("state")) ?? .void
        printedAt = row.integer("printed_at")
    }

    /// Whether it is live, but its time is over.
    ///
    /// - Parameter now: seconds since 1970.
    public func isExpired(at now: Int64) -> Bool { state == .live && expiresAt <= now }
}

/// A letter that waits to be printed, with what the census knows of who gets it.
public struct WaitingLetter: Equatable, Sendable {
    public let number: Int64
    public let document: NationalDocument
    public let name: String
    /// Lines of the fiscal address.
    public let address: [String]
    /// "ca", "es", …
    public let language: String
    /// When it was asked for, seconds since 1970.
    public let sentAt: Int64
    /// Until when it is good, seconds since 1970.
    public let expiresAt: Int64
    /// What its code is made of; empty where no printing of it was begun.
    public let seed: [UInt8]

    init?(_ row: any SQLRow) {
        number = row.integer("id")
        guard let document = try? NationalDocument(parsing: row.text("document")) else { return nil }
        self.document = document
        name = row.text("name")
        address = CensusEntry.lines(row.text("address"))
        language = row.text("language")
        sentAt = row.integer("sent_at")
        expiresAt = row.integer("expires_at")
        seed = row.blob("seed")
    }
}

/// Letters for registration, and numbers of those whose files are to be taken back from the printer.
public struct LetterTable<Access: StoreAccess> {
    let connection: any SQLConnection
}

extension StoreTransaction {
    /// Letters for registration.
    public var letters: LetterTable<Access> { LetterTable(connection: connection) }
}

extension LetterTable {
    private static var columns: String {
        "SELECT id, document, code, tries_left, sent_at, expires_at, state, printed_at FROM letters"
    }

    /// A person's letter that can be used at a moment.
    public func live(of document: NationalDocument, at now: Int64) throws(StoreError) -> LetterRecord? {
        try latest(of: document, .live, at: now)
    }

    /// The letter that a person has used last and that would still be good.
    public func used(by document: NationalDocument, at now: Int64) throws(StoreError) -> LetterRecord? {
        try latest(of: document, .used, at: now)
    }

    private func latest(
        of document: NationalDocument, _ state: LetterState, at now: Int64
    ) throws(StoreError) -> LetterRecord? {
        try connection.first(
            """
            \(Self.columns) WHERE document = ?1 AND \(state.condition) AND expires_at > ?2 ORDER BY id DESC LIMIT 1
            """, .text(document.text), .integer(now), decode: LetterRecord.init)
    }

    /// How many letters to a person were asked for after a time.
    ///
    /// - Parameter start: seconds since 1970.
    public func count(to document: NationalDocument, after start: Int64) throws(StoreError) -> Int {
        Int(
            try connection.number(
                "SELECT count(*) AS value FROM letters WHERE document = ?1 AND sent_at > ?2", .text(document.text),
                .integer(start)))
    }

    /// Letters, the newest first.
    ///
    /// - Parameters:
    ///   - document: to whom; nil for everybody.
    ///   - limit: how many.
    public func list(to document: NationalDocument?, limit: Int) throws(StoreError) -> [LetterRecord] {
        if let document {
            return try connection.rows(
                "\(Self.columns) WHERE document = ?1 ORDER BY id DESC LIMIT ?2", .text(document.text),
                .integer(Int64(limit)), decode: LetterRecord.init)
        }
        return try connection.rows(
            "\(Self.columns) ORDER BY id DESC LIMIT ?1", .integer(Int64(limit)), decode: LetterRecord.init)
    }

    /// The oldest letter that waits to be printed. Not one whose number a letter has that is yet to be taken back.
    ///
    /// - Parameter now: seconds since 1970.
    public func nextToPrint(at now: Int64) throws(StoreError) -> WaitingLetter? {
        try connection.first(
            """
            SELECT letters.id, letters.document, census.name, census.address, census.language, letters.sent_at,
            letters.expires_at, letters.seed
            FROM letters JOIN census ON census.document = letters.document
            WHERE \(LetterState.live.condition) AND printed_at = 0 AND expires_at > ?1
            AND letters.id NOT IN (SELECT letter FROM discarded_letters) ORDER BY letters.id LIMIT 1
            """, .integer(now), decode: WaitingLetter.init)
    }

    /// Numbers of letters whose files are to be taken back.
    public func discarded() throws(StoreError) -> [Int64] {
        try connection.rows("SELECT letter FROM discarded_letters ORDER BY letter") { $0.integer("letter") }
    }
}
