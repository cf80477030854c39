import CertificateProof
import Certificates
import Localization

extension Words {
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
        case .unsupportedCode:
            t(
                "The file is sealed by PBMAC1, which is not read here. Convert it, and import what comes of it: openssl pkcs12 -in FILE -nomacver -out NEW.pem"
            )
        case .javaKeyStore:
            t(
                "The file is a key store of Java's (JKS). Convert it, and import what comes of it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12"
            )
        case .noKey:
            t("There is a certificate in the file, but not its private key: export it together with its key.")
        case .noCertificate: t("There is a private key in the file, but no certificate.")
        case .noMatch: t("The private key does not belong to the certificate.")
        }
    }
}
