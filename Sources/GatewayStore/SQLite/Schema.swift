/// The tables, and how an older file becomes a newer one.
enum Schema {
    /// Each script takes the file from its index to the next `user_version`.
    static let migrations =
        [
            first, second, third, desk, renewal, calls, printing, wrongPINs, erasing, queues, limits,
        ] + newer

    /// Applies what a file lacks; a file from a newer program is refused.
    ///
    /// - Parameter target: where to stop, for tests of older files.
    static func bringUpToDate(_ database: SQLiteConnection, to target: Int = migrations.count) throws(StoreError) {
        let version = try self.version(of: database)
        // No version of this program has written a number below 0 either.
        guard (0...migrations.count).contains(version) else {
            throw StoreError(.newer, "the database was made by a newer version of this program")
        }
        // A script may put a table in the place of an older one (SQLite, "ALTER TABLE", section 7).
        try database.runScript("PRAGMA foreign_keys = OFF")
        for (index, script) in migrations.prefix(target).enumerated().dropFirst(version) {
            try database.runScript("BEGIN IMMEDIATE")
            do throws(StoreError) {
                // Another process may have brought the file up to date meanwhile.
                guard try self.version(of: database) <= index else {
                    try database.runScript("ROLLBACK")
                    continue
                }
                try database.runScript("\(script); PRAGMA user_version = \(index + 1)")
                if script == auditChain {
                    try WriteTransaction(database).audit.takeOver()
                    try database.runScript("DROP TABLE audit_before")
                }
                try database.runScript("COMMIT")
            } catch {
                _ = try? database.runScript("ROLLBACK")
                throw error
            }
        }
        try database.runScript("PRAGMA foreign_keys = ON")
        if target >= erasingVersion { try eraseOnce(database, isNew: version == 0) }
    }

    /// How many of the scripts a file has had.
    private static func version(of database: SQLiteConnection) throws(StoreError) -> Int {
        Int(try database.number("SELECT user_version AS value FROM pragma_user_version"))
    }

    /// In the file's header once nothing is left of what former versions deleted (`PRAGMA application_id`): a program that was
    /// killed before that does it at its next start.
    private static let erasedMark: Int64 = 0x434C_4156

    private static func eraseOnce(_ database: SQLiteConnection, isNew: Bool) throws(StoreError) {
        let mark = try database.number("SELECT application_id AS value FROM pragma_application_id")
        guard mark != erasedMark else { return }
        if !isNew {
            try database.runScript("VACUUM")
            guard try database.truncateLog() else { return }
        }
        try database.runScript("PRAGMA application_id = \(erasedMark)")
    }

    /// From which version on no deleted row stays in the file.
    private static let erasingVersion = 9

    // No PIN, code or cookie is stored: only keyed digests. What is pushed is sealed to its device.
    private static let first = """
        CREATE TABLE citizens (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL UNIQUE, name TEXT NOT NULL, level INTEGER NOT NULL,
            datum_kind TEXT NOT NULL, datum TEXT NOT NULL, phone TEXT NOT NULL UNIQUE, language TEXT NOT NULL,
            registered_at INTEGER NOT NULL);
        CREATE TABLE devices (
            id INTEGER PRIMARY KEY, citizen INTEGER NOT NULL REFERENCES citizens, signing_key BLOB NOT NULL UNIQUE,
            sealing_key BLOB NOT NULL, name TEXT NOT NULL, is_active INTEGER NOT NULL, activated_at INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX one_active_device ON devices (citizen) WHERE is_active = 1;
        CREATE TABLE events (
            device INTEGER NOT NULL REFERENCES devices, sequence INTEGER NOT NULL, request BLOB NOT NULL,
            sealed BLOB NOT NULL, expires_at INTEGER NOT NULL, PRIMARY KEY (device, sequence)) WITHOUT ROWID;
        CREATE INDEX events_by_request ON events (request);
        CREATE TABLE activations (
            session BLOB PRIMARY KEY, signing_key BLOB NOT NULL, citizen INTEGER, code BLOB NOT NULL,
            tries_left INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE transactions (
            id BLOB PRIMARY KEY, procedure TEXT NOT NULL, address TEXT NOT NULL, created_at INTEGER NOT NULL,
            state INTEGER NOT NULL, method INTEGER NOT NULL DEFAULT 0, citizen INTEGER, request BLOB, code TEXT,
            digest BLOB, token BLOB, tries_left INTEGER NOT NULL DEFAULT 0, issued_at INTEGER NOT NULL DEFAULT 0,
            expires_at INTEGER NOT NULL DEFAULT 0, document TEXT, login BLOB) WITHOUT ROWID;
        CREATE INDEX transactions_by_request ON transactions (request) WHERE request IS NOT NULL;
        CREATE INDEX transactions_by_token ON transactions (token) WHERE token IS NOT NULL;
        CREATE INDEX transactions_by_login ON transactions (login) WHERE login IS NOT NULL;
        CREATE INDEX live_transactions ON transactions (citizen, method) WHERE state = 1 AND citizen IS NOT NULL;
        CREATE TABLE nonces (nonce BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX nonces_by_expiry ON nonces (expires_at);
        CREATE TABLE acts (subject BLOB NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX acts_by_subject ON acts (subject, at);
        CREATE INDEX acts_by_time ON acts (at);
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL,
            address TEXT NOT NULL, outcome TEXT NOT NULL);
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        """

