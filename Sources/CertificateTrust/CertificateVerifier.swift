import COpenSSL
import Certificates
public import ClaveDomain
public import GatewayAPI

/// Why a certificate's signature does not serve.
public struct CertificateRefusal: Error, Equatable {
    /// What the device is told.
    public let outcome: CertificateOutcome
    /// The holder, once a trusted authority has vouched for them.
    public let document: NationalDocument?

    /// - Parameter document: the holder's, if a trusted authority has vouched for them.
    public init(_ outcome: CertificateOutcome, document: NationalDocument? = nil) {
        self.outcome = outcome
        self.document = document
    }
}

/// Says whose a signature by a certificate is, after everything that speaks against it.
///
/// It may wait for an OCSP responder, so no caller holds a lock or the database meanwhile.
public final class CertificateVerifier: Sendable {
    /// What is done about revocation.
    public enum Policy: String, CaseIterable, Sendable {
        /// Only a certificate that is known not to be revoked serves.
        case require
        /// One of which nobody can say serves, and the audit tells.
        case softFail = "soft-fail"
        /// Nobody is asked.
        case off
    }

    /// Whose it is.
    public struct Holder: Equatable, Sendable {
        /// Their DNI or NIE.
        public let document: NationalDocument
        /// As the certificate has it.
        public let name: String
        /// Whether an authority of the DNIe's has issued the certificate.
        public let hasDNIe: Bool
        /// What was known of revocation; nil if nobody was asked.
        public let revocation: RevocationAnswer?
    }

    private let trust: TrustStore
    private let checker: RevocationChecker
    private let policy: Policy

    /// How many authorities are trusted.
    public var authorityCount: Int { trust.count }

    /// Whether anybody is asked about certificates.
    public var asksResponders: Bool { policy != .off }

    /// - Parameters:
    ///   - trust: the authorities.
    ///   - policy: what is done about revocation.
    ///   - checker: whom to ask about it.
    public init(trust: consuming TrustStore, policy: Policy, checker: RevocationChecker) {
        self.trust = trust
        self.policy = policy
        self.checker = checker
    }

    /// The holder of the certificate by which these bytes, a CMS signature in DER, sign exactly this content.
    ///
    /// - Parameter now: seconds since 1970.
    public func holder(
        of signature: [UInt8], over content: [UInt8], at now: Int64
    ) throws(CertificateRefusal) -> Holder {
        guard let parsed = try? CMSReader(der: signature), let certificate = parsed.signer(of: content) else {
            throw CertificateRefusal(.wrongSignature)
        }
        let chain = try trust.chain(of: certificate, helpers: parsed.certificates, at: now)
        let holder = HolderCertificate(der: chain.der(0))
        try checkUsage(holder, chain, now)
        let revocation = try revocation(chain, holder?.document, now)
        guard let holder, let document = holder.document else { throw CertificateRefusal(.noDocument) }
        return Holder(document: document, name: holder.name, hasDNIe: holder.isFromDNIe, revocation: revocation)
    }

    // MARK: Steps

    /// RFC 5280 sections 4.2.1.3 and 4.2.1.12: the holder's key signs, and whoever is limited is not limited to other uses.
    private func checkUsage(
        _ holder: HolderCertificate?, _ chain: borrowing CertificateList, _ now: Int64
    ) throws(CertificateRefusal) {
        let problems = holder?.problems(now: UInt64(max(0, now))) ?? []
        let provesWhoSigns = (0..<chain.count).allSatisfy { place in
            guard unsafe X509_get_extension_flags(chain[place]) & UInt32(EXFLAG_XKUSAGE) != 0 else { return true }
            let usage = unsafe X509_get_extended_key_usage(chain[place])
            return usage & UInt32(XKU_SSL_CLIENT | XKU_SMIME | XKU_ANYEKU) != 0
        }
        guard provesWhoSigns, !problems.contains(.notForSignatures), !problems.contains(.authority) else {
            throw CertificateRefusal(.wrongUsage, document: holder?.document)
        }
    }

    private func revocation(
        _ chain: borrowing CertificateList, _ document: NationalDocument?, _ now: Int64
    ) throws(CertificateRefusal) -> RevocationAnswer? {
        guard policy != .off else { return nil }
        let answer = checker.answer(chain, trust: trust, at: now)
        switch (answer, policy) {
        case (.revoked, _): throw CertificateRefusal(.revoked, document: document)
        case (.unknown, .require): throw CertificateRefusal(.revocationUnknown, document: document)
        default: return answer
        }
    }
}
