import CertificateTrust
import Glibc
import Posix

// Which certificates are believed.
extension GatewayProgram {
    /// What judges certificates; nil where there is no trust store, and nobody is activated by one.
    static func certificateVerifier(_ options: GatewayOptions) throws -> CertificateVerifier? {
        let values = options.options
        guard let policy = CertificateVerifier.Policy(rawValue: values.value("revocation") ?? "require") else {
            throw Options.UsageError("--revocation takes require, soft-fail or off")
        }
        let responder = values.value("ocsp-responder")
        guard responder.map(OCSPTransport.isValid) ?? true else {
            throw Options.UsageError("--ocsp-responder takes an address that begins with http://")
        }
        guard let place = trustStore(options) else {
            for name in ["revocation", "crl", "ocsp-responder"] where values.has(name) {
                throw Options.UsageError("--\(name) says nothing without --trust-store")
            }
            return nil
        }
        let lists = try values.value("crl").map { try RevocationLists(path: $0, complain: complain) }
        // Read now, so that who starts the gateway hears of a list that is left out.
        if let lists { say("clave-gateway: revocation lists: \(lists.count)") }
        return CertificateVerifier(
            trust: try TrustStore(path: place), policy: policy,
            checker: RevocationChecker(lists: lists, responder: responder, transport: OCSPTransport()))
    }

    private static func trustStore(_ options: GatewayOptions) -> String? {
        if let given = options.options.value("trust-store") { return given }
        let usual = "\(options.state)/trust"
        return unsafe access(usual, F_OK) == 0 ? usual : nil
    }
}
