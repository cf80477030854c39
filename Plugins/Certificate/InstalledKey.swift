import CertificateProof
import Certificates
import ClavePluginABI
import Cryptoki
import Localization
import PluginKit
import Posix
import SecureMemory
import SignedForms

/// A certificate that is installed, and its key where it is: a smart card, a browser, another token.
struct InstalledKey {
    let certificate: HolderCertificate
    /// In DER: the certificate, and those of its issuers as far as the token has them.
    let chain: [[UInt8]]
    /// What names it in a list.
    let uri: String
    /// What names it, and no other, for as long as the agent keeps it.
    let exactURI: String
    /// Where it is, for people.
    let place: String
    private let all: InstalledCertificates

    /// Nil for what is no certificate.
    init?(_ installed: InstalledCertificate, in all: InstalledCertificates) {
        guard let certificate = HolderCertificate(der: installed.der) else { return nil }
        self.certificate = certificate
        chain = CertificateChain.chain(of: installed.der, from: installed.issuers)
        uri = installed.uri
        exactURI = installed.exactURI
        place = installed.place
        self.all = all
    }

    /// Those that programs on this machine find.
    static func list(_ all: InstalledCertificates) -> [InstalledKey] {
        all.all().compactMap { InstalledKey($0, in: all) }
    }

    /// Opens the libraries, and puts what fails into the debug log.
    static func open(_ host: Host) -> InstalledCertificates {
        let places = environment("HOME").map {
            BrowserPlaces(
                home: $0, configuration: environment("XDG_CONFIG_HOME"), data: environment("XDG_DATA_HOME"))
        }
        let all = InstalledCertificates(places)
        for failure in all.failures { host.log(failure) }
        return all
    }

    /// A signature over a message; the token's PIN is asked for where it wants one.
    func sign(_ message: [UInt8], _ scheme: SignatureScheme, _ words: Words) throws(Status) -> [UInt8] {
        guard let digest = MessageDigest(scheme.digest, of: message) else { throw .failed }
        return try Self.sign([scheme.input(message, digest)], scheme.rawValue, exactURI, all, words)[0]
    }

    /// Makes sure that the key is there; the token's PIN is asked for where it wants one.
    func requireKey(_ scheme: SignatureScheme, _ words: Words) throws(Status) {
        try Self.asking(words) { (pin, announce) throws(InstalledFailure) in
            try all.requireKey(scheme, uri: exactURI, pin: pin, announcePINPad: announce)
        }
    }

    /// Signatures by the names that the host gives.
    ///
    /// - Parameter inputs: digests, or for Ed25519 messages.
    static func sign(
        _ inputs: [[UInt8]], _ algorithm: String, _ uri: String, _ all: InstalledCertificates, _ words: Words
    ) throws(Status) -> [[UInt8]] {
        guard let scheme = SignatureScheme(rawValue: algorithm) else { throw .invalid }
        return try asking(words) { (pin, announce) throws(InstalledFailure) in
            try all.sign(inputs: inputs, scheme, uri: uri, pin: pin, announcePINPad: announce)
        }
    }

    /// Does what may need a token's PIN, for which the person is asked.
    private static func asking<Outcome>(
        _ words: Words,
        _ body: (
            _ pin: (_ token: Token, _ wasWrong: Bool) -> SecretBytes?, _ announcePINPad: (_ token: Token) -> Void
        ) throws(InstalledFailure) -> Outcome
    ) throws(Status) -> Outcome {
        var stopped: Status?
        do throws(InstalledFailure) {
            return try body(
                { token, wasWrong in
                    switch ask(token, wasWrong, words) {
                    case .success(let pin): return pin.take()
                    case .failure(let status):
                        stopped = status
                        return nil
                    }
                },
                { token in words.host.progress(words.t("Type the PIN of {1} on the reader.", token.label)) })
        } catch {
            if let stopped { throw stopped }
            throw words.unusable(text(for: error, words.t))
        }
    }

    private static func ask(_ token: Token, _ wasWrong: Bool, _ words: Words) -> Result<SecretBox, Status> {
        let field = Host.Field(
            name: "pin", label: words.t("PIN or password of {1}", token.label),
            note: wasWrong ? words.t("It was wrong. Too many wrong ones lock a card.") : nil,
            kind: Int(CLAVE_FIELD_SECRET), lengths: 1...255)
        do throws(Status) { return .success(SecretBox(try words.host.ask(field))) } catch { return .failure(error) }
    }

    static func text(for failure: InstalledFailure, _ t: Localizer) -> String {
        switch failure {
        case .notFound: t("The certificate is not installed any more.")
        case .noKey:
            t("The private key of the certificate is not on the card, or in the store, where the certificate is.")
        case .several: t("Several certificates fit. Give the whole address of one: clave-add --available lists them.")
        case .tokenGone: t("The card or store with the certificate is not there. Insert it, then try again.")
        case .cancelled: t("Nothing was signed.")
        case .wrongPIN: t("The PIN was wrong. Nothing was signed.")
        case .lockedPIN:
            t("The PIN is locked, or one more wrong one would lock it. Unlock it with the card's own program.")
        case .noSuchMechanism: t("The card or store does not sign in this way. Choose another with --scheme.")
        case .failed(let detail): t("The card or store failed: {1}", detail)
        }
    }
}
