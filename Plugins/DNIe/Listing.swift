import CertificateProof
import Certificates
import ClaveDomain
import ClavePluginABI
import DNIe
import Localization
import PluginKit
import SmartCard

/// Tells the host of the cards in the readers, without asking anything.
struct Listing {
    private let words: Words

    init(_ words: Words) { self.words = words }

    /// Calls `found` for each card.
    func run(_ found: (inout clave_credential) -> Void) throws(Status) {
        let candidates: [CardFinder.Candidate]
        do throws(ReaderError) { candidates = try CardFinder().look().0 } catch {
            words.host.progress(words.text(for: error))
            throw .unavailable
        }
        for candidate in candidates {
            var credential = unsafe describe(candidate)
            unsafe found(&credential)
        }
    }

    /// Texts that the process keeps until its end, which is near.
    private func describe(_ candidate: CardFinder.Candidate) -> clave_credential {
        var credential = unsafe clave_credential()
        unsafe credential.size = MemoryLayout<clave_credential>.size
        let place = candidate.reader.title
        switch CardLook(words, candidate).contents {
        case nil:
            unsafe credential.reference = CText.forever("dnie:")
            unsafe credential.title = CText.forever(CText.line(words.t("{1}: perhaps a DNIe, over the air", place)))
            unsafe credential.problem = CText.forever(
                CText.line(words.t("It is read when its number (CAN) is given: clave-add -m dnie")))
        case .failure(let failure):
            unsafe credential.reference = CText.forever("dnie:")
            unsafe credential.title = CText.forever(CText.line("\(place): DNIe"))
            unsafe credential.problem = CText.forever(CText.line(failure.text))
        case .success(let contents): unsafe fill(&credential, contents, place)
        }
        return unsafe credential
    }

    private func fill(_ credential: inout clave_credential, _ contents: CardContents, _ place: String) {
        unsafe credential.reference = CText.forever(
            CardReference(serial: contents.serialText, .authentication, can: nil).text)
        guard let own = contents.credential(for: .authentication),
            let certificate = HolderCertificate(der: own.certificate)
        else {
            unsafe credential.title = CText.forever(CText.line("\(place): DNIe"))
            unsafe credential.problem =
                contents.isComplete ? CText.forever(CText.line(words.text(for: DNIeError.noKey))) : nil
            return
        }
        unsafe credential.title = CText.forever(CText.line("\(place): \(certificate.name)"))
        unsafe credential.problem = words.problem(certificate).map { unsafe CText.forever($0) }
        unsafe credential.holder = CText.forever(CText.line(certificate.name))
        unsafe credential.document = certificate.number.map { unsafe CText.forever($0) }
        unsafe credential.issuer = CText.forever(CText.line(certificate.issuer))
        unsafe credential.usage = CText.forever(words.usage(certificate))
        unsafe credential.valid_after = Int64(clamping: certificate.validAfter)
        unsafe credential.valid_before = Int64(clamping: certificate.validBefore)
    }
}
