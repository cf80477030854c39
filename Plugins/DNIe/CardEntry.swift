import CertificateProof
import ClavePluginABI
import DNIe
import Localization
import PluginKit
import SecureMemory
import SmartCard

/// Finds the card that is meant and opens it, with the person.
///
/// The names of the fields (`reader`, `can`, `keep-can`) are a contract: scripts fill them in.
struct CardEntry {
    /// Why there is no open card.
    private enum Stop: Error {
        case status(Status)
        case card(DNIeError)
    }

    /// How often a card may be taken away, or its number be wrong, before the conversation ends.
    private static let maximumTries = 5
    /// How long to wait for a card, in milliseconds, and how often: in between the person is told again, and the host
    /// sees that there is somebody at work.
    private static let patience = 30_000
    private static let maximumWaits = 6

    private let words: Words
    private let wanted: CardReference?
    private let settings: DNIeSettings
    private var can: String?
    private var keepsCAN: Bool
    /// Why the number is asked for again.
    private var note: String?

    private init(_ words: Words, _ wanted: CardReference?) {
        (self.words, self.wanted) = (words, wanted)
        settings = Places.settings(words.host)
        can = wanted?.can
        keepsCAN = can != nil
    }

    /// Waits for a card and opens it.
    ///
    /// - Parameter text: a ``CardReference``, for that card alone; nil for any.
    static func open(_ words: Words, _ text: String?) throws(Status) -> CardSession {
        let wanted = text.flatMap { CardReference($0) }
        guard wanted != nil || text == nil else {
            throw words.unusable(words.t("That names no DNIe: give dnie: and the number of its chip."))
        }
        var entry = CardEntry(words, wanted)
        for _ in 0..<maximumTries {
            do throws(Stop) { return try entry.once() } catch { try entry.prepare(after: error) }
        }
        throw words.unusable(words.t("The card could not be opened. Start again."))
    }

    /// Makes ready for another try, or throws if there should be none.
    private mutating func prepare(after stop: Stop) throws(Status) {
        switch stop {
        case .status(let status): throw status
        case .card(.wrongCAN): (can, note) = (nil, words.text(for: DNIeError.wrongCAN))
        case .card(.removed(let stage)): words.host.progress(words.text(for: DNIeError.removed(stage)))
        case .card(let error): throw words.unusable(words.text(for: error))
        }
    }

    private mutating func once() throws(Stop) -> CardSession {
        let candidate: CardFinder.Candidate
        do throws(Status) {
            candidate = try choose(try find())
            if candidate.kind == .contactlessCandidate, can == nil { try askNumber() }
        } catch { throw .status(error) }
        let connection: CardConnection
        do throws(ReaderError) { connection = try CardConnection(candidate.reader.name) } catch {
            if error == .noCard { throw .card(.removed(.recognition)) }
            throw .status(words.unusable(words.text(for: error)))
        }
        do throws(DNIeError) { return try open(connection) } catch {
            connection.close()
            throw .card(error)
        }
    }

    private func open(_ connection: CardConnection) throws(DNIeError) -> CardSession {
        let channel = LoggedChannel(connection) { words.host.log($0) }
        let card = try DNIeCard(over: channel, atr: connection.atr, settings: settings) { words.tell($0) }
        if card.isContactless, let can {
            try card.openAir(can: SecretBytes(copying: unsafe Array(can.utf8).span.bytes))
        }
        let contents = try card.load(Places.cache)
        if let wanted, wanted.serial != contents.serialText { throw .otherCard }
        if card.isTestCard { words.host.progress(words.t("This is a test card: it is none of the police's.")) }
        return CardSession(
            words, connection, card, contents, purpose: wanted?.purpose ?? .authentication, can: can, keepsCAN: keepsCAN
        )
    }

    // MARK: Finding

    private func find() throws(Status) -> [CardFinder.Candidate] {
        var last = ReaderError.timedOut
        for _ in 0..<Self.maximumWaits where last == .timedOut {
            do throws(ReaderError) {
                return try CardFinder().wait(milliseconds: Self.patience) { words.host.progress(words.text(for: $0)) }
            } catch { last = error }
        }
        throw words.unusable(words.text(for: last))
    }

    /// The only one, or the one that is wanted, or the one that the person chooses by its reader and what it tells.
    private func choose(_ candidates: [CardFinder.Candidate]) throws(Status) -> CardFinder.Candidate {
        guard candidates.count > 1 else { return candidates[0] }
        words.host.progress(words.t("Looking at the cards in the readers…"))
        var looks = candidates.map { CardLook(words, $0) }
        if let wanted {
            if let found = looks.first(where: { $0.serial == wanted.serial }) { return found.candidate }
            // What is surely another card is none to choose.
            let rest = looks.filter { $0.serial == nil }
            guard !rest.isEmpty else { throw words.unusable(words.text(for: DNIeError.otherCard)) }
            looks = rest
        }
        guard looks.count > 1 else { return looks[0].candidate }
        let titles = Titles(CardLook.titles(looks, words.t))
        let field = Host.Field(
            name: "reader", label: words.t("Card reader"), kind: Int(CLAVE_FIELD_CHOICE),
            lengths: 1...UInt32(CLAVE_TEXT_MAX), choices: titles.texts)
        guard let place = titles.place(of: try words.host.askText(field)) else { throw .invalid }
        return looks[place].candidate
    }

    /// The card access number, and whether it is kept.
    private mutating func askNumber() throws(Status) {
        let field = Host.Field(
            name: "can", label: words.t("Card access number (CAN): the six digits on the front, below right"),
            note: note,
            kind: Int(CLAVE_FIELD_DIGITS), lengths: 6...6)
        can = try words.host.askText(field)
        // A card that is known has been asked about.
        guard wanted == nil, note == nil else { return }
        let (yes, no) = (words.t("Yes"), words.t("No"))
        let question = Host.Field(
            name: "keep-can",
            label: words.t("Keep this number in the agent's vault, so that it is not asked for again?"),
            kind: Int(CLAVE_FIELD_CHOICE), lengths: 1...UInt32(CLAVE_TEXT_MAX), choices: [yes, no],
            isPersonal: true)
        keepsCAN = try words.host.askText(question) == yes
    }
}
