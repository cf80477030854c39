import ClaveDomain
public import GatewayStore
import SecureMemory

/// Prints the letters that wait, and takes back those of people who were removed.
public struct LetterPrinting: Sendable {
    private static let seedLength = 32

    private let database: Database
    private let clock: Clock
    private let audit: AuditWriter
    private let codes: LetterCodes
    private let printer: any LetterPrinter

    public init(
        _ database: Database, clock: Clock, audit: AuditWriter, codes: LetterCodes, printer: any LetterPrinter
    ) {
        self.database = database
        self.clock = clock
        self.audit = audit
        self.codes = codes
        self.printer = printer
    }

    /// A letter on its way to the printer.
    private struct Sheet {
        let letter: PrintedLetter
        /// Of its code; by it the row is found again, whose number another letter may have by then.
        let seed: [UInt8]
    }

    /// Prints the letters that wait for it. No code is stored: it is made of a seed, which lasts until the letter is printed,
    /// and a key; so a letter that is printed a second time, because the gateway was killed in between, is the same one. One
    /// that can't be printed at all is void, so that those behind it go out.
    public func printLetters() throws(StoreError) {
        try takeBack()
        while let sheet = try database.write({ (tx, _) throws(StoreError) in try nextLetter(tx) }) {
            do { try printer.print(sheet.letter) } catch let error as UnprintableLetter {
                try voidUnprintable(sheet, error.reason)
                continue
            } catch {
                try database.write { (tx, _) throws(StoreError) in
                    try record(tx, "not printed: \(error)")
                }
                return
            }
            if try !isPrinted(sheet) { try takeBack() }
        }
    }

    /// Writes that a letter is printed; false if it was made void, or its person removed, meanwhile: then it is to be taken
    /// back.
    private func isPrinted(_ sheet: Sheet) throws(StoreError) -> Bool {
        try database.write { (tx, _) throws(StoreError) in
            let isPrinted = try tx.letters.setPrinted(sheet.letter.number, seed: sheet.seed, at: clock.now())
            if !isPrinted { try tx.letters.discard(sheet.letter.number) }
            try record(tx, isPrinted ? "printed" : "void while it was printed: taken back")
            return isPrinted
        }
    }

    /// Removes the files of letters that are to be taken back. One that can't be removed is tried again with the next letter.
    private func takeBack() throws(StoreError) {
        let numbers = try database.read { (tx) throws(StoreError) in
            try tx.letters.discarded()
        }
        for number in numbers {
            var failure: String?
            do { try printer.discard(number) } catch { failure = "\(error)" }
            try database.write { (tx, _) throws(StoreError) in
                if let failure {
                    try record(tx, "not taken back: \(failure)")
                } else {
                    try tx.letters.setTakenBack(number)
                }
            }
        }
    }

    private func voidUnprintable(_ sheet: Sheet, _ reason: String) throws(StoreError) {
        try database.write { (tx, _) throws(StoreError) in
            try tx.letters.voidUnprintable(sheet.letter.number, seed: sheet.seed)
            try record(tx, "can't be printed, void: \(reason)")
        }
    }

    private func nextLetter(_ tx: WriteTransaction) throws(StoreError) -> Sheet? {
        guard let waiting = try tx.letters.nextToPrint(at: clock.now()) else { return nil }
        let seed = waiting.seed.isEmpty ? randomBytes(Self.seedLength) : waiting.seed
        let code = codes.code(of: seed)
        try tx.letters.prepare(
            waiting.number, seed: seed, digest: codes.digest(Array(code.text.utf8), of: waiting.document))
        let letter = PrintedLetter(
            number: waiting.number, name: waiting.name, address: waiting.address, code: code, sentAt: waiting.sentAt,
            expiresAt: waiting.expiresAt, language: waiting.language)
        return Sheet(letter: letter, seed: seed)
    }

    /// Whose letter it is, the audit does not tell.
    private func record(_ tx: WriteTransaction, _ outcome: String) throws(StoreError) {
        try audit.record(tx, LetterQueue.act, subject: "", outcome: outcome)
    }
}
