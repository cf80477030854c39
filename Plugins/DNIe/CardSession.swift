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
    /// The key that is meant.
    let purpose: CardContents.Purpose
    private let connection: CardConnection
    /// The number by which the card is opened over the air.
    private let can: String?
    private let keepsCAN: Bool
    private let serial: String
    /// The PIN that was given before the signature.
    private var early: SecretBox?

    init(
        _ words: Words, _ connection: CardConnection, _ card: DNIeCard, _ contents: CardContents,
        purpose: CardContents.Purpose, can: String?, keepsCAN: Bool
    ) {
        (self.words, self.connection, self.card) = (words, connection, card)
        (self.purpose, self.can, self.keepsCAN) = (purpose, can, keepsCAN)
        serial = contents.serialText
    }

    /// How the agent keeps a key of the card's.
    func reference(_ purpose: CardContents.Purpose) -> String {
        CardReference(serial: serial, purpose, can: keepsCAN ? can : nil).text
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

    /// What a card signs for digests by an algorithm of RFC 7518 section 3.1; nil if it signs in another way.
    static func digestInfos(_ digests: [[UInt8]], _ algorithm: String) -> [[UInt8]]? {
        let all = digests.compactMap { CardSignature.digestInfo(algorithm, $0) }
        return all.count == digests.count ? all : nil
    }

    /// Signatures, once the person has given the PIN: all, or none.
    func sign(_ digestInfos: [[UInt8]]) throws(Status) -> [[UInt8]] {
        let pin = try takePIN()
        var signatures: [[UInt8]] = []
        for digestInfo in digestInfos {
            signatures.append(
                try words.attempt { () throws(DNIeError) in
                    if !signatures.isEmpty { try renewAir(pin) }
                    return try sign(digestInfo, pin)
                })
            if digestInfos.count > 1 {
                words.host.progress(words.t("Signed: {1} of {2}", "\(signatures.count)", "\(digestInfos.count)"))
            }
        }
        return signatures
    }

    /// Over the air, a signature ends the channel: the next one wants PACE and PIN again.
    private func renewAir(_ pin: borrowing SecretBytes) throws(DNIeError) {
        guard card.isContactless, card.settings.endsAirBySignature, let can else { return }
        try card.reopenAir(can: SecretBytes(copying: unsafe Array(can.utf8).span.bytes))
        // Never by the last try.
        guard try card.beginPIN() > 1 else { throw .needsPIN }
        try card.verify(pin)
    }

    /// The card may want the PIN once more: the person has given it for these signatures.
    private func sign(_ digestInfo: [UInt8], _ pin: borrowing SecretBytes) throws(DNIeError) -> [UInt8] {
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
