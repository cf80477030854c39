import COpenSSL
import Certificates
import Synchronization

/// What is known of whether a certificate was revoked.
public enum RevocationAnswer: Equatable, Sendable {
    case good
    case revoked
    /// Nobody could say.
    case unknown
}

/// Asks of every certificate of a verified chain but the root whether it was revoked: its authority's revocation list if
/// a fresh one is there, else the OCSP responder.
///
/// Only what a trusted authority has signed names a host to ask, so a made-up certificate makes the gateway ask nobody.
public struct RevocationChecker: Sendable {
    /// Revocation lists; nil for none.
    let lists: RevocationLists?
    /// The responder of all certificates; nil for the one that each names.
    let responder: String?
    let transport: OCSPTransport
    /// What responders have said lately; of all requests.
    let memory = ResponderMemory()

    /// - Parameters:
    ///   - lists: revocation lists; nil for none.
    ///   - responder: the address of the one that is asked about all certificates; nil for the one that each names.
    ///   - transport: how it is asked.
    public init(lists: RevocationLists?, responder: String?, transport: OCSPTransport) {
        self.lists = lists
        self.responder = responder
        self.transport = transport
    }

    /// One answer for the whole chain: revoked if any is, good if all are.
    ///
    /// - Parameter chain: leaf first, root last, as ``TrustStore/chain(of:helpers:at:)`` gives it.
    func answer(_ chain: borrowing CertificateList, trust: borrowing TrustStore, at now: Int64) -> RevocationAnswer {
        var answers = byLists(chain, trust, now)
        if answers.contains(.revoked) { return .revoked }
        for place in answers.indices where answers[place] == .unknown {
            answers[place] = byResponder(chain, place, trust, now)
            if answers[place] == .revoked { return .revoked }
        }
        return answers.contains(.unknown) ? .unknown : .good
    }

    // MARK: Revocation lists

    /// By places of the chain, the root left out.
    private func byLists(
        _ chain: borrowing CertificateList, _ trust: borrowing TrustStore, _ now: Int64
    ) -> [RevocationAnswer] {
        let unknown = [RevocationAnswer](repeating: .unknown, count: max(0, chain.count - 1))
        guard let crls = lists?.current(), crls.count > 0, let context = unsafe X509_STORE_CTX_new() else {
            return unknown
        }
        let store = trust.anchors(at: now)
        let problems = CRLProblems()
        defer {
            unsafe X509_STORE_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe X509_STORE_CTX_init(context, store.pointer, chain[0], chain.pointer) == 1 else { return unknown }
        unsafe X509_STORE_CTX_set0_crls(context, crls.pointer)
        unsafe X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
        unsafe X509_STORE_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(problems).toOpaque())
        // Every problem is noted and the check goes on, so that each certificate of the chain is looked at.
        unsafe X509_STORE_CTX_set_verify_cb(context) { isRight, context in
            if isRight != 1, let owner = unsafe X509_STORE_CTX_get_ex_data(context, 0) {
                unsafe Unmanaged<CRLProblems>.fromOpaque(owner).takeUnretainedValue().note(
                    X509_STORE_CTX_get_error(context), at: Int(X509_STORE_CTX_get_error_depth(context)))
            }
            return 1
        }
        guard unsafe X509_verify_cert(context) == 1 else { return unknown }
        return withExtendedLifetime(problems) { unknown.indices.map(problems.answer) }
    }

    /// What OpenSSL found, by places of the chain.
    private final class CRLProblems {
        private var found: [Int: Set<Int32>] = [:]

        func note(_ error: Int32, at place: Int) { found[place, default: []].insert(error) }

        func answer(_ place: Int) -> RevocationAnswer {
            let errors = found[place] ?? []
            // A list that its authority has not signed says nothing; a stale one that names the certificate does.
            let isForged = !errors.isDisjoint(with: [
                X509_V_ERR_CRL_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, X509_V_ERR_KEYUSAGE_NO_CRL_SIGN,
                X509_V_ERR_DIFFERENT_CRL_SCOPE, X509_V_ERR_CRL_PATH_VALIDATION_ERROR,
            ])
            if errors.contains(X509_V_ERR_CERT_REVOKED) && !isForged { return .revoked }
            return errors.isEmpty ? .good : .unknown
        }
    }

    // MARK: OCSP

    private func byResponder(
        _ chain: borrowing CertificateList, _ place: Int, _ trust: borrowing TrustStore, _ now: Int64
    ) -> RevocationAnswer {
        let name = unsafe ResponderMemory.name(chain[place], chain[place + 1])
        if let known = memory.answer(name, at: now) { return known }
        guard let address = responder ?? Self.responder(of: chain, place),
            let query = unsafe OCSPQuery(certificate: chain[place], issuer: chain[place + 1]), memory.mayAsk(address)
        else { return .unknown }
        let authorities = CertificateList()
        for issuer in place + 1..<chain.count { unsafe authorities.add(chain[issuer]) }
        let response = transport.post(query.der, to: address)
        memory.note(address, didAnswer: response != nil)
        guard let response else { return .unknown }
        let verdict = query.verdict(
            response, authorities: authorities, anchors: trust.anchors(at: now), at: now)
        memory.remember(verdict.revocation, of: name, next: verdict.next, at: now)
        return verdict.revocation
    }

    /// The first responder over plain HTTP that a certificate names (RFC 5280 section 4.2.2.1).
    private static func responder(of chain: borrowing CertificateList, _ place: Int) -> String? {
        guard let names = unsafe X509_get1_ocsp(chain[place]) else { return nil }
        defer { unsafe X509_email_free(names) }
        for name in 0..<min(unsafe OPENSSL_sk_num(names), 8) {
            guard let text = unsafe OPENSSL_sk_value(names, name) else { continue }
            let address = unsafe String(cString: text.assumingMemoryBound(to: CChar.self))
            if OCSPTransport.isValid(address) { return address }
        }
        return nil
    }
}
