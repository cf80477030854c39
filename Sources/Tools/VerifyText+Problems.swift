import Certificates
import Localization
import Signatures
import Wire

/// Why a signature is not good.
extension VerifyText {
    /// Why a file is no signature.
    static func text(_ failure: SignatureFile.Failure, _ t: Localizer) -> String {
        switch failure {
        case .tooLarge: t("The file is too large for a signature.")
        case .damaged: t("The signature is damaged or incomplete, or of a kind that is not known here.")
        case .empty: t("The file is empty.")
        }
    }

    /// What speaks against a signature, in words.
    func text(_ problem: SignatureReport.Problem) -> String {
        switch problem {
        case .otherContent: t("the content was changed, or is not what was signed")
        case .otherEnclosedContent:
            t("the content in the signature is not what is in {1}", compared.map { DisplayText.line($0) } ?? "?")
        case .wrongSignature: t("the key has not signed this: the content or the signature was changed")
        case .weakDigest(let name): t("it rests on {1}, which is no protection any more", Self.clean(name))
        case .weakKey: t("the key is too weak, or of a kind that is not taken here")
        case .malformed(let what): t("the signature contradicts itself or lacks something: {1}", what)
        case .certificateMissing: t("the signer's certificate is not in it")
        case .otherCertificate: t("the signer has signed that their certificate is another one")
        case .notForSignatures: t("the certificate is not for signatures")
        case .authority: t("the certificate is an authority's")
        case .untrusted(let why): t("no trusted authority vouches for the certificate ({1})", why)
        case .expired(let time):
            t("the certificate expired on {1}, and only the signer says when they signed", TimeText.date(time))
        case .notYetValid(let time): t("the certificate is not valid before {1}", TimeText.date(time))
        case .signedOutsideValidity: t("the signing time is outside the certificate's validity")
        case .signedInFuture: t("the signing time is yet to come")
        case .authorityNotValid(let name):
            t("the certificate of the authority \"{1}\" is not valid now", Self.clean(name))
        case .unknownSigner: t("it does not say whose key this is: give the key or certificate that you expect with -k")
        case .otherKey: t("it is not by the key that was given with -k")
        case .otherNamespace(let name): t("it is for another purpose: \"{1}\"", Self.clean(name))
        }
    }

    /// The same for programs.
    static func code(_ problem: SignatureReport.Problem) -> String {
        switch problem {
        case .otherContent: "other-content"
        case .otherEnclosedContent: "other-enclosed-content"
        case .wrongSignature: "wrong-signature"
        case .weakDigest: "weak-digest"
        case .weakKey: "weak-key"
        case .malformed: "malformed"
        case .certificateMissing: "certificate-missing"
        case .otherCertificate: "other-certificate"
        case .notForSignatures: "not-for-signatures"
        case .authority: "authority"
        case .untrusted: "untrusted"
        case .expired: "expired"
        case .notYetValid: "not-yet-valid"
        case .signedOutsideValidity: "signed-outside-validity"
        case .signedInFuture: "signed-in-future"
        case .authorityNotValid: "authority-not-valid"
        case .unknownSigner: "unknown-signer"
        case .otherKey: "other-key"
        case .otherNamespace: "other-namespace"
        }
    }
}
