import Certificates
import SSHKeys
import SecureMemory
import SignedForms

/// What `clave-sign -F json` writes: a JSON object with one signature, and what is needed to verify it.
///
/// It is a form of this project's. The signature is over the content alone, in the form of its purpose. Whoever changes the
/// key, the scheme or the names of a purpose gets an object that its signature does not fit; `identity` is not read.
struct SignedObject: Sendable {
    /// Bytes of an object: a chain of certificates in PEM, or twice the bytes that an identity's own key signs.
    static let maximumLength = 524_288
    /// Bytes that an identity's own key signs.
    private static let longestSigned = 135_168

    /// Who has signed what.
    enum Signer: Sendable {
        /// By a certificate's key, the content as it is. In DER, the signer's first; never empty.
        case certificate(SignatureScheme, [[UInt8]])
        /// By an identity's own key: these bytes, which are the content in the form of a purpose.
        case identity(PublicKey, signed: [UInt8], RawSignature.Purpose)
    }

    let signer: Signer
    let signature: [UInt8]

    /// Whether bytes are meant to be one: a raw signature may begin with a brace too, but is no text.
    static func resembles(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }), first == UInt8(ascii: "{")
        else { return false }
        return bytes.starts(with: "{\"identity\":".utf8) || String(validating: bytes, as: UTF8.self) != nil
    }

    /// Nil for what breaks the form, or is too long.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumLength, let members = JSONHeader(bytes)?.members,
            case .text(let text)? = members["signature"],
            let signature = SecureMemory.bytes(base64: text, limit: RawSignature.maximumLength), !signature.isEmpty,
            let signer = members["scheme"] == nil ? Self.identity(members) : Self.certificate(members)
        else { return nil }
        self.signer = signer
        self.signature = signature
    }

    private static func certificate(_ members: [String: JSONHeader.Value]) -> Signer? {
        guard case .text(let name)? = members["scheme"], case .text(let text)? = members["certificates"],
            let scheme = SignatureScheme(rawValue: name), let blocks = PEMBlocks(Array(text.utf8))?.all,
            (1...CMSMessage.maximumCertificates).contains(blocks.count),
            blocks.allSatisfy({ $0.label == "CERTIFICATE" && $0.der.count <= HolderCertificate.maximumLength })
        else { return nil }
        return .certificate(scheme, blocks.map(\.der))
    }

    private static func identity(_ members: [String: JSONHeader.Value]) -> Signer? {
        guard case .text("ed25519")? = members["algorithm"], case .text(let key)? = members["public_key"],
            case .text(let signed)? = members["signed"], let purpose = purpose(members),
            let number = SecureMemory.bytes(base64: key, limit: SigningKey.publicKeyLength),
            let publicKey = try? PublicKey(blob: SSHEd25519.blob(number)),
            let bytes = SecureMemory.bytes(base64: signed, limit: longestSigned)
        else { return nil }
        return .identity(publicKey, signed: bytes, purpose)
    }

    private static func purpose(_ members: [String: JSONHeader.Value]) -> RawSignature.Purpose? {
        guard case .text(let name)? = members["purpose"] else { return nil }
        switch name {
        case "challenge":
            guard case .text(let party)? = members["relying_party"], case .text(let purpose)? = members["for"] else {
                return nil
            }
            return .challenge(relyingParty: party, purpose: purpose)
        case "message":
            guard case .text(let namespace)? = members["namespace"] else { return nil }
            return .message(namespace: namespace)
        // A login and a handshake's end are signed as they are: they are the content.
        case "login", "tls", "opaque": return .opaque
        default: return nil
        }
    }

    /// Digests of the content that are needed.
    var algorithms: Set<MessageDigest.Algorithm> {
        switch signer {
        case .certificate(let scheme, _): [scheme.digest]
        case .identity: [.sha256, .sha512]
        }
    }

    /// Whether the content itself may be what is signed.
    var signsWhole: Bool {
        switch signer {
        case .certificate(let scheme, _): scheme.signsMessage
        case .identity(_, _, .opaque): true
        case .identity: false
        }
    }

    /// In DER: all that are in it.
    var certificates: [[UInt8]] {
        if case .certificate(_, let certificates) = signer { certificates } else { [] }
    }
}

extension SignedObject {
    /// Judges the signature; nothing is said of the certificate's issuer.
    ///
    /// - Parameter wanted: for what it must be; nil for anything.
    func report(
        _ content: ContentDigests.Result, wanted: RawSignature.Purpose?, expected: ExpectedKey?
    ) -> SignatureReport.Signer {
        switch signer {
        case .certificate(let scheme, let certificates):
            var report = RawSignature.report(
                signature, content, .opaque, scheme, expected: ExpectedKey(certificates: certificates))
            report.scheme = scheme.rawValue
            // The key is of a kind that is not taken here. "Unknown signer" would be wrong: the object names its signer.
            if report.key == nil {
                report.certificate = HolderCertificate(der: certificates[0])
                report.problems = [report.certificate == nil ? .malformed("certificates") : .weakKey]
            }
            if let wanted, wanted != .opaque {
                report.problems.append(.otherNamespace(RawSignature.Purpose.opaque.text))
            }
            return report
        case .identity(let key, let signed, let purpose):
            return report(key, signed, purpose, content, wanted: wanted, expected: expected)
        }
    }

    private func report(
        _ key: PublicKey, _ signed: [UInt8], _ purpose: RawSignature.Purpose, _ content: ContentDigests.Result,
        wanted: RawSignature.Purpose?, expected: ExpectedKey?
    ) -> SignatureReport.Signer {
        var report = SignatureReport.Signer()
        report.scheme = SignatureScheme.edDSA.rawValue
        report.key = key
        report.purpose = purpose
        if case .message(let namespace) = purpose { report.namespace = namespace }
        if RawSignature.forms(of: content, purpose).allSatisfy({ $0 != signed }) {
            report.problems.append(.otherContent)
        }
        if signature.count != RawSignature.edwardsLength
            || !key.isValid(SSHEd25519.signatureBlob(signature), of: signed)
        {
            report.problems.append(.wrongSignature)
        }
        if purpose == .opaque, let other = RawSignature.otherPurpose(of: content) {
            report.problems.append(.otherNamespace(other.text))
        }
        if let wanted, wanted != purpose { report.problems.append(.otherNamespace(purpose.text)) }
        guard let expected else {
            report.problems.append(.unknownSigner)
            return report
        }
        if let certificate = expected.certificate, expected.key.blob == key.blob {
            report.certificate = HolderCertificate(der: certificate)
        }
        return report
    }
}
