import CertificateProof
import DNIe
import Localization
import PluginKit
import SmartCard

/// What the person is told while a card is used.
extension Words {
    /// Does something with a card; what goes wrong is told.
    func attempt<Result>(_ body: () throws(DNIeError) -> Result) throws(Status) -> Result {
        do throws(DNIeError) { return try body() } catch { throw unusable(text(for: error)) }
    }

    /// Shows how far it is.
    func tell(_ stage: DNIeStage) {
        switch stage {
        case .recognition: break
        case .pace: host.progress(t("Opening the card by its number… Hold it still."))
        case .identity: host.progress(t("Recognising the card…"))
        case .files: host.progress(t("Reading the certificates… Hold the card still."))
        case .channel: host.progress(t("Opening the secure channel…"))
        case .pin: break
        case .signature: host.progress(t("The card signs… Don't take it away."))
        }
    }

    func text(for situation: CardFinder.Situation) -> String { CardTexts(t).text(for: situation) }
    func text(for error: ReaderError) -> String { CardTexts(t).text(for: error) }
    func text(for error: DNIeError) -> String { CardTexts(t).text(for: error) }
}
