public import SecureMemory
public import Wire

/// Limits of the gateway's interface for agents, in bytes.
public enum GatewayLimits {
    /// A body in either direction.
    public static let body = 65_536
    /// A line for people.
    public static let line = 512
    /// Public-key pins of one gateway.
    public static let pins = 4
    /// A DNI or NIE.
    public static let document = 16
    /// A method's or step's name.
    public static let name = 32
    /// Bytes of a request's, session's or device's identifier.
    public static let identifier = 16
}

/// What a gateway signs: every reply, bound to its request, and every push, bound to its device.
///
/// Wire form: `string body, string signature`. The signature is Ed25519 over `string context, string binding,
/// uint32 status, string body`.
public struct Envelope: Equatable, Sendable {
    /// What is signed for; neither can be passed off as the other.
    public enum Context: String, Sendable {
        /// A reply: the binding is the request's nonce, the status is HTTP's.
        case reply = "clave-gateway-reply-v1"
        /// A push: the binding is the device's public key, the status is 0.
        case push = "clave-gateway-push-v1"
    }

    /// The signed bytes of a reply.
    public static func signed(
        _ body: [UInt8], context: Context, binding: [UInt8], status: UInt32, by key: borrowing SigningKey
    ) -> [UInt8] {
        let message = self.message(body, context, binding, status)
        var writer = ByteWriter()
        writer.put(body)
        writer.put(key.sign(unsafe message.span.bytes))
        return writer.bytes
    }

    /// Lends the signed bytes of a body that may carry a secret, in guarded memory that is gone afterwards.
    public static func withSigned<Result>(
        secret body: some Body, context: Context, binding: [UInt8], by key: borrowing SigningKey,
        _ use: (RawSpan) -> Result
    ) -> Result {
        // What is signed ends as the signed bytes begin: both are written into one memory.
        var writer = SecretWriter()
        begin(&writer, context, binding, 0)
        let start = writer.count
        var length = WireCounter()
        body.encode(into: &length)
        writer.put(UInt32(length.count))
        body.encode(into: &writer)
        writer.put(writer.withBytes { key.sign($0) })
        return writer.withBytes { use($0.extracting(start...)) }
    }

    /// The body of signed bytes; nil unless the owner of `publicKey` signed them for this context, binding and status.
    public static func open(
        _ bytes: RawSpan, context: Context, binding: [UInt8], status: UInt32, signedBy publicKey: [UInt8]
    ) -> SecretBytes? {
        guard
            let parts = try? WireReader.read(
                bytes,
                { (reader) throws(WireError) -> SignedParts in
                    let body = try reader.secret(limit: GatewayLimits.body)
                    return SignedParts(body: body, signature: try reader.bytes(count: SigningKey.signatureLength))
                })
        else { return nil }
        var message = SecretWriter()
        begin(&message, context, binding, status)
        message.put(parts.body)
        let isValid = message.withBytes { SigningKey.isValid(parts.signature, of: $0, by: publicKey) }
        guard isValid else { return nil }
        return parts.body.copy()
    }

    private struct SignedParts: ~Copyable {
        let body: SecretBytes
        let signature: [UInt8]
    }

    private static func message(_ body: [UInt8], _ context: Context, _ binding: [UInt8], _ status: UInt32) -> [UInt8] {
        var writer = ByteWriter()
        begin(&writer, context, binding, status)
        writer.put(body)
        return writer.bytes
    }

    private static func begin<Writer: WireWriter & ~Copyable>(
        _ writer: inout Writer, _ context: Context, _ binding: [UInt8], _ status: UInt32
    ) {
        writer.put(context.rawValue)
        writer.put(binding)
        writer.put(status)
    }
}

/// Why a gateway says no, beside an HTTP status of 400 or more.
public struct Refusal: Error, Equatable, Sendable {
    /// What agents compare.
    public enum Code: String, CaseIterable, Sendable {
        /// 400: the body is not what the interface says.
        case malformed
        /// 401: no signature, or a wrong one.
        case signature
        /// 401: the request's time is too far from the gateway's; the detail is the gateway's time, in seconds since 1970.
        case clock
        /// 401: the nonce was used before.
        case replay
        /// 403: no such device.
        case unknownDevice = "unknown-device"
        /// 403: the device was deactivated, or another replaced it.
        case deactivated
        /// 404: no such request, session or method, or not this device's.
        case notFound = "not-found"
        /// 409: it was answered before.
        case answered
        /// 410: it has expired.
        case expired
        /// 429: too many; the detail is the seconds to wait.
        case tooMany = "too-many"
        /// 500: the gateway failed.
        case failed
    }

    /// Which.
    public let code: Code
    /// As the code says; may be empty.
    public let detail: String

    /// A refusal.
    public init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// The HTTP status that goes with it.
    public var status: UInt32 {
        switch code {
        case .malformed: 400
        case .signature, .clock, .replay: 401
        case .unknownDevice, .deactivated: 403
        case .notFound: 404
        case .answered: 409
        case .expired: 410
        case .tooMany: 429
        case .failed: 500
        }
    }

    /// Reads a refusal's body.
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard let code = Code(rawValue: try reader.text(limit: GatewayLimits.name)) else { throw .malformed }
        self.code = code
        detail = try reader.text(limit: GatewayLimits.line)
    }

    /// Writes a refusal's body.
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(code.rawValue)
        writer.put(detail)
    }
}
