import CertificateProof
import Certificates
import ClavePluginABI
import DNIe
import Localization
import PluginKit
import SignedForms

/// A certificate of the card's, and the card that signs by its key.
struct CardCredential: ProvingCredential {
    let certificate: HolderCertificate
    let chain: [[UInt8]]
    private let session: CardSession

    /// - Throws: if the card has no such certificate, or it can't serve now.
    init(_ session: CardSession) throws(Status) {
        let words = session.words
        if session.card.contents?.isComplete != true { try session.readAll() }
        guard let credential = session.card.contents?.credential(for: .authentication),
            let certificate = HolderCertificate(der: credential.certificate)
        else {
            throw words.unusable(
                words.t("No authentication certificate is on the card: the police's terminals give you new ones."))
        }
        if let problem = words.problem(certificate) { throw words.unusable(problem) }
        self.certificate = certificate
        self.session = session
        chain = session.chain(of: certificate)
    }

    /// Leaves the references to the card's keys: the signature key's too, if its certificate can serve.
    func leave(in result: UnsafeMutablePointer<clave_result>) throws(Status) {
        unsafe try Left.put(
            reference: session.reference(.authentication), certificates: Array(chain.joined()), in: result)
        guard let other = session.card.contents?.credential(for: .signature),
            let certificate = HolderCertificate(der: other.certificate), session.words.problem(certificate) == nil
        else { return }
        unsafe Left.put(
            signatureReference: session.reference(.signature),
            certificates: Array(session.chain(of: certificate).joined()), in: result)
    }

    var obstacle: KeepingObstacle? { certificate.der.count > CertificateChain.maximumBytes ? .tooLarge : nil }

    /// Nothing to do: the card was read, and says which key each certificate has.
    func requireKey(_ scheme: SignatureScheme, _ words: Words) throws(Status) {}

    func sign(_ message: [UInt8], _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8] {
        guard let digest = MessageDigest(scheme.digest, of: message),
            let digestInfos = CardSession.digestInfos([digest.bytes], scheme.rawValue)
        else { throw .failed }
        return try session.sign(digestInfos)[0]
    }
}
