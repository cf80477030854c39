import SecureMemory

/// A JSON Web Signature in its compact form (RFC 7515 section 7.1).
public struct WebSignature: Equatable, Sendable {
    /// The protected header: `alg`, and `x5c` with the certificates (section 4.1.6).
    public let header: String

    /// A signature to be made.
    ///
    /// - Parameter certificates: in DER, the signer's first.
    public init(_ scheme: SignatureScheme, certificates: [[UInt8]]) {
        let chain = certificates.map { "\"\(base64($0))\"" }.joined(separator: ",")
        header = "{\"alg\":\"\(scheme.rawValue)\",\"x5c\":[\(chain)]}"
    }

    /// What is signed before the content, which follows in base64url (section 5.1): `BASE64URL(header) .`
    public var beginning: String { base64URL(Array(header.utf8)) + "." }

    /// Bytes of content that fit into a signing input of so many.
    public func longestContent(input limit: Int) -> Int { max(0, limit - beginning.utf8.count) / 4 * 3 }

    /// Whether bytes are a signing input (section 5.1) as this program makes it: two parts in base64url, and a JSON object in
    /// the first.
    public static func isInput(_ bytes: [UInt8]) -> Bool {
        guard bytes.count(where: { $0 == dot }) == 1, resemblesInput(bytes) else { return false }
        return bytes.allSatisfy { $0 == dot || isBase64URL($0) }
    }

    /// Whether a verifier could take bytes for a signing input of any kind, also with a payload as it is (RFC 7797): a JSON
    /// object in base64url, and a dot.
    public static func resemblesInput(_ bytes: [UInt8]) -> Bool {
        guard let end = bytes.firstIndex(of: dot) else { return false }
        return mayBeHeader(Array(bytes[..<end]))
    }

    /// Whether the base64url of a header may begin so: no more of it need be there.
    static func mayBeHeader(_ text: [UInt8]) -> Bool {
        // Four characters make three bytes.
        let whole = text.count - (text.count % 4 == 1 ? 1 : 0)
        guard text.allSatisfy(isBase64URL),
            let header = SecureMemory.bytes(
                base64URL: String(decoding: text[..<whole], as: UTF8.self), limit: text.count)
        else { return false }
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let first = header.first { !blanks.contains($0) }
        return first == UInt8(ascii: "{") || first == nil
    }

    /// The same of bytes of which only the first are there.
    public static func resemblesInput(beginning: [UInt8]) -> Bool {
        beginning.contains(dot) ? resemblesInput(beginning) : mayBeHeader(beginning)
    }

    /// What is between the parts of a signing input.
    public static let dot = UInt8(ascii: ".")

    /// Whether a byte is a character of base64url (RFC 4648 section 5).
    public static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The signature as text.
    ///
    /// - Parameter content: nil to leave it out: whoever verifies has it already (appendix F).
    public func compact(_ signature: [UInt8], content: [UInt8]?) -> String {
        beginning + (content.map(base64URL) ?? "") + "." + base64URL(signature)
    }
}