    // What certificates are to sign; nothing of it is secret.
    private static let second = """
        CREATE TABLE challenges (
            session BLOB PRIMARY KEY, signing_key BLOB NOT NULL, sealing_key BLOB NOT NULL, content BLOB NOT NULL,
            expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX challenges_by_expiry ON challenges (expires_at);
        """

    // Registration. Where people live, the tax census knows; of codes there are keyed digests only.
    private static let third = """
        ALTER TABLE citizens ADD COLUMN email TEXT NOT NULL DEFAULT '';
        ALTER TABLE citizens ADD COLUMN email_confirmed_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE citizens ADD COLUMN way TEXT NOT NULL DEFAULT 'desk';
        ALTER TABLE citizens ADD COLUMN is_operator INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE devices ADD COLUMN takes_pins_only INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE census (
            document TEXT PRIMARY KEY, name TEXT NOT NULL, datum_kind TEXT NOT NULL, datum TEXT NOT NULL,
            address TEXT NOT NULL, language TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE letters (
            id INTEGER PRIMARY KEY, document TEXT NOT NULL, code BLOB NOT NULL, tries_left INTEGER NOT NULL,
            sent_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, state INTEGER NOT NULL,
            printed_at INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX letters_by_document ON letters (document, sent_at);
        CREATE UNIQUE INDEX one_live_letter ON letters (document) WHERE state = 0;
        CREATE TABLE registrations (
            session BLOB PRIMARY KEY, signing_key BLOB NOT NULL, sealing_key BLOB NOT NULL, way TEXT NOT NULL,
            document TEXT NOT NULL, name TEXT NOT NULL, level INTEGER NOT NULL, datum_kind TEXT, datum TEXT,
            letter INTEGER, phone TEXT, email TEXT, language TEXT, code BLOB, tries_left INTEGER NOT NULL DEFAULT 0,
            code_expires_at INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX registrations_by_expiry ON registrations (expires_at);
        CREATE TABLE emails (
            token BLOB PRIMARY KEY, citizen INTEGER NOT NULL, email TEXT NOT NULL, expires_at INTEGER NOT NULL)
            WITHOUT ROWID;
        CREATE INDEX emails_by_expiry ON emails (expires_at);
        """

    // The operators' desk. A device outlives its person without a name, to be told that it acts no more; the version
    // counts what changes in a person's record. An e-mail's link gets its token, of which the digest is kept, when it is
    // sent. News tell a running gateway what a command beside it has done.
    private static let desk = """
        ALTER TABLE audit ADD COLUMN operator TEXT NOT NULL DEFAULT '';
        ALTER TABLE citizens ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
        CREATE TRIGGER citizens_are_counted AFTER UPDATE OF
            name, level, datum_kind, datum, phone, language, email, email_confirmed_at, is_operator ON citizens
            BEGIN UPDATE citizens SET version = version + 1 WHERE id = new.id; END;
        CREATE TABLE newer_devices (
            id INTEGER PRIMARY KEY, citizen INTEGER REFERENCES citizens, signing_key BLOB NOT NULL UNIQUE,
            sealing_key BLOB NOT NULL, name TEXT NOT NULL, is_active INTEGER NOT NULL, activated_at INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL DEFAULT 0, takes_pins_only INTEGER NOT NULL DEFAULT 0);
        INSERT INTO newer_devices SELECT * FROM devices;
        DROP TABLE devices;
        ALTER TABLE newer_devices RENAME TO devices;
        CREATE UNIQUE INDEX one_active_device ON devices (citizen) WHERE is_active = 1;
        DROP TABLE emails;
        CREATE TABLE emails (
            citizen INTEGER PRIMARY KEY REFERENCES citizens, token BLOB UNIQUE, tries INTEGER NOT NULL DEFAULT 0,
            sent_at INTEGER NOT NULL DEFAULT 0, expires_at INTEGER NOT NULL);
        CREATE TABLE news (id INTEGER PRIMARY KEY AUTOINCREMENT, device INTEGER, at INTEGER NOT NULL);
        """

