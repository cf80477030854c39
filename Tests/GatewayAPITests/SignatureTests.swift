import GatewayAPI
import SecureMemory
import Testing
import Wire

/// The Ed25519 key of RFC 8032 section 7.1, test 1.
private func knownKey() -> SigningKey {
    let seed: [UInt8] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
        0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ]
    return SigningKey(seed: SecretBytes(copying: seed.span.bytes))!
}

private func content(
    method: String = "POST", authority: String = "localhost:8443", path: String = "/agent/v1/pin/shown",
    body: [UInt8] = Array("{\"hello\": \"world\"}".utf8), lastEventID: UInt64? = nil
) -> SignedContent {
    SignedContent(method: method, authority: authority, path: path, body: body, lastEventID: lastEventID)
}

private func headers(_ content: SignedContent, created: UInt64 = 1_618_884_473) -> [String: String] {
    let key = knownKey()
    let parameters = SignatureParameters(created: created, nonce: [UInt8](0..<16), publicKey: key.publicKey)
    let signature = key.sign(content.signatureBase(parameters).span.bytes)
    let pairs = content.headers(parameters, signature: signature)
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0.name, $0.value) })
}

private func verified(_ content: SignedContent, _ headers: [String: String]) -> SignatureParameters? {
    content.verifiedParameters(
        digest: headers["content-digest"], signatureInput: headers["signature-input"], signature: headers["signature"])
}

@Suite struct `A signed request` {
    @Test func `has the digest that RFC 9530 gives for its example`() {
        // RFC 9530 appendix B.1 and RFC 9421 appendix B.2: the body {"hello": "world"}.
        #expect(content().contentDigest == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")
    }

    @Test func `has the signature base of RFC 9421 section 2-5`() {
        let parameters = SignatureParameters(
            created: 1_618_884_473, nonce: [UInt8](0..<16), publicKey: [UInt8](repeating: 1, count: 32))
        let base = String(decoding: content(lastEventID: 7).signatureBase(parameters), as: UTF8.self)
        #expect(
            base == """
                "@method": POST
                "@authority": localhost:8443
                "@path": /agent/v1/pin/shown
                "content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:
                "last-event-id": 7
                "@signature-params": ("@method" "@authority" "@path" "content-digest" "last-event-id")\
                ;created=1618884473;nonce="AAECAwQFBgcICQoLDA0ODw";alg="ed25519"\
                ;keyid="AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";tag="clave-agent"
                """)
    }

    @Test func `is verified, and tells its parameters`() throws {
        let parameters = try #require(verified(content(), headers(content())))
        #expect(parameters.created == 1_618_884_473)
        #expect(parameters.nonce == [UInt8](0..<16))
        #expect(parameters.publicKey == knownKey().publicKey)
    }

    @Test func `is refused when any part of it was changed`() {
        let signed = headers(content(lastEventID: 3))
        #expect(verified(content(lastEventID: 3), signed) != nil)
        #expect(verified(content(method: "GET", lastEventID: 3), signed) == nil)
        #expect(verified(content(authority: "localhost:8444", lastEventID: 3), signed) == nil)
        #expect(verified(content(path: "/agent/v1/deactivate", lastEventID: 3), signed) == nil)
        #expect(verified(content(body: [], lastEventID: 3), signed) == nil)
        #expect(verified(content(lastEventID: 4), signed) == nil)
        #expect(verified(content(), signed) == nil)
    }

    @Test(arguments: ["content-digest", "signature-input", "signature"])
    func `is refused without one of its headers, and with any character changed`(name: String) throws {
        var signed = headers(content())
        let value = try #require(signed[name])
        for index in value.indices {
            var changed = value
            changed.replaceSubrange(index...index, with: value[index] == "A" ? "B" : "A")
            signed[name] = changed
            #expect(verified(content(), signed) == nil)
        }
        signed[name] = nil
        #expect(verified(content(), signed) == nil)
    }

    @Test func `is refused when its parameters are the right ones in another form`() throws {
        var signed = headers(content())
        let input = try #require(signed["signature-input"])
        signed["signature-input"] = input + ";expires=9999999999"
        #expect(verified(content(), signed) == nil)
        signed["signature-input"] = input.replacing("created=1618884473", with: "created=01618884473")
        #expect(verified(content(), signed) == nil)
    }
}

@Suite struct `An envelope` {
    private let body: [UInt8] = [1, 2, 3]

    private func open(_ bytes: [UInt8], _ binding: [UInt8] = [9], status: UInt32 = 200) -> [UInt8]? {
        Envelope.open(
            bytes.span.bytes, context: .reply, binding: binding, status: status, signedBy: knownKey().publicKey
        )?.withBytes { span in span.withUnsafeBytes { Array($0) } }
    }

    @Test func `opens for its request and status only`() {
        let bytes = Envelope.signed(body, context: .reply, binding: [9], status: 200, by: knownKey())
        #expect(open(bytes) == body)
        #expect(open(bytes, [8]) == nil)
        #expect(open(bytes, status: 403) == nil)
        let other = Envelope.open(
            bytes.span.bytes, context: .push, binding: [9], status: 200, signedBy: knownKey().publicKey)
        let isClosed = other == nil
        #expect(isClosed)
    }

