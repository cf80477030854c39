import Certificates
import SSHKeys
public import SignedForms

/// What a signature is held against.
public struct Expectations: Sendable {
    /// Who is expected to have signed; nil for anybody for whom a trusted authority vouches.
    public var key: ExpectedKey?
    /// SHA-256 of the content that was given beside a signature with its content inside; nil if none was.
    public var content: MessageDigest?
    /// What an SSH signature must be for; nil for anything.
    public var namespace: String?
    /// In which form the content was signed; nil for anything, and of a raw signature for the content as it is.
    public var purpose: RawSignature.Purpose?
    /// How a raw signature's key signs; nil to try each.
    public var scheme: SignatureScheme?

    public init() {}
}

extension SignatureFile {
    /// Seconds by which a signer's clock may be ahead of this one.
    private static let clockTolerance: UInt64 = 600
    /// Of an RSA key's modulus.
    private static let fewestBits = 2048

    /// Judges every signer.
    ///
    /// - Parameters:
    ///   - content: what the signature is about: what was enclosed, or lies beside it.
    ///   - now: seconds since 1970.
    public func verify(
        _ content: ContentDigests.Result, _ expectations: Expectations, trust: borrowing TrustAnchors, now: UInt64
    ) -> SignatureReport {
        guard var (signers, helpers) = signers(content, expectations) else {
            return SignatureReport(format: .cms, isAttached: false, signers: [])
        }
        helpers = (expectations.key?.others ?? []) + helpers
        for place in signers.indices {
            if let given = expectations.content, enclosedContent != nil, given != content.digest {
                signers[place].problems.append(.otherEnclosedContent)
            }
            Self.judgeKey(&signers[place], expectations.key)
            Self.judgeCertificate(&signers[place], helpers, trust, now)
            // A key that was given stands for its owner where the form holds no certificate.
            let isGiven = format != .cms && expectations.key.map { $0.certificate == nil } == true
            if signers[place].certificate == nil, signers[place].problems.isEmpty, !isGiven {
                signers[place].problems.append(.certificateMissing)
            }
        }
        let isCAdES = format == .cms && signers.allSatisfy(\.namesCertificate)
        return SignatureReport(
            format: isCAdES ? .cades : format, isAttached: enclosedContent != nil, signers: signers)
    }

    /// The signers, of whose certificates nothing is said yet, and the certificates that came with them; nil for a message
    /// that OpenSSL does not read again.
    private func signers(
        _ content: ContentDigests.Result, _ expectations: Expectations
    ) -> ([SignatureReport.Signer], certificates: [[UInt8]])? {
        switch form {
        case .cms(let der):
            guard let message = CMSMessage(der: der) else { return nil }
            let certificates = message.certificates()
            return (message.signers { $0.report(message, certificates, content) }, certificates)
        case .web(let token): return ([token.report(content, expected: expectations.key)], token.certificates)
        case .ssh(let file):
            let report = SSHSigner(file: file).report(
                content, namespace: expectations.namespace, expected: expectations.key)
            return ([report], [])
        case .object(let object):
            let report = object.report(content, wanted: expectations.purpose, expected: expectations.key)
            return ([report], object.certificates)
        case .raw(let signature):
            let report = RawSignature.report(
                signature, content, expectations.purpose ?? .opaque, expectations.scheme, expected: expectations.key)
            return ([report], [])
        }
    }

    private static func judgeKey(_ signer: inout SignatureReport.Signer, _ expected: ExpectedKey?) {
        let isTaken =
            signer.key.map { ($0.modulusBits ?? Self.fewestBits) >= Self.fewestBits } ?? (signer.certificate == nil)
        if !isTaken, !signer.problems.contains(.weakKey) { signer.problems.append(.weakKey) }
        if let expected, signer.key?.blob != expected.key.blob { signer.problems.append(.otherKey) }
    }

    /// What speaks against the certificate of a signer, if there is one.
    private static func judgeCertificate(
        _ signer: inout SignatureReport.Signer, _ helpers: [[UInt8]], _ trust: borrowing TrustAnchors, _ now: UInt64
    ) {
        guard let holder = signer.certificate, let decoded = DecodedCertificate(der: holder.der) else { return }
        let chain = trust.chain(of: decoded, helpers, at: now)
        signer.chain = chain.certificates.compactMap { HolderCertificate(der: $0) }
        if let failure = chain.failure { signer.problems.append(.untrusted(failure)) }
        let problems = holder.problems(now: now)
        if problems.contains(.authority) { signer.problems.append(.authority) }
        if problems.contains(.notForSignatures) || !chain.isForDocuments { signer.problems.append(.notForSignatures) }
        if now > holder.validBefore { signer.problems.append(.expired(holder.validBefore)) }
        if now < holder.validAfter { signer.problems.append(.notYetValid(holder.validAfter)) }
        for issuer in signer.chain.dropFirst() where !isValid(issuer, at: now) {
            signer.problems.append(.authorityNotValid(issuer.name))
        }
        guard let signedAt = signer.signedAt else { return }
        if !isValid(holder, at: signedAt), !signer.problems.contains(.signedOutsideValidity) {
            signer.problems.append(.signedOutsideValidity)
        }
        if signedAt > now + clockTolerance { signer.problems.append(.signedInFuture) }
    }

    /// A certificate of anybody's may end before it begins, which no range may.
    private static func isValid(_ holder: HolderCertificate, at time: UInt64) -> Bool {
        holder.validAfter <= time && time <= holder.validBefore
    }
}
