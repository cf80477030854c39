import CertificateProof
import ClavePluginABI
import DNIe
import Localization
import PluginKit
import SecureMemory

/// Asks for the card's PIN: how many tries are left is said first, and the last one is taken only by an express yes.
///
/// The names of the fields (`pin`, `last-try`) are a contract: scripts fill them in.
struct PINQuestion {
    private let words: Words

    init(_ words: Words) { self.words = words }

    func ask(triesLeft: Int, wasWrong: Bool) throws(Status) -> SecretBytes {
        guard triesLeft > 0 else { throw words.unusable(words.text(for: DNIeError.blockedPIN)) }
        if triesLeft == 1 { try confirmLastTry() }
        let left =
            triesLeft == 1
            ? words.t("This is the last try.") : words.t("Tries left: {1}.", "\(triesLeft)")
        let lengths = DNIeCard.pinLengths
        return try words.host.ask(
            Host.Field(
                name: "pin", label: words.t("PIN of the DNIe"),
                note: wasWrong ? words.t("The PIN was wrong.") + " " + left : left, kind: Int(CLAVE_FIELD_SECRET),
                lengths: UInt32(lengths.lowerBound)...UInt32(lengths.upperBound)))
    }

    private func confirmLastTry() throws(Status) {
        let (yes, no) = (words.t("Yes"), words.t("No"))
        let answer = try words.host.askText(
            Host.Field(
                name: "last-try",
                label: words.t(
                    "Only one try is left: a wrong PIN blocks the card, and only a terminal of the police's gives it back. Try?"
                ),
                kind: Int(CLAVE_FIELD_CHOICE), lengths: 1...UInt32(CLAVE_TEXT_MAX), choices: [no, yes], isPersonal: true
            ))
        guard answer == yes else { throw .cancelled }
    }
}
