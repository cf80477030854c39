import CertificateProof
import DNIe
import Localization
import PluginKit
import SecureMemory
import SmartCard

/// The person's card, found, opened and known, for one operation.
final class CardSession {
    let words: Words
    let card: DNIeCard
    let contents: CardContents
    /// How the agent keeps it.
    let reference: CardReference
    private let connection: CardConnection
    /// The PIN that was given before the signature.
    private var early: SecretBox?

    init(_ words: Words, _ connection: CardConnection, _ card: DNIeCard, _ contents: CardContents, can: String?) {
        (self.words, self.connection, self.card, self.contents) = (words, connection, card, contents)
        reference = CardReference(serial: contents.serialText, can: can)
    }

    /// Lets the card go, reset.
    func close() { connection.close() }

    /// Reads the certificates that an older card shows after the PIN only; the PIN serves for the next signature too.
    func readAll() throws(Status) { early = SecretBox(try verifiedPIN()) }

    private func takePIN() throws(Status) -> SecretBytes {
        if let pin = early?.take() { return pin }
        return try verifiedPIN()
    }

    /// A signature by the authentication key, once the person has given the PIN.
    ///
    /// - Parameter algorithm: RFC 7518 section 3.1.
    func sign(_ digest: [UInt8], _ algorithm: String) throws(Status) -> [UInt8] {
        guard let digestInfo = CardSignature.digestInfo(algorithm, digest) else {
            throw words.unusable(words.t("A DNIe does not sign in this way. Choose another with --scheme."))
        }
        let pin = try takePIN()
        return try words.attempt { () throws(DNIeError) in try sign(digestInfo, pin) }
    }

    /// The card may want the PIN once more: the person has given it for this signature.
    private func sign(_ digestInfo: [UInt8], _ pin: borrowing SecretBytes) throws(DNIeError) -> [UInt8] {
        do throws(DNIeError) { return try card.sign(digestInfo, for: .authentication) } catch {
            // Never by the last try.
            guard error == .needsPIN, try card.beginPIN() > 1 else { throw error }
            try card.verify(pin)
            return try card.sign(digestInfo, for: .authentication)
        }
    }

    /// Asks for the PIN until it is the card's, as long as tries are left.
    private func verifiedPIN() throws(Status) -> SecretBytes {
        var tries = try words.attempt { () throws(DNIeError) in try card.beginPIN() }
        var wasWrong = false
        while true {
            let pin = try PINQuestion(words).ask(triesLeft: tries, wasWrong: wasWrong)
            do throws(DNIeError) {
                try card.verify(pin)
                return pin
            } catch {
                guard case .wrongPIN(let left) = error else { throw words.unusable(words.text(for: error)) }
                (tries, wasWrong) = (left, true)
            }
        }
    }
}
