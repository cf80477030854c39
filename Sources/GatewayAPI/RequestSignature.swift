public import SecureMemory

/// The part of an HTTP request that a device signs: HTTP Message Signatures (RFC 9421) with `ed25519`, over the method,
/// the authority, the path, the digest of the body (RFC 9530) and the resume point of a stream.
public struct SignedContent: Equatable, Sendable {
    /// `GET` or `POST`.
    public let method: String
    /// Host and port as in the `Host` header, lower case.
    public let authority: String
    /// The path; our interface has no queries.
    public let path: String
    /// The body; empty for `GET`.
    public let body: [UInt8]
    /// The `Last-Event-ID` header of a stream's request; nil for other requests.
    public let lastEventID: UInt64?

    /// All members.
    public init(method: String, authority: String, path: String, body: [UInt8], lastEventID: UInt64? = nil) {
        self.method = method
        self.authority = authority
        self.path = path
        self.body = body
        self.lastEventID = lastEventID
    }

    /// The value of `Content-Digest`: `sha-256=:…:`.
    public var contentDigest: String {
        "sha-256=:\(base64(sha256(unsafe body.span.bytes))):"
    }

    /// The covered components' names, in order.
    var components: [String] {
        ["@method", "@authority", "@path", "content-digest"] + (lastEventID == nil ? [] : ["last-event-id"])
    }

    /// The signature base (RFC 9421 section 2.5) for the parameters given.
    public func signatureBase(_ parameters: SignatureParameters) -> [UInt8] {
        var lines = [
            "\"@method\": \(method)", "\"@authority\": \(authority)", "\"@path\": \(path)",
            "\"content-digest\": \(contentDigest)",
        ]
        if let lastEventID { lines.append("\"last-event-id\": \(lastEventID)") }
        lines.append("\"@signature-params\": \(parameters.text(covering: components))")
        return Array(lines.joined(separator: "\n").utf8)
    }
}

/// The parameters of a signature (RFC 9421 section 2.3).
public struct SignatureParameters: Equatable, Sendable {
    /// Seconds by which the clocks of device and gateway may differ.
    public static let clockTolerance: UInt64 = 300
    /// Bytes of a nonce.
    public static let nonceLength = 16

    /// Seconds since 1970, by the device's clock.
    public let created: UInt64
    /// 16 random bytes; the gateway takes each once.
    public let nonce: [UInt8]
    /// The device's Ed25519 public key, 32 bytes.
    public let publicKey: [UInt8]

    /// Parameters for a request made now.
    public init(created: UInt64, nonce: [UInt8] = randomBytes(SignatureParameters.nonceLength), publicKey: [UInt8]) {
        self.created = created
        self.nonce = nonce
        self.publicKey = publicKey
    }

    func text(covering components: [String]) -> String {
        let covered = components.map { "\"\($0)\"" }.joined(separator: " ")
        return "(\(covered));created=\(created);nonce=\"\(base64URL(nonce))\";alg=\"ed25519\""
            + ";keyid=\"\(base64URL(publicKey))\";tag=\"clave-agent\""
    }
}

extension SignedContent {
    /// The headers that carry digest and signature, ready to send.
    public func headers(_ parameters: SignatureParameters, signature: [UInt8]) -> [(name: String, value: String)] {
        var headers = [(name: "content-digest", value: contentDigest)]
        if let lastEventID { headers.append((name: "last-event-id", value: String(lastEventID))) }
        headers.append((name: "signature-input", value: "clave=\(parameters.text(covering: components))"))
        headers.append((name: "signature", value: "clave=:\(base64(signature)):"))
        return headers
    }

    /// The parameters of a request whose signature is right; whether the key is known, the time near and the nonce new
    /// is the caller's to check.
    ///
    /// Only the one form that ``headers(_:signature:)`` makes is taken: everything else is refused.
    public func verifiedParameters(
        digest: String?, signatureInput: String?, signature: String?
    ) -> SignatureParameters? {
        guard let digest, digest.utf8.elementsEqual(contentDigest.utf8),
            let signatureInput, signatureInput.utf8.count <= Self.maximumHeader,
            let signature, let bytes = Self.signatureBytes(signature),
            let parameters = SignatureParameters(signatureInput: signatureInput),
            signatureInput.utf8.elementsEqual("clave=\(parameters.text(covering: components))".utf8)
        else { return nil }
        let base = signatureBase(parameters)
        guard SigningKey.isValid(bytes, of: unsafe base.span.bytes, by: parameters.publicKey) else { return nil }
        return parameters
    }

    private static let maximumHeader = 1024

    private static func signatureBytes(_ header: String) -> [UInt8]? {
        guard header.hasPrefix("clave=:"), header.hasSuffix(":"), header.utf8.count <= 128 else { return nil }
        let text = String(header.dropFirst("clave=:".count).dropLast())
        return bytes(base64: text, limit: SigningKey.signatureLength)
    }
}

extension SignatureParameters {
    /// Reads the three values out of a `Signature-Input`; the caller compares the whole text afterwards.
    init?(signatureInput: String) {
        var values: [Substring: Substring] = [:]
        for part in signatureInput.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            values[pair[0]] = pair[1]
        }
        guard let created = values["created"].flatMap({ UInt64($0) }),
            let nonce = Self.quoted(values["nonce"], length: Self.nonceLength),
            let key = Self.quoted(values["keyid"], length: SigningKey.publicKeyLength)
        else { return nil }
        self.init(created: created, nonce: nonce, publicKey: key)
    }

    private static func quoted(_ text: Substring?, length: Int) -> [UInt8]? {
        guard let text, text.count > 2, text.first == "\"", text.last == "\"" else { return nil }
        guard let value = bytes(base64URL: String(text.dropFirst().dropLast()), limit: length) else { return nil }
        return value.count == length ? value : nil
    }
}