    @Test func `is refused with any bit flipped or cut anywhere`() {
        let bytes = Envelope.signed(body, context: .reply, binding: [9], status: 200, by: knownKey())
        for index in bytes.indices {
            #expect(open(Array(bytes[..<index])) == nil)
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << UInt8(bit)
                #expect(open(flipped) == nil)
            }
        }
    }
}

@Suite struct `A push` {
    private let details = RequestDetails(
        identifier: [UInt8](0..<16), organisation: "O", procedure: "P", code: "K7QD", origin: "127.0.0.1",
        createdAt: 1, expiresAt: 2)

    @Test func `opens for its device and from its gateway only`() throws {
        let (device, gateway) = (SigningKey().publicKey, knownKey().publicKey)
        let sealing = SealingKey()
        let box = try #require(sealed(to: device, sealing.publicKey))
        let opened = Push.open(box, signingKey: device, sealingKey: sealing, gateway: gateway)
        guard case .pin(let got, let about) = opened?.event else { throw WireError.malformed }
        #expect(opened?.sequence == 5)
        #expect(about == details)
        #expect(got.withSecret { $0.withBytes { $0.withUnsafeBytes { Array($0) } } } == Array("M3X".utf8))

        let other = SigningKey().publicKey
        let refused = [
            Push.open(box, signingKey: other, sealingKey: sealing, gateway: gateway),
            Push.open(box, signingKey: device, sealingKey: SealingKey(), gateway: gateway),
            Push.open(box, signingKey: device, sealingKey: sealing, gateway: other),
        ]
        for push in refused { #expect(push == nil) }
    }

    private func sealed(to device: [UInt8], _ sealingKey: [UInt8]) -> [UInt8]? {
        let pin = SecretBox(SecretBytes(copying: Array("M3X".utf8).span.bytes))
        return Push(sequence: 5, event: .pin(pin, details))
            .sealed(signingKey: device, sealingKey: sealingKey, by: knownKey())
    }
}

@Suite struct `A link` {
    @Test func `of noise is none, or comes back as it was read`() {
        var generator = SystemRandomNumberGenerator()
        let whole = Array(MobileLink(gateway: "https://localhost:8443", token: [UInt8](0...15)).text.utf8)
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 1...127, using: &generator)
            }
            bytes.removeLast(Int.random(in: 0...1, using: &generator) * Int.random(in: 0...10, using: &generator))
            guard let link = MobileLink(String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(MobileLink(link.text) == link)
        }
    }

    @Test func `comes back as it was`() {
        let link = MobileLink(gateway: "https://localhost:8443", token: [UInt8](240...255))
        #expect(link.text.hasPrefix("clave-agent:mobile?gateway=https%3A%2F%2Flocalhost%3A8443&token="))
        #expect(MobileLink(link.text) == link)
    }

    @Test(arguments: [
        "", "clave-agent:", "http://localhost/",
        "clave-agent:mobile?gateway=http%3A%2F%2Fx&token=AAECAwQFBgcICQoLDA0ODw",
        "clave-agent:mobile?gateway=https%3A%2F%2Fx&token=AAEC", "clave-agent:mobile?gateway=https%3A%2F%2Fx",
        "clave-agent:mobile?gateway=https%3A%2F%2Fx%00&token=AAECAwQFBgcICQoLDA0ODw",
        "clave-agent:mobile?gateway=https%3&token=AAECAwQFBgcICQoLDA0ODw",
    ])
    func `of any other form is none`(text: String) {
        #expect(MobileLink(text) == nil)
    }
}

@Suite struct `Every body` {
    @Test func `decodes to what was encoded, and is refused when cut`() throws {
        let description = GatewayDescription(
            name: "Sandbox", signingKey: [UInt8](repeating: 1, count: 32), sealingKey: [UInt8](repeating: 2, count: 32),
            pins: ["sha256//AAAA"], methods: ["sms"], time: 7)
        let grant = Grant(name: "AINA", document: "12345678Z", level: 1, activatedAt: 3)
        try check(description)
        try check(grant)
        try check(ActivationReply(session: [UInt8](0..<16), body: [1], grant: grant))
        try check(MobileAnswer(identifier: [UInt8](0..<16), approve: true, code: "HD3"))
        try check(MobileClaim(token: [UInt8](0..<16)))
        try check(PINShown(identifier: [UInt8](0..<16)))
        for code in Refusal.Code.allCases { try check(Refusal(code, "x")) }
    }

    private func check<Value: Body & Equatable>(_ value: Value) throws {
        #expect(try Value.decode(value.bytes.span.bytes) == value)
        for length in 0..<value.bytes.count {
            #expect(throws: WireError.self) { try Value.decode(Array(value.bytes[..<length]).span.bytes) }
        }
    }

    @Test func `of an activation step is seen by its gateway only`() throws {
        let gateway = SealingKey()
        let step = ActivationStep(
            session: [], signingKey: [UInt8](repeating: 1, count: 32), sealingKey: [UInt8](repeating: 2, count: 32),
            deviceName: "desk", body: SecretBytes(copying: Array("654321".utf8).span.bytes))
        let sealed = try #require(step.sealed(to: gateway.publicKey))
        let opened = ActivationStep.open(sealed, with: gateway)
        #expect(opened?.deviceName == "desk")
        #expect(opened?.body.withSecret { $0.count } == 6)
        let other = ActivationStep.open(sealed, with: SealingKey())
        #expect(other == nil)
    }
}
