import SecureMemory

/// A JSON Web Signature in its compact form (RFC 7515 section 7.1).
public struct WebSignature: Equatable, Sendable {
    /// Bytes of content that a signature with the content in it may have.
    public static let longestContent = 96 * 1024

    /// The protected header: `alg`, and `x5c` with the certificates (section 4.1.6).
    public let header: String

    /// A signature to be made.
    ///
    /// - Parameter certificates: in DER, the signer's first.
    public init(_ scheme: SignatureScheme, certificates: [[UInt8]]) {
        let chain = certificates.map { "\"\(base64($0))\"" }.joined(separator: ",")
        header = "{\"alg\":\"\(scheme.rawValue)\",\"x5c\":[\(chain)]}"
    }

    /// What is signed before the content: `BASE64URL(header) .`
    public var beginning: String { base64URL(Array(header.utf8)) + "." }

    /// What is signed for a content (section 5.1).
    public func signingInput(_ content: [UInt8]) -> [UInt8] { Array((beginning + base64URL(content)).utf8) }

    /// The signature as text.
    ///
    /// - Parameter content: nil to leave it out: whoever verifies has it already (appendix F).
    public func compact(_ signature: [UInt8], content: [UInt8]?) -> String {
        beginning + (content.map(base64URL) ?? "") + "." + base64URL(signature)
    }
}
