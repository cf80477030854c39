import ASN1
import Certificates
import SecureMemory
public import SignedForms
import Wire

/// A file with a signature, as it was found: which form it has, and what of the content it takes to verify it.
///
/// It comes from anywhere: reading it touches nothing but its bytes, and believes nothing.
public struct SignatureFile: Sendable {
    /// Bytes of a file: a signature with its content inside.
    public static let maximumLength = CMSWriter.longestContent + longestRest
    /// Bytes of a CMS signature without its content: certificates, revocation lists, time stamps.
    static let longestRest = 4_194_304

    /// Why a file is no signature that can be verified.
    public enum Failure: Error, Equatable, Sendable {
        /// It is longer than ``SignatureFile/maximumLength``, or has more beside its content, more signers or more
        /// certificates than anybody needs.
        case tooLarge
        /// It looks like one of the forms, but is broken or cut short.
        case damaged(SignatureReport.Format)
        /// It is empty.
        case empty
    }

    enum Form: Sendable {
        /// In DER.
        case cms([UInt8])
        case web(WebToken)
        case ssh(SSHSignature.File)
        case object(SignedObject)
        case raw([UInt8])
    }

    let form: Form
    /// The content that is in the signature; nil if it is detached.
    public let enclosedContent: [UInt8]?
    /// Digests of the content that are needed.
    public let algorithms: Set<MessageDigest.Algorithm>

    /// How the file is written; CAdES is told from CMS by its signers only.
    public var format: SignatureReport.Format {
        switch form {
        case .cms: .cms
        case .web: .jws
        case .ssh: .sshsig
        case .object: .json
        case .raw: .raw
        }
    }

    /// What of a JSON Web Signature stands before the content's base64url; nil for other forms.
    var webBeginning: String? {
        if case .web(let token) = form { token.header + "." } else { nil }
    }

    /// Whether the content itself may be what is signed, not a digest of it: it is kept for that.
    var signsWhole: Bool {
        switch form {
        case .web(let token): token.scheme.signsMessage
        case .raw(let signature): signature.count == RawSignature.edwardsLength
        case .object(let object): object.signsWhole
        case .cms, .ssh: false
        }
    }

    /// Tells the form of a signature, by its first bytes.
    public init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count <= Self.maximumLength else { throw .tooLarge }
        guard !bytes.isEmpty else { throw .empty }
        if let der = try Self.cms(bytes) {
            try Self.measure(der)
            guard let message = CMSMessage(der: der) else { throw .damaged(.cms) }
            guard (1...CMSMessage.maximumSigners).contains(message.signerCount),
                message.certificates().count <= CMSMessage.maximumCertificates
            else { throw message.signerCount < 1 ? .damaged(.cms) : .tooLarge }
            form = .cms(der)
            enclosedContent = message.content
            algorithms = message.algorithms
        } else if bytes.starts(with: Array("-----BEGIN SSH SIGNATURE-----".utf8)) {
            guard let file = SSHSignature.File(armored: bytes) else { throw .damaged(.sshsig) }
            form = .ssh(file)
            enclosedContent = nil
            algorithms = [file.algorithm]
        } else if WebToken.resembles(bytes) {
            guard let token = WebToken(bytes) else { throw .damaged(.jws) }
            form = .web(token)
            enclosedContent = token.content
            algorithms = [token.scheme.digest]
        } else if SignedObject.resembles(bytes) {
            guard let object = SignedObject(bytes) else { throw .damaged(.json) }
            form = .object(object)
            enclosedContent = nil
            algorithms = object.algorithms
        } else {
            guard bytes.count <= RawSignature.maximumLength else { throw .tooLarge }
            form = .raw(bytes)
            enclosedContent = nil
            algorithms = Set(MessageDigest.Algorithm.allCases)
        }
    }

    /// The DER of a CMS message, in PEM or as it is; nil for other forms.
    private static func cms(_ bytes: [UInt8]) throws(Failure) -> [UInt8]? {
        if let text = PEMBlocks.trimmed(bytes) {
            for label in ["CMS", "PKCS7"] where PEMBlocks.begins(text, label) {
                guard let block = PEMBlocks.only(text, label) else { throw .damaged(.cms) }
                return block
            }
            return nil
        }
        // A SEQUENCE that begins with the identifier of signed data (RFC 5652 section 5.1), in DER or BER. An ECDSA
        // signature is a SEQUENCE of two INTEGERs.
        let identifier = DER.identifier(.signedData)
        guard bytes.first == DER.Tag.sequence, bytes.count > 1 else { return nil }
        let lengthBytes = bytes[1] > 0x80 ? Int(bytes[1] & 0x7F) : 0
        return bytes.dropFirst(2 + lengthBytes).starts(with: identifier) ? bytes : nil
    }

    /// Counts what is in a CMS message before anything is made of it.
    private static func measure(_ der: [UInt8]) throws(Failure) {
        guard let outline = CMSOutline(der), outline.signerCount > 0 else { throw .damaged(.cms) }
        guard outline.signerCount <= CMSMessage.maximumSigners,
            outline.certificateCount <= CMSMessage.maximumCertificates, outline.otherLength <= longestRest
        else { throw .tooLarge }
    }
}
