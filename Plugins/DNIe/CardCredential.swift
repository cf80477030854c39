import CertificateProof
import Certificates
import DNIe
import Localization
import PluginKit
import SignedForms

/// The card's authentication certificate, and the card that signs by its key.
struct CardCredential: ProvingCredential {
    let certificate: HolderCertificate
    let chain: [[UInt8]]
    private let session: CardSession

    /// - Throws: if the card has no such certificate, or it can't serve now.
    init(_ session: CardSession) throws(Status) {
        let words = session.words
        if !session.contents.isComplete { try session.readAll() }
        guard let credential = session.card.contents?.credential(for: .authentication),
            let certificate = HolderCertificate(der: credential.certificate)
        else {
            throw words.unusable(
                words.t("No authentication certificate is on the card: the police's terminals give you new ones."))
        }
        if let problem = words.problem(certificate) { throw words.unusable(problem) }
        self.certificate = certificate
        self.session = session
        chain = CertificateChain.chain(of: certificate.der, from: session.card.contents?.authorities ?? [])
    }

    var isKeepable: Bool { certificate.der.count <= CertificateChain.maximumBytes }

    func sign(_ digest: MessageDigest, _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8] {
        try session.sign(digest.bytes, scheme.rawValue)
    }
}
