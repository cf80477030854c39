public import ClaveDomain

extension LetterTable<ReadWrite> {
    /// Adds a letter that waits to be printed.
    ///
    /// - Parameters:
    ///   - tries: wrong codes that may come.
    ///   - now: seconds since 1970.
    ///   - expiry: until when it is good.
    /// - Throws: refused with ``UniqueKey/liveLetter`` where the person has a live one.
    public func issue(
        to document: NationalDocument, tries: Int, at now: Int64, until expiry: Int64
    ) throws(StoreError) {
        try connection.execute(
            """
            INSERT INTO letters (document, code, tries_left, sent_at, expires_at, state)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """, .text(document.text), .blob([]), .integer(Int64(tries)), .integer(now), .integer(expiry),
            .integer(LetterState.live.rawValue))
    }

    // MARK: Printing

    /// Notes what a letter's code is made of, and the code's keyed digest, before it is printed.
    public func prepare(_ number: Int64, seed: [UInt8], digest: [UInt8]) throws(StoreError) {
        try connection.execute(
            "UPDATE letters SET code = ?1, seed = ?2 WHERE id = ?3", .blob(digest), .blob(seed), .integer(number))
    }

    /// Notes that a letter is printed, and forgets its seed; false if it was made void, or its person removed, meanwhile.
    ///
    /// - Parameters:
    ///   - seed: by it the letter is known again, whose number another may have by now.
    ///   - now: seconds since 1970.
    public func setPrinted(_ number: Int64, seed: [UInt8], at now: Int64) throws(StoreError) -> Bool {
        connection.leavesNoTrace()
        return try connection.execute(
            "UPDATE letters SET printed_at = ?1, seed = ?2 WHERE id = ?3 AND seed = ?4", .integer(now), .blob([]),
            .integer(number), .blob(seed)) == 1
    }

    /// Makes a letter void that can't be printed.
    ///
    /// - Parameter seed: by it the letter is known again, whose number another may have by now.
    public func voidUnprintable(_ number: Int64, seed: [UInt8]) throws(StoreError) {
        connection.leavesNoTrace()
        try connection.execute(
            "UPDATE letters SET state = ?1, seed = ?2 WHERE id = ?3 AND seed = ?4",
            .integer(LetterState.void.rawValue), .blob([]), .integer(number), .blob(seed))
    }

    // MARK: The end of a letter

    /// Makes a person's live letter void. A seed that is there still, of a printing that was cut off, leaves no trace.
    public func void(of document: NationalDocument) throws(StoreError) {
        let isLive = LetterState.live.condition
        let hasSeed = try connection.exists(
            "SELECT id FROM letters WHERE document = ?1 AND \(isLive) AND seed <> ?2", .text(document.text), .blob([]))
        if hasSeed { connection.leavesNoTrace() }
        try connection.execute(
            "UPDATE letters SET state = ?1, seed = ?2 WHERE document = ?3 AND \(isLive)",
            .integer(LetterState.void.rawValue), .blob([]), .text(document.text))
    }

    /// Makes a person's live letter void if it is printed.
    public func voidPrinted(of document: NationalDocument) throws(StoreError) {
        try connection.execute(
            "UPDATE letters SET state = ?1 WHERE document = ?2 AND \(LetterState.live.condition) AND printed_at > 0",
            .integer(LetterState.void.rawValue), .text(document.text))
    }

    /// Uses up a letter; false if it is used or void by now.
    public func use(_ number: Int64) throws(StoreError) -> Bool {
        try connection.execute(
            "UPDATE letters SET state = ?1 WHERE id = ?2 AND \(LetterState.live.condition)",
            .integer(LetterState.used.rawValue), .integer(number)) == 1
    }

    /// Counts a wrong code against a letter, which is void after the last.
    ///
    /// - Parameter letter: as it is in this transaction; nil for the same work where there is none to spoil.
    public func countWrongCode(against letter: LetterRecord?) throws(StoreError) {
        guard let letter else {
            try connection.execute(
                "UPDATE letters SET tries_left = tries_left WHERE id = (SELECT max(id) FROM letters)")
            return
        }
        let left = letter.triesLeft - 1
        let state: LetterState = left > 0 ? .live : .void
        try connection.execute(
            "UPDATE letters SET tries_left = ?1, state = ?2 WHERE id = ?3", .integer(Int64(left)),
            .integer(state.rawValue), .integer(letter.number))
    }

    // MARK: Taking back

    /// Deletes a person's letters. Their files, which the printer alone knows, are to be taken back.
    ///
    /// - Returns: whether there is one that was not to be taken back before.
    public func discardAll(of document: NationalDocument) throws(StoreError) -> Bool {
        let document = SQLValue.text(document.text)
        let count = try connection.execute(
            """
            INSERT INTO discarded_letters (letter) SELECT id FROM letters WHERE document = ?1 ON CONFLICT DO NOTHING
            """, document)
        try connection.execute("DELETE FROM letters WHERE document = ?1", document)
        return count > 0
    }

    /// Notes that the file of a letter is to be taken back.
    public func discard(_ number: Int64) throws(StoreError) {
        try connection.execute(
            "INSERT INTO discarded_letters (letter) VALUES (?1) ON CONFLICT DO NOTHING", .integer(number))
    }

    /// Notes that the file of a letter was taken back.
    public func setTakenBack(_ number: Int64) throws(StoreError) {
        try connection.execute("DELETE FROM discarded_letters WHERE letter = ?1", .integer(number))
    }
}
