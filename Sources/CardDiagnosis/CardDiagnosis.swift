import Certificates
import ClaveDomain
import DNIe
import Localization
import SmartCard

/// Looks at a DNIe by contact: its certificates, and the tries of its PIN.
struct CardDiagnosis {
    private let whole: Diagnosis
    private let kind: CardKind
    private var t: Localizer { whole.t }

    init(_ whole: Diagnosis, _ kind: CardKind) {
        (self.whole, self.kind) = (whole, kind)
    }

    /// Takes the card in a reader, looks at it, and lets it go.
    func run(_ reader: String) {
        do {
            let connection = try CardConnection(reader)
            defer { connection.close() }
            try look(over: connection, connection.atr)
        } catch let error as ReaderError {
            whole.put("card", .bad, CardTexts(t).text(for: error))
        } catch let error as DNIeError {
            whole.put("card", .bad, CardTexts(t).text(for: error))
        } catch { whole.put("card", .bad, "\(error)") }
    }

    /// Looks at a card that nobody else speaks with.
    func look(over channel: any CardChannel, _ atr: ATR?) throws(DNIeError) {
        let card = try DNIeCard(over: channel, atr: atr, settings: whole.settings)
        // Not from the cache: it is the card that is asked.
        let contents = try card.load()
        let name = kind == .generation2 ? "DNIe 2.0" : "DNIe 3.0/4.0"
        whole.put("card", .good, t("{1}, chip {2}; it is of a known root.", name, contents.serialText))
        if card.isTestCard { whole.put("card", .note, t("This is a test card: it is none of the police's.")) }
        certificate(contents, .authentication, t("Certificate to identify"))
        certificate(contents, .signature, t("Certificate to sign"))
        pin(try card.beginPIN())
    }

    private func certificate(_ contents: CardContents, _ purpose: CardContents.Purpose, _ name: String) {
        guard let credential = contents.credential(for: purpose),
            let certificate = HolderCertificate(der: credential.certificate)
        else {
            if contents.isComplete {
                whole.put("certificate", .bad, t("{1}: not on the card. A terminal of the police's makes one.", name))
            } else {
                whole.put("certificate", .note, t("{1}: this card shows it after its PIN only.", name))
            }
            return
        }
        let (isEarly, isOver) = (
            whole.settings.now < certificate.validAfter, certificate.validBefore < whole.settings.now
        )
        let day = CivilDate(unixTime: Int64(clamping: isEarly ? certificate.validAfter : certificate.validBefore)).text
        let text =
            if isEarly {
                t("{1}: not valid before {2}. Is this computer's clock right?", name, day)
            } else if isOver {
                t("{1}: expired on {2}. A terminal of the police's makes a new one.", name, day)
            } else {
                t("{1}: valid until {2}.", name, day)
            }
        whole.put("certificate", isEarly || isOver ? .bad : .good, text)
    }

    private func pin(_ triesLeft: Int) {
        switch triesLeft {
        case 0: whole.put("pin", .bad, CardTexts(t).text(for: DNIeError.blockedPIN))
        case 1: whole.put("pin", .note, t("The PIN has one try left."))
        default: whole.put("pin", .good, t("Tries of the PIN that are left: {1}.", "\(triesLeft)"))
        }
    }
}