    // When a registration was last renewed; that changes the record too.
    private static let renewal = """
        ALTER TABLE citizens ADD COLUMN renewed_at INTEGER NOT NULL DEFAULT 0;
        DROP TRIGGER citizens_are_counted;
        CREATE TRIGGER citizens_are_counted AFTER UPDATE OF
            name, level, datum_kind, datum, phone, language, email, email_confirmed_at, is_operator, renewed_at
            ON citizens
            BEGIN UPDATE citizens SET version = version + 1 WHERE id = new.id; END;
        """

    // Video calls. Of a page's token there is a keyed digest only; recordings are sealed. Until `queues`, a person
    // had one call that was not over, and of wrong data there could be several.
    private static let calls = """
        CREATE TABLE calls (
            id INTEGER PRIMARY KEY AUTOINCREMENT, token BLOB NOT NULL UNIQUE, session BLOB NOT NULL UNIQUE,
            signing_key BLOB NOT NULL, sealing_key BLOB NOT NULL, document TEXT NOT NULL, datum_kind TEXT NOT NULL,
            datum TEXT NOT NULL, language TEXT NOT NULL, is_right INTEGER NOT NULL, start INTEGER NOT NULL,
            booked_at INTEGER NOT NULL, state INTEGER NOT NULL DEFAULT 0, reason INTEGER NOT NULL DEFAULT 0,
            seen_at INTEGER NOT NULL DEFAULT 0, holder INTEGER NOT NULL DEFAULT 0,
            holder_document TEXT NOT NULL DEFAULT '', holder_seen_at INTEGER NOT NULL DEFAULT 0,
            turn INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL DEFAULT '', consents INTEGER NOT NULL DEFAULT 0,
            review INTEGER NOT NULL DEFAULT 0, citizen INTEGER NOT NULL DEFAULT 0,
            ended_at INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX one_live_call ON calls (document) WHERE state < 2 AND is_right = 1;
        CREATE UNIQUE INDEX one_call_held ON calls (holder) WHERE state = 1;
        CREATE INDEX live_calls ON calls (start) WHERE state < 2;
        CREATE INDEX calls_by_document ON calls (document);
        CREATE TABLE recordings (
            call INTEGER NOT NULL REFERENCES calls, place INTEGER NOT NULL, piece BLOB NOT NULL,
            PRIMARY KEY (call, place));
        """

    // While a letter waits to be printed: what its code is made of, with a key in another file.
    private static let printing = "ALTER TABLE letters ADD COLUMN seed BLOB NOT NULL DEFAULT x''"

    // On whom a visit's wrong PINs count: a keyed digest of the document, of which the visit knows the starred form only.
    private static let wrongPINs = "ALTER TABLE transactions ADD COLUMN subject BLOB NOT NULL DEFAULT x''"

    // Former versions let deleted rows and used seeds lie in the file: the seeds go here, the rest by `VACUUM`. An index
    // finds the digests of PINs whose time is over.
    private static let erasing = """
        UPDATE letters SET seed = x'' WHERE state <> 0 OR printed_at > 0;
        CREATE INDEX transactions_with_digest ON transactions (expires_at) WHERE digest IS NOT NULL;
        """

    // What waits to be carried out after an answer, and text messages that wait to be handed over: sealed, with a key in
    // another file. Calls of the same data may live side by side.
    private static let queues = """
        CREATE TABLE errands (id INTEGER PRIMARY KEY AUTOINCREMENT, sealed BLOB NOT NULL);
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT, sealed BLOB NOT NULL, expires_at INTEGER NOT NULL,
            origin BLOB NOT NULL, tries INTEGER NOT NULL DEFAULT 0, taken_at INTEGER NOT NULL DEFAULT 0);
        DROP INDEX one_live_call;
        CREATE INDEX live_calls_by_device ON calls (signing_key) WHERE state < 2;
        """

    // Acts are forgotten when the window of their limit is over, not all after a day.
    private static let limits = """
        ALTER TABLE acts ADD COLUMN ends_at INTEGER NOT NULL DEFAULT 0;
        UPDATE acts SET ends_at = at + 86400;
        DROP INDEX acts_by_time;
        CREATE INDEX acts_by_end ON acts (ends_at);
        """
}
