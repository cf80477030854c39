import ClaveDomain
import GatewayServices
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
            let isPrinted = try tx.letters.setPrinted(sheet.letter.number, seed: sheet.seed, at: now())
            if !isPrinted { try tx.letters.discard(sheet.letter.number) }
            try audit(
                tx, Self.letterAct, subject: "",
                outcome: isPrinted ? "printed" : "void while it was printed: taken back")
            return isPrinted
        }
    }

    /// Removes the files of letters that are to be taken back. One that can't be removed is tried again with the next letter.
    private func takeBack(_ printer: any LetterPrinter) throws(StoreError) {
        let numbers = try store.read { (tx) throws(StoreError) in
            try tx.letters.discarded()
        }
        for number in numbers {
            var failure: String?
            do { try printer.discard(number) } catch { failure = "\(error)" }
            try store.write { (tx) throws(StoreError) in
                if let failure {
                    try audit(tx, Self.letterAct, subject: "", outcome: "not taken back: \(failure)")
                } else {
                    try tx.letters.setTakenBack(number)
                }
            }
        }
    }

    private func voidUnprintable(_ sheet: Sheet, _ reason: String) throws(StoreError) {
        try store.write { (tx) throws(StoreError) in
            try tx.letters.voidUnprintable(sheet.letter.number, seed: sheet.seed)
            try audit(tx, Self.letterAct, subject: "", outcome: "can't be printed, void: \(reason)")
        }
    }

    private func nextLetter(_ tx: WriteTransaction) throws(StoreError) -> Sheet? {
        guard let waiting = try tx.letters.nextToPrint(at: now()) else { return nil }
        let seed = waiting.seed.isEmpty ? randomBytes(Self.letterSeedLength) : waiting.seed
        let code = letterCode(of: seed)
        try tx.letters.prepare(
            waiting.number, seed: seed, digest: letterDigest(Array(code.text.utf8), of: waiting.document))
        let letter = PrintedLetter(
            number: waiting.number, name: waiting.name, address: waiting.address, code: code, sentAt: waiting.sentAt,
            expiresAt: waiting.expiresAt, language: waiting.language)
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
