import CertificateProof
import Certificates
import DNIe
import Localization
import PluginKit
import SmartCard

/// What a card in a reader tells without being asked for anything: neither PIN nor number.
struct CardLook {
    /// Why a card could not be read.
    struct Failure: Error { let text: String }

    let candidate: CardFinder.Candidate
    /// Nil over the air: a card tells nothing there before it is given its number.
    let contents: Result<CardContents, Failure>?

    init(_ words: Words, _ candidate: CardFinder.Candidate) {
        self.candidate = candidate
        guard candidate.kind != .contactlessCandidate else {
            contents = nil
            return
        }
        do throws(Failure) { contents = .success(try Self.read(words, candidate.reader.name)) } catch {
            contents = .failure(error)
        }
    }

    private static func read(_ words: Words, _ reader: String) throws(Failure) -> CardContents {
        do {
            let connection = try CardConnection(reader)
            defer { connection.close() }
            let card = try DNIeCard(over: connection, atr: connection.atr, settings: Places.settings(words.host))
            return try card.load(Places.cache)
        } catch let error as ReaderError { throw Failure(text: words.text(for: error)) } catch let error as DNIeError {
            throw Failure(text: words.text(for: error))
        } catch { throw Failure(text: "\(error)") }
    }

    /// The chip's serial number; nil if it is not known.
    var serial: String? { try? contents?.get().serialText }

    /// The person's certificate; nil if the card does not show it, or not yet.
    var certificate: HolderCertificate? {
        let own = try? contents?.get().credential(for: .authentication)
        return own.flatMap { HolderCertificate(der: $0.certificate) }
    }

    /// A line for each card, by which the person chooses: the reader, and whose card is in it or what is known instead.
    static func titles(_ looks: [CardLook], _ t: Localizer) -> [String] {
        let plain = looks.map { $0.title(t) }
        let names = looks.map { $0.certificate?.name }
        return looks.indices.map { place in
            // Two cards of one person, or of two of one name.
            guard let name = names[place], let serial = looks[place].serial, names.count(where: { $0 == name }) > 1
            else { return plain[place] }
            return t("{1}, chip {2}", plain[place], serial)
        }
    }

    private func title(_ t: Localizer) -> String {
        let place = candidate.reader.title
        switch contents {
        case nil:
            return t("{1}: perhaps a DNIe, over the air; whose it is shows once its number (CAN) is given", place)
        case .failure(let failure): return "\(place): DNIe. \(failure.text)"
        case .success(let contents):
            if let certificate { return "\(place): \(certificate.name)" }
            let kind = candidate.kind == .generation2 ? "DNIe 1.0, 2.0" : "DNIe 3.0, 4.0"
            return t("{1}: {2}, chip {3}; whose it is shows once its PIN is given", place, kind, contents.serialText)
        }
    }
}
