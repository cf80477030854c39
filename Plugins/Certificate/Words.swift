import Certificates
import ClaveDomain
import Glibc
import Localization
import PluginKit

/// What the person is told, in their language.
struct Words {
    let host: Host
    let t: Localizer

    init(_ host: Host) {
        self.host = host
        t = Localizer(language: Language(locale: host.locale), folder: Localizer.catalogFolder)
    }

    /// Tells why a credential can't serve.
    func unusable(_ text: String) -> Status {
        host.progress(text)
        return .unusable
    }

    /// Seconds since 1970.
    static var now: UInt64 { UInt64(max(0, time(nil))) }

    /// `23-11-2026`
    static func day(_ seconds: UInt64) -> String { CivilDate(unixTime: Int64(clamping: seconds)).text }

    /// One line that tells a certificate from others: `AINA PROVA (12345678Z), AC FNMT Usuarios, 23-11-2026`.
    func title(_ certificate: HolderCertificate) -> String {
        var who = certificate.name
        if let document = certificate.document { who += " (\(document.text))" }
        if let entity = certificate.entity { who += ", \(entity.name) (\(entity.number))" }
        return "\(who), \(certificate.issuer), \(Self.day(certificate.validBefore))"
    }

    /// Why a certificate can't serve now; nil if it can.
    func problem(_ certificate: HolderCertificate) -> String? {
        certificate.problems(now: Self.now).first.map { problem in
            switch problem {
            case .noDocument: t("No DNI or NIE is in this certificate: it does not tell whose it is.")
            case .contradictoryDocuments: t("This certificate names different DNI or NIE numbers.")
            case .notYetValid: t("This certificate is not valid before {1}.", Self.day(certificate.validAfter))
            case .expired:
                t(
                    "This certificate expired on {1}. Its issuer gives you a new one.",
                    Self.day(certificate.validBefore))
            case .notForSignatures: t("This certificate is not for signatures.")
            case .authority: t("This is the certificate of an authority, not of a person.")
            case .weakKey: t("The key of this certificate is too short to be safe.")
            case .unknownKey: t("The key of this certificate is of a kind that is not known here.")
            }
        }
    }

    /// What a key is for: its kind, and whether it only identifies.
    func usage(_ certificate: HolderCertificate) -> String {
        let kind =
            switch certificate.key {
            case .rsa(let bits): "RSA \(bits)"
            case .p256: "ECDSA P-256"
            case .p384: "ECDSA P-384"
            case .other: ""
            }
        let purpose =
            switch (certificate.identifies, certificate.commits) {
            case (true, true): t("to identify and to sign")
            case (true, false): t("to identify")
            case (false, true): t("to sign")
            case (false, false): ""
            }
        return [kind, purpose].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// What a key file lacks.
    func text(for failure: KeyFile.Failure) -> String {
        switch failure {
        case .tooLarge: t("The file is too large to hold a certificate.")
        case .unknownFormat: t("The file holds no certificate with its key: export it as PKCS#12 (.p12 or .pfx).")
        case .needsPassword: t("The file is protected by a password.")
        case .wrongPassword: t("The password does not open the file.")
        case .damaged: t("The file is damaged: export the certificate again.")
        case .tooMuchWork: t("The file asks for so much work at each password that it can't be opened.")
        case .unsupportedCipher: t("The file is encrypted in a way that is not known here.")
        case .noKey:
            t("There is a certificate in the file, but not its private key: export it together with its key.")
        case .noCertificate: t("There is a private key in the file, but no certificate.")
        case .noMatch: t("The private key does not belong to the certificate.")
        }
    }
}
