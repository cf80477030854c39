// The newer scripts.
extension Schema {
    /// In their order. A new script goes to the end, with its text below; one that a version has shipped never changes.
    static let newer = [auditChain, patience]

    // The audit's lines are chained by hashes, and move into closed files. A line is added behind the last alone, and leaves
    // the table only when it is in a file. The lines of before are chained as they are taken over.
    static let auditChain = """
        DROP TRIGGER audit_is_not_changed;
        DROP TRIGGER audit_is_not_deleted;
        ALTER TABLE audit RENAME TO audit_before;
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL,
            address TEXT NOT NULL, outcome TEXT NOT NULL, operator TEXT NOT NULL, hash TEXT NOT NULL);
        CREATE TABLE audit_files (number INTEGER PRIMARY KEY, last INTEGER NOT NULL, hash TEXT NOT NULL);
        CREATE TRIGGER audit_is_added_at_its_end BEFORE INSERT ON audit
            WHEN new.id IS NOT 1 + coalesce(
                (SELECT max(id) FROM audit), (SELECT last FROM audit_files ORDER BY number DESC LIMIT 1), 0)
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
            WHEN old.id > coalesce((SELECT last FROM audit_files ORDER BY number DESC LIMIT 1), 0)
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_files_are_added_at_their_end BEFORE INSERT ON audit_files
            WHEN new.number IS NOT 1 + coalesce((SELECT max(number) FROM audit_files), 0)
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_files_are_not_changed BEFORE UPDATE ON audit_files
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        CREATE TRIGGER audit_files_are_not_deleted BEFORE DELETE ON audit_files
            BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
        """

    // How often an errand was tried, and when and why it was set aside. What waits has a keyed digest of the document of whom
    // it is about, to be removed with them; letters of removed people are named until their files are gone.
    static let patience = """
        ALTER TABLE errands ADD COLUMN subject BLOB NOT NULL DEFAULT x'';
        ALTER TABLE errands ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE errands ADD COLUMN tried_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE errands ADD COLUMN set_aside_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE errands ADD COLUMN reason TEXT NOT NULL DEFAULT '';
        ALTER TABLE messages ADD COLUMN subject BLOB NOT NULL DEFAULT x'';
        CREATE INDEX errands_by_subject ON errands (subject);
        CREATE INDEX messages_by_subject ON messages (subject);
        CREATE TABLE discarded_letters (letter INTEGER PRIMARY KEY);
        """
}
