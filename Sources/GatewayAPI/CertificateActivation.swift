public import Wire

/// What a person's certificate signs to activate a device: the reply to the step `challenge` of an activation by
/// certificate, byte for byte the content of the CMS signature that the step `finish` brings.
///
/// It names the gateway and the device's keys, so that a signature given to one gateway, or for one device, is worth
/// nothing at another: who signs compares both with what it knows (``isFor(gateway:signingKey:sealingKey:)``). And the
/// content has a type of its own (``contentType``), so that a signature over a document is never one over a challenge,
/// whatever the document says.
public struct CertificateChallenge: Body, Equatable {
    /// The step that gives it; its request is empty.
    public static let step = "challenge"
    /// The step that takes the signature: DER of a detached CMS SignedData (CAdES-BES) over content of
    /// ``contentType``, nothing else.
    public static let finishStep = "finish"
    /// Sets the signed bytes apart from all others.
    public static let context = "clave-certificate-activation-v1"
    /// The type that the signature gives its content: the encoded arcs of the object identifier
    /// 2.25.147607798014645799641680089963838876147, a random number (ITU-T X.667).
    public static let contentType: [UInt8] = [
        0x69, 0x81, 0xDE, 0x8C, 0x9D, 0x94, 0xD1, 0xD5, 0xF2, 0xAD, 0xF5, 0x9E, 0xB0, 0xC9, 0xF8, 0xCD, 0x8D, 0xC2,
        0xD3, 0x73,
    ]
    /// Bytes of ``nonce``.
    public static let nonceLength = 32

    /// The gateway's origin.
    public let gateway: String
    /// Of the activation.
    public let session: [UInt8]
    /// Random, used once.
    public let nonce: [UInt8]
    /// Ed25519 public key of the device.
    public let signingKey: [UInt8]
    /// X25519 public key of the device.
    public let sealingKey: [UInt8]
    /// Seconds since 1970 by the gateway's clock.
    public let issuedAt: UInt64

    /// All members.
    public init(
        gateway: String, session: [UInt8], nonce: [UInt8], signingKey: [UInt8], sealingKey: [UInt8], issuedAt: UInt64
    ) {
        self.gateway = gateway
        self.session = session
        self.nonce = nonce
        self.signingKey = signingKey
        self.sealingKey = sealingKey
        self.issuedAt = issuedAt
    }
    public init(decoding reader: inout WireReader) throws(WireError) {
        guard try reader.text(limit: GatewayLimits.name) == Self.context else { throw .malformed }
        gateway = try reader.text(limit: GatewayLimits.line)
        session = try reader.bytes(count: GatewayLimits.identifier)
        nonce = try reader.bytes(count: Self.nonceLength)
        signingKey = try reader.bytes(count: 32)
        sealingKey = try reader.bytes(count: 32)
        issuedAt = try reader.uint64()
    }
    public func encode<Writer: WireWriter & ~Copyable>(into writer: inout Writer) {
        writer.put(Self.context)
        writer.put(gateway)
        writer.put(session)
        writer.put(nonce)
        writer.put(signingKey)
        writer.put(sealingKey)
        writer.put(issuedAt)
    }

    /// Whether it was made for this device, by the gateway that the agent speaks with.
    public func isFor(gateway: String, signingKey: [UInt8], sealingKey: [UInt8]) -> Bool {
        self.gateway == gateway && self.signingKey == signingKey && self.sealingKey == sealingKey
    }
}

/// The first byte of the reply to the step `finish`.
public enum CertificateOutcome: UInt8, Sendable, CaseIterable {
    case accepted = 0
    /// It is no CMS signature of the form asked for, over this challenge, by the key of its certificate.
    case wrongSignature = 1
    /// The chain does not end at an authority that the gateway trusts.
    case untrusted = 2
    /// A certificate of the chain is out of date, or not yet in force.
    case expired = 3
    case revoked = 4
    /// Nobody could say whether it is revoked, and the gateway wants to know.
    case revocationUnknown = 5
    /// The certificate is not for proving who somebody is.
    case wrongUsage = 6
    /// No DNI or NIE is in it.
    case noDocument = 7
    /// Its holder is not registered.
    case notRegistered = 8
    /// The challenge was used, or is too old: start again.
    case challengeOver = 9
    /// Too many attempts: wait.
    case tooMany = 10
}
