import ClaveDomain
import Glibc
import Letters
import Localization
import Posix

/// Puts each letter as a PDF in a folder; a printing service takes the files away.
///
/// The files hold codes: the folder is made for its user only, and so is each file.
public struct PrintOutbox: LetterPrinter {
    /// Letters that may wait, where nothing else is said.
    public static let usualLimit = 500
    private static let (prefix, suffix) = ("letter-", ".pdf")

    /// Where the files lie.
    public let folder: String
    private let sender: String
    private let limit: Int
    private let log: @Sendable (String) -> Void

    /// - Parameters:
    ///   - folder: where the files lie.
    ///   - sender: what the gateway calls itself.
    ///   - limit: when so many wait, the outbox is full.
    ///   - log: hears of each letter, without its content.
    public init(
        folder: String, sender: String, limit: Int = Self.usualLimit,
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.folder = folder
        self.sender = sender
        self.limit = limit
        self.log = log
    }

    /// A folder that can't be read is full.
    public var isFull: Bool { waiting.map { $0 >= limit } ?? true }

    /// How many letters wait; nil if the folder can't be read.
    private var waiting: Int? {
        do throws(SystemError) {
            return try Files.names(in: folder).count { name in
                name.utf8.starts(with: Self.prefix.utf8)
                    && name.utf8.suffix(Self.suffix.utf8.count).elementsEqual(Self.suffix.utf8)
            }
        } catch { return error.number == ENOENT ? 0 : nil }
    }

    /// Puts the letter into its file; one of the same number is replaced.
    ///
    /// - Throws: ``UnprintableLetter`` for one that can't be drawn; else nothing was printed, and no file is left of it.
    public func print(_ letter: PrintedLetter) throws {
        let bytes: [UInt8]
        do throws(LetterError) { bytes = try drawn(letter).pdf() } catch {
            throw error.isOfTheLetter ? UnprintableLetter(reason: "\(error)") : error
        }
        try Files.makeFolder(folder)
        let path = path(letter.number)
        try Files.replace(path, with: bytes)
        log("letter \(letter.number) is at \(path)")
    }

    /// Removes the letter's file, and what a kill has left half written of it. Who prints may have taken it away.
    public func discard(_ number: Int64) throws {
        for path in [path(number), path(number) + ".new"] {
            guard unsafe unlink(path) != 0, errno != ENOENT else { continue }
            throw SystemError("unlink \(path)")
        }
    }

    private func path(_ number: Int64) -> String { "\(folder)/\(Self.prefix)\(number)\(Self.suffix)" }

    private func drawn(_ letter: PrintedLetter) -> Letter {
        let day: Int64 = 86_400
        return Letter(
            number: letter.number, name: letter.name, address: letter.address, code: letter.code,
            sentOn: CivilDate(unixTime: letter.sentAt),
            // The last day that ends before the code does, in UTC and so in all of Spain.
            lastDay: CivilDate(unixTime: letter.expiresAt - day), sender: sender,
            Localizer(language: Language(rawValue: letter.language) ?? .en, folder: Localizer.catalogFolder))
    }
}
