import AgentProtocol
import SecureMemory
import SignedForms
import Synchronization
import Testing

@Suite struct `A certificate's key, and several at once` {
    private func stage(_ plugin: TokenPlugin) throws -> Stage {
        let stage = try Stage()
        stage.core.always(.pluginHost) { try plugin.serve($0) }
        return stage
    }

    @Test func `signs several documents on one word, each of them named in the question`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        let digests = (1...3).map { [UInt8](repeating: $0, count: 32) }
        let document = CertificateSignRequest.Form.document(namesCertificate: false)
        let asked = stage.person.questions.count
        let (reply, _) = try stage.signatures(
            .make(document, .digest(digests[0]), .digest(digests[1]), .digest(digests[2])))
        #expect(stage.person.questions.count == asked + 1)
        let signed = digests.map { digest in
            let attributes = SignedAttributes(
                digest: MessageDigest(.sha256, digest)!, signedAt: reply.signedAt, certificateDigest: nil)
            return sha256(attributes!.signedBytes.span.bytes)
        }
        #expect(reply.signatures.count == 3 && Set(reply.signatures).count == 3)
        #expect(plugin.asked.withLock { $0.map(\.data) } == [Array(signed.joined())])
        guard case .sign(let use) = stage.person.questions.last?.subject else { return #expect(Bool(false)) }
        #expect(use.batch.map(\.name) == ["file 1", "file 2", "file 3"] && use.text.isEmpty)
        let all = SignatureUse.batchText(use.batch.map(\.digest))
        #expect(use.digest == MessageDigest(.sha256, sha256(Array(all.utf8).span.bytes))?.text)
        #expect(use.batch.map(\.digest) == digests.map { MessageDigest(.sha256, $0)!.text })
        // What the question can't name by itself is signed one at a time.
        let content = CertificateSignRequest.Content.bytes(Array("anything".utf8))
        for request in [
            CertificateSignRequest.make(document, content, .digest(digests[0])), .make(.opaque, content, content),
            .make(.opaque, .digest(digests[0]), .digest(digests[1])), .make(document, .parts, .parts),
        ] { #expect(stage.failure(request) == .invalid) }
        #expect(
            stage.failure(.make(document, .digest(digests[0]), .digest(digests[1]), by: .signature)) == .noSignatureKey)
        let many = (0...ProtocolLimits.batch).map { _ in SignedItem(.digest(digests[0])) }
        for contents in [[], many] {
            let request = CertificateSignRequest(
                identity: nil, use: .authentication, scheme: nil, form: document, contents: contents)
            #expect(throws: AgentConnection.Failure.self) { try stage.core.connect().send(request) }
        }
        #expect(plugin.asked.withLock(\.count) == 1)
    }

    @Test func `for signatures that bind is used by express wish alone, and the question says what it is`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        plugin.leavesSignatureKey.withLock { $0 = true }
        #expect(try stage.activate().get().signatureCredential?.reference == "pkcs11:id=%02")
        let digest = CertificateSignRequest.Content.digest([UInt8](repeating: 1, count: 32))
        for (use, reference) in [
            (CredentialUse.authentication, "pkcs11:id=%01#kept=123456"), (.signature, "pkcs11:id=%02"),
        ] {
            _ = try stage.signatures(.make(.document(namesCertificate: true), digest, by: use))
            #expect(plugin.asked.withLock { $0.last?.reference } == reference)
            guard case .sign(let asked) = stage.person.questions.last?.subject else { return #expect(Bool(false)) }
            #expect(asked.isBinding == (use == .signature) && asked.isOnToken)
        }
        let two = CertificateSignRequest.make(.document(namesCertificate: true), digest, digest, by: .signature)
        #expect(stage.failure(two) == .invalid)
        let shown = try stage.core.connect().send(CertificatesRequest(identity: nil, use: .signature))
        #expect(shown.certificates == [[0x30, 1, 0]])
    }

    @Test(arguments: [false, true])
    func `for signatures that bind is none where none was left, or another person's`(isStrangers: Bool) throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        plugin.leavesSignatureKey.withLock { $0 = isStrangers }
        plugin.signatureDocument.withLock { $0 = "00000000T" }
        _ = try stage.activate().get()
        let digest = CertificateSignRequest.Content.digest([UInt8](repeating: 1, count: 32))
        #expect(
            stage.failure(.make(.document(namesCertificate: true), digest, by: .signature)) == .noSignatureKey)
        #expect(stage.refusal(CertificatesRequest(identity: nil, use: .signature)) == .noSignatureKey)
        #expect(stage.refusal(SigningContinueRequest()) == .invalid)
    }
}
