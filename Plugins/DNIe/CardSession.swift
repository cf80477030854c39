import CertificateProof
import Certificates
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
    private let connection: CardConnection
    /// The number by which the card is opened, if the person wants it kept.
    private let can: String?
    /// The PIN that was given before the signature.
    private var early: SecretBox?

    init(_ words: Words, _ connection: CardConnection, _ card: DNIeCard, _ contents: CardContents, can: String?) {
        (self.words, self.connection, self.card, self.contents, self.can) = (words, connection, card, contents, can)
    }

    /// How the agent keeps a key of the card's.
    func reference(_ purpose: CardContents.Purpose) -> String {
        CardReference(serial: contents.serialText, purpose, can: can).text
    }

    /// In DER: a certificate, and those of its issuers as far as the card has them.
    func chain(of certificate: HolderCertificate) -> [[UInt8]] {
        CertificateChain.chain(of: certificate.der, from: card.contents?.authorities ?? [])
    }

    /// Lets the card go, reset.
    func close() { connection.close() }

    /// Reads the certificates that an older card shows after the PIN only; the PIN serves for the next signature too.
    func readAll() throws(Status) { early = SecretBox(try verifiedPIN()) }

    private func takePIN() throws(Status) -> SecretBytes {
        if let pin = early?.take() { return pin }
        return try verifiedPIN()
    }

    /// Signatures, once the person has given the PIN: all, or none.
    ///
    /// - Parameter algorithm: RFC 7518 section 3.1.
    func sign(
        _ digests: [[UInt8]], _ algorithm: String, by purpose: CardContents.Purpose
    ) throws(Status) -> [[UInt8]] {
        let digestInfos = digests.compactMap { CardSignature.digestInfo(algorithm, $0) }
        guard digestInfos.count == digests.count else {
            throw words.unusable(words.t("A DNIe does not sign in this way. Choose another with --scheme."))
        }
        let pin = try takePIN()
        var signatures: [[UInt8]] = []
        for digestInfo in digestInfos {
            signatures.append(
                try words.attempt { () throws(DNIeError) in try sign(digestInfo, by: purpose, pin) })
            if digestInfos.count > 1 {
                words.host.progress(words.t("Signed: {1} of {2}", "\(signatures.count)", "\(digestInfos.count)"))
            }
        }
        return signatures
    }

    /// The card may want the PIN once more: the person has given it for these signatures.
    private func sign(
        _ digestInfo: [UInt8], by purpose: CardContents.Purpose, _ pin: borrowing SecretBytes
    ) throws(DNIeError) -> [UInt8] {
        do throws(DNIeError) { return try card.sign(digestInfo, for: purpose) } catch {
            // Never by the last try.
            guard error == .needsPIN, try card.beginPIN() > 1 else { throw error }
            try card.verify(pin)
            return try card.sign(digestInfo, for: purpose)
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
