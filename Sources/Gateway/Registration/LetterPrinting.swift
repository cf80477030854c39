import ClaveDomain
import GatewayStore
import SecureMemory

/// Printing the letters that wait, and taking back those of people who were removed.
extension GatewayServices {
    private static let letterSeedLength = 32

    /// A letter on its way to the printer.
    private struct Sheet {
        let letter: PrintedLetter
        /// Of its code; by it the row is found again, whose number another letter may have by then.
        let seed: [UInt8]
    }

    /// Prints the letters that wait for it. No code is stored: it is made of a seed, which lasts until the letter is printed,
    /// and a key; so a letter that is printed a second time, because the gateway was killed in between, is the same one. One
    /// that can't be printed at all is void, so that those behind it go out.
    func printLetters() throws(StoreError) {
        guard let printer else { return }
        try takeBack(printer)
        while let sheet = try store.write({ (tx) throws(StoreError) in try nextLetter(tx) }) {
            do { try printer.print(sheet.letter) } catch let error as UnprintableLetter {
                try voidUnprintable(sheet, error.reason)
                continue
            } catch {
                try store.write { (tx) throws(StoreError) in
                    try audit(tx, Self.letterAct, subject: "", outcome: "not printed: \(error)")
                }
                return
            }
            if try !isPrinted(sheet) { try takeBack(printer) }
        }
    }

    /// Writes that a letter is printed; false if it was made void, or its person removed, meanwhile: then it is to be taken
    /// back.
    private func isPrinted(_ sheet: Sheet) throws(StoreError) -> Bool {
        try store.write { (tx) throws(StoreError) in
            tx.leavesNoTrace()
            try tx.run(
                "UPDATE letters SET printed_at = ?, seed = x'' WHERE id = ? AND seed = ?", .integer(now()),
                .integer(sheet.letter.number), .blob(sheet.seed))
            let isPrinted = tx.changes == 1
            if !isPrinted {
                try tx.run(
                    "INSERT OR IGNORE INTO discarded_letters VALUES (?)", .integer(sheet.letter.number))
            }
            try audit(
                tx, Self.letterAct, subject: "",
                outcome: isPrinted ? "printed" : "void while it was printed: taken back")
            return isPrinted
        }
    }

    /// Removes the files of letters that are to be taken back. One that can't be removed is tried again with the next letter.
    private func takeBack(_ printer: any LetterPrinter) throws(StoreError) {
        let numbers = try store.read { (tx) throws(StoreError) in
            try tx.run("SELECT letter FROM discarded_letters").map { $0.integer(0) }
        }
        for number in numbers {
            var failure: String?
            do { try printer.discard(number) } catch { failure = "\(error)" }
            try store.write { (tx) throws(StoreError) in
                if let failure {
                    try audit(tx, Self.letterAct, subject: "", outcome: "not taken back: \(failure)")
                } else {
                    try tx.run("DELETE FROM discarded_letters WHERE letter = ?", .integer(number))
                }
            }
        }
    }

    private func voidUnprintable(_ sheet: Sheet, _ reason: String) throws(StoreError) {
        try store.write { (tx) throws(StoreError) in
            tx.leavesNoTrace()
            try tx.run(
                "UPDATE letters SET state = ?, seed = x'' WHERE id = ? AND seed = ?",
                .integer(LetterState.void.rawValue), .integer(sheet.letter.number), .blob(sheet.seed))
            try audit(tx, Self.letterAct, subject: "", outcome: "can't be printed, void: \(reason)")
        }
    }

    /// The oldest letter that waits. Not one whose number a letter has that is yet to be taken back.
    private func nextLetter(_ tx: WriteTransaction) throws(StoreError) -> Sheet? {
        let row = try tx.run(
            """
            SELECT letters.id, census.name, census.address, letters.sent_at, letters.expires_at, census.language,
            letters.document, letters.seed FROM letters JOIN census USING (document)
            WHERE state = 0 AND printed_at = 0 AND expires_at > ?
            AND letters.id NOT IN (SELECT letter FROM discarded_letters) ORDER BY letters.id LIMIT 1
            """, .integer(now())
        ).first
        guard let row, let document = try? NationalDocument(parsing: row.text(6)) else { return nil }
        let seed = row.blob(7).isEmpty ? randomBytes(Self.letterSeedLength) : row.blob(7)
        let code = letterCode(of: seed)
        try tx.run(
            "UPDATE letters SET code = ?, seed = ? WHERE id = ?",
            .blob(letterDigest(Array(code.text.utf8), of: document)), .blob(seed), .integer(row.integer(0)))
        let letter = PrintedLetter(
            number: row.integer(0), name: row.text(1),
            address: row.text(2).split(separator: "\n").map(String.init), code: code, sentAt: row.integer(3),
            expiresAt: row.integer(4), language: row.text(5))
        return Sheet(letter: letter, seed: seed)
    }

    /// The same code for the same seed.
    private func letterCode(of seed: [UInt8]) -> LetterCode {
        var block: UInt8 = 0
        return LetterCode { _ in
            defer { block += 1 }
            return keys.digest([block], for: "letter code", of: seed)
        }
    }
}
