import CertificateTrust
import Glibc
import Posix

// Which certificates are believed.
extension GatewayOptions {
    /// What judges certificates; nil where there is no trust store, and nobody is activated by one.
    func certificateVerifier() throws -> CertificateVerifier? {
        guard let policy = CertificateVerifier.Policy(rawValue: value(.revocation) ?? "require") else {
            throw Options.UsageError("--revocation takes require, soft-fail or off")
        }
        let responder = value(.ocspResponder)
        guard responder.map(OCSPTransport.isValid) ?? true else {
            throw Options.UsageError("--ocsp-responder takes an address that begins with http://")
        }
        guard let place = trustStore() else {
            for option in [GatewayOption.revocation, .crl, .ocspResponder] where has(option) {
                throw Options.UsageError("--\(option.name) says nothing without --trust-store")
            }
            return nil
        }
        let lists = try value(.crl).map { try RevocationLists(path: $0, complain: GatewayCommand.complain) }
        // Read now, so that who starts the gateway hears of a list that is left out.
        if let lists { GatewayCommand.say("clave-gateway: revocation lists: \(lists.count)") }
        return CertificateVerifier(
            trust: try TrustStore(path: place), policy: policy,
            checker: RevocationChecker(lists: lists, responder: responder, transport: OCSPTransport()))
    }

    private func trustStore() -> String? {
        if let given = value(.trustStore) { return given }
        let usual = "\(state)/trust"
        return unsafe access(usual, F_OK) == 0 ? usual : nil
    }
}

extension GatewayOption {
    static let trustStore = GatewayOption(
        "trust-store", .path("PATH"),
        help: """
            PEM file or folder: authorities by whose certificates people may activate
            (default: DIR/trust, if it is there)
            """)
    static let revocation = GatewayOption(
        "revocation", .text("require|soft-fail|off"),
        help: """
            certificates of which nobody can say whether they are revoked: refuse them, take
            them, or don't ask (default: require)
            """)
    static let crl = GatewayOption(
        "crl", .path("PATH"), help: "file or folder with revocation lists, PEM or DER")
    static let ocspResponder = GatewayOption(
        "ocsp-responder", .text("URL"),
        help: "http:// of the responder to ask (default: the one that the certificate names)")

    static let ofCertificates = [trustStore, revocation, crl, ocspResponder]
}
