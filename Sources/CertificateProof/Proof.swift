import Certificates
import GatewayAPI
import Localization
public import PluginKit
import SecureMemory
import SignedForms

/// Proves to the gateway who the person is: signs its challenge, which names this device and this gateway.
public struct Proof {
    private let words: Words
    private var host: Host { words.host }

    /// A proof that tells the person how far it is.
    public init(_ words: Words) { self.words = words }

    /// Gives the proof: one signature, once the gateway's challenge has been looked at.
    public func give(by credential: some ProvingCredential) throws(Status) {
        guard let scheme = credential.scheme else {
            throw words.unusable(words.t("The key of this certificate is of a kind that is not known here."))
        }
        // What can't be kept must not replace the device that the person has.
        switch credential.obstacle {
        case .unknownKey:
            throw words.unusable(words.t("The key of this certificate is of a kind that is not known here."))
        case .tooLarge: throw words.unusable(words.t("This certificate, or its key, is too large to be kept."))
        case nil: break
        }
        host.progress(words.t("Certificate: {1}", words.title(credential.certificate)))
        // Nobody is there to whom anything could be proved, so nothing is signed.
        if words.isLocal { return try credential.requireKey(scheme, words) }
        let challenge = try host.exchange(CertificateChallenge.step, SecretBytes(zeros: 0))
        try requireOurs(challenge)
        let signature = try sign(challenge, by: credential, scheme)
        host.progress(words.t("The gateway looks at the certificate…"))
        let reply = try host.exchange(
            CertificateChallenge.finishStep, SecretBytes(copying: unsafe signature.span.bytes))
        guard let outcome = reply.first.flatMap(CertificateOutcome.init) else { throw .failed }
        if let refusal = text(for: outcome) {
            host.progress(refusal)
            throw .refused
        }
    }

    /// A challenge of another gateway, or for another device, would let its maker act as the person there.
    private func requireOurs(_ bytes: [UInt8]) throws(Status) {
        guard let device = host.device, let challenge = try? CertificateChallenge.decode(unsafe bytes.span.bytes),
            challenge.isFor(
                gateway: device.gateway, signingKey: device.signingKey, sealingKey: device.sealingKey)
        else {
            throw words.unusable(
                words.t("The gateway asked for a signature that is not for this activation; nothing was signed."))
        }
    }

    /// The detached CMS signature (CAdES-BES) over the challenge.
    private func sign(
        _ challenge: [UInt8], by credential: some ProvingCredential, _ scheme: SignatureScheme
    ) throws(Status) -> [UInt8] {
        guard let content = MessageDigest(scheme.digest, of: challenge),
            let certificate = MessageDigest(.sha256, of: credential.certificate.der),
            let attributes = SignedAttributes(
                contentType: CertificateChallenge.contentType, digest: content, signedAt: Words.now,
                certificateDigest: certificate.bytes)
        else { throw .failed }
        let signature = try credential.sign(attributes.signedBytes, scheme, words)
        guard
            let whole = CMSWriter.detached(
                attributes, signature: signature, scheme, certificates: credential.chain)
        else { throw .failed }
        return whole
    }

    /// Why the gateway does not accept it; nil if it does.
    private func text(for outcome: CertificateOutcome) -> String? {
        switch outcome {
        case .accepted: nil
        case .wrongSignature: words.t("The gateway says that the signature is not right.")
        case .untrusted: words.t("The gateway does not trust the issuer of this certificate.")
        case .expired: words.t("The gateway says that the certificate is out of date, or not valid yet.")
        case .revoked: words.t("This certificate was revoked. Its issuer gives you a new one.")
        case .revocationUnknown:
            words.t("The gateway can't find out now whether the certificate was revoked. Try again later.")
        case .wrongUsage: words.t("The gateway says that this certificate does not serve to identify you.")
        case .noDocument: words.t("The gateway finds no DNI or NIE in this certificate.")
        case .notRegistered:
            words.t(
                "You are not registered in Cl@ve at this gateway. clave-register does it, with the same certificate or card."
            )
        case .challengeOver: words.t("It took too long. Start again.")
        case .tooMany: words.t("Too many requests. Wait some minutes, then try again.")
        }
    }
}
