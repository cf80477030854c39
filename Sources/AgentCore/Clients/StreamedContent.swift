import AgentProtocol
import EventLoop
import SSHKeys
import SignedForms

/// Content that a client brings in parts: its digest, and what tells its form.
@CoreActor
final class StreamedContent {
    /// Bytes of the beginning that are kept: as many as one request brings.
    private static let longestBeginning = ProtocolLimits.signedContent

    let algorithm: MessageDigest.Algorithm
    private(set) var count: UInt64 = 0
    /// The first bytes.
    private(set) var beginning: [UInt8] = []
    private var hash: ContentHash?
    private var dots: UInt64 = 0
    private var others: UInt64 = 0

    init(_ algorithm: MessageDigest.Algorithm) {
        self.algorithm = algorithm
        hash = ContentHash(algorithm)
    }

    /// Takes more.
    func add(_ bytes: [UInt8]) {
        hash?.update(bytes)
        count += UInt64(bytes.count)
        beginning += bytes.prefix(Self.longestBeginning - beginning.count)
        for byte in bytes where !WebSignature.isBase64URL(byte) {
            if byte == WebSignature.dot { dots += 1 } else { others += 1 }
        }
    }

    /// The digest; nil if it was given before, or OpenSSL failed. Nothing may be added after that.
    func finish() -> MessageDigest? {
        guard let hash = hash.take() else { return nil }
        return hash.finish()
    }

    /// Whether it is a signing input of a JSON Web Signature, as ``WebSignature`` makes it.
    var isSigningInput: Bool {
        dots == 1 && others == 0 && WebSignature.resemblesInput(beginning: beginning)
    }

    /// Whether it begins like something that has a form of its own.
    var resemblesForm: Bool {
        SigningPurpose.resemblesForm(beginning) || SignedAttributes.resembles(beginning)
            || WebSignature.resemblesInput(beginning: beginning)
    }
}
