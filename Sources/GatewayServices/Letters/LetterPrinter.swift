public import ClaveDomain

/// A letter on its way to the printer.
public struct PrintedLetter: Equatable, Sendable {
    /// Of its row: a letter that is printed again takes the place of the first.
    public let number: Int64
    public let name: String
    /// Lines of the fiscal address.
    public let address: [String]
    public let code: LetterCode
    /// Seconds since 1970.
    public let sentAt: Int64
    /// Seconds since 1970.
    public let expiresAt: Int64
    /// "ca", "es", …
    public let language: String
}

/// Brings letters on their way.
public protocol LetterPrinter: Sendable {
    /// Whether no more can be taken now.
    var isFull: Bool { get }
    /// Prints a letter, whole or not at all.
    ///
    /// - Throws: ``UnprintableLetter`` for a letter that no later try would print; anything else when it is to be tried
    ///   again later.
    func print(_ letter: PrintedLetter) throws
    /// Takes back a letter that lies there still; one that is gone is no error.
    func discard(_ number: Int64) throws
}

/// A letter that can't be printed, whenever it is tried: an address that is too long for any envelope.
public struct UnprintableLetter: Error {
    /// For the audit; nothing of the letter's content.
    public let reason: String
}
