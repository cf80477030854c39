import AgentProtocol
import GatewayAPI
import SecureMemory
import SignedForms
import Synchronization
import Testing
import Wire

@Suite struct `A certificate's key` {
    private let request = CertificateSignRequest.make(.document(namesCertificate: true), .bytes(Array("content".utf8)))

    private func stage(_ plugin: TokenPlugin) throws -> Stage {
        let stage = try Stage()
        stage.core.always(.pluginHost) { try plugin.serve($0) }
        return stage
    }

    @Test func `on a token signs what the person has agreed to, in a process of its own each time`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        let identity = try stage.activate().get()
        // What stands behind the sign is the plugin's alone.
        let shown = TokenPlugin.info().starred("****5678Z")
        #expect(identity.credential == shown && shown.reference == "pkcs11:id=%01")
        let certificates = CertificatesRequest(identity: nil, use: .authentication)
        #expect(try stage.core.connect().send(certificates).info == shown)
        let (reply, lines) = try stage.signatures(request)
        #expect(lines == ["The token signs…"])
        #expect(reply.scheme == .es256 && reply.signatures.map(\.count) == [64] && reply.certificates == [[0x30, 0]])
        let content = MessageDigest(.sha256, sha256(Array("content".utf8).span.bytes))!
        let attributes = try #require(
            SignedAttributes(
                digest: content, signedAt: reply.signedAt, certificateDigest: sha256([UInt8]([0x30, 0]).span.bytes)))
        let asked = try #require(plugin.asked.withLock { $0.first })
        #expect(asked.data == sha256(attributes.signedBytes.span.bytes) && asked.algorithm == "ES256")
        #expect(asked.reference == "pkcs11:id=%01#kept=123456" && asked.plugin == "sms")
        let question = try #require(stage.person.questions.last)
        guard case .sign(let use) = question.subject else { return #expect(Bool(false), "\(question)") }
        #expect(use.kind == .document && use.text == "content" && use.size == 7)
        #expect(use.certificate == "Made-up issuer, 17-03-2030")
    }

    @Test(arguments: [
        TokenPlugin.Manner.wrongSignature, .wrongLength, .oneTooFew, .silentSignature, .crash,
    ])
    func `gives no signature that is not the certificate's`(manner: TokenPlugin.Manner) throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        plugin.behave(manner)
        let batch = CertificateSignRequest.make(
            .message(namespace: "file"), .digest([UInt8](repeating: 1, count: 64)),
            .digest([UInt8](repeating: 2, count: 64)))
        for request in [request, batch] { #expect(stage.failure(request) == .pluginFailed) }
        plugin.behave(.right)
        for request in [request, batch] { #expect(stage.failure(request) == nil) }
    }

    @Test(arguments: [TokenPlugin.Manner.strangersKey, .noKey])
    func `that is not the certificate's is not taken over`(manner: TokenPlugin.Manner) throws {
        let plugin = try TokenPlugin()
        plugin.behave(manner)
        let stage = try stage(plugin)
        #expect(stage.activate().code == .pluginFailed)
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.isEmpty)
    }

    @Test func `signs nothing for an identity that has gone meanwhile`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        plugin.beforeSigning.withLock { hook in
            // The core's harness keeps the plugin.
            hook = { [weak core = stage.core] in _ = try? core?.connect().send(RemoveRequest(nil)) }
        }
        #expect(stage.failure(request) == .expired)
        #expect(stage.failure(request) == .noIdentity)
    }

    @Test func `signs by its own schemes alone, and only what has the form that is claimed`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        func refusal(
            _ form: CertificateSignRequest.Form, _ content: CertificateSignRequest.Content,
            _ scheme: SignatureScheme? = nil
        ) -> AgentError.Code? {
            stage.failure(.make(form, content, scheme: scheme))
        }
        let digest = [UInt8](repeating: 1, count: 32)
        #expect(refusal(.document(namesCertificate: true), .digest(digest), .rs256) == .invalid)
        #expect(refusal(.document(namesCertificate: true), .digest(digest), .es384) == .invalid)
        #expect(refusal(.document(namesCertificate: true), .digest(digest + [1])) == .invalid)
        #expect(refusal(.message(namespace: ""), .bytes([1])) == .invalid)
        for text in ["", "eyJ9", "eyJ9.e30.", "eyJ9.e3+0", "abc.e30", "{\"a\":1}.e30"] {
            #expect(refusal(.token, .bytes(Array(text.utf8))) == .invalid, "\(text)")
        }
        #expect(refusal(.token, .digest(digest)) == .invalid)
        // It could be that of anything, even of the proof of an activation.
        #expect(refusal(.opaque, .digest(digest)) == .invalid)
        let forms = [
            Array("SSHSIG".utf8) + [0, 0, 0, 4], Array("eyJ9.e30".utf8), [0x31, 0x03, 1, 2, 3], [],
            // A header with blanks in front or inside, and a payload as it is (RFC 7797).
            Array("eyAiYWxnIjoiRVMyNTYifQ.e30".utf8), Array("IHsiYWxnIjoiRVMyNTYifQ.e30".utf8),
            Array("eyJiNjQiOmZhbHNlfQ.any payload. at all".utf8),
            [UInt8](repeating: 0x20, count: 64) + Array("TLS 1.3, client CertificateVerify".utf8),
        ]
        for form in forms { #expect(refusal(.opaque, .bytes(form)) == .invalid, "\(form)") }
        #expect(plugin.asked.withLock { $0.isEmpty })
        #expect(refusal(.token, .bytes(Array("eyJ9.e30".utf8))) == nil)
        #expect(refusal(.opaque, .bytes(Array("anything".utf8))) == nil)
    }

    @Test func `is neither shown nor used for another host, nor is an identity removed`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        let client = try RawClient(stage.core)
        var binding = ByteWriter()
        binding.put(byte: 27)
        binding.put("session-bind@openssh.com")
        binding.put([0, 0, 0, 3] + Array("sk-".utf8))
        binding.put("session")
        binding.put("signature")
        binding.put(true)
        var frame = ByteWriter()
        frame.put(binding.bytes)
        try client.write(frame.bytes)
        #expect(try client.read() == [28])
        func refuses<Request: AgentExtension>(_ request: Request) throws {
            try client.write(request.frame())
            let payload = try #require(try client.read())
            #expect(throws: AgentError.self) { try AgentReply.decode(payload.span.bytes, to: Request.self) }
        }
        let asked = stage.person.questions.count
        try refuses(CredentialsRequest(method: "certificate"))
        try refuses(CertificatesRequest(identity: nil, use: .authentication))
        try refuses(request)
        try refuses(RemoveRequest(nil))
        #expect(stage.person.questions.count == asked)
        #expect(
            try stage.core.connect().send(CertificatesRequest(identity: nil, use: .authentication)).schemes == [.es256])
    }

    @Test func `signs nothing when its certificate is out of date`() throws {
        let plugin = try TokenPlugin()
        plugin.end.withLock { $0 = 1_700_000_001 }
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        let asked = stage.person.questions.count
        #expect(stage.failure(request) == .unusableCredential)
        #expect(stage.person.questions.count == asked)
    }

    @Test func `is asked about each time, also where a yes holds for the identity's own key`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        let identity = try stage.activate().get().identifier
        _ = try stage.core.connect().send(
            SetPolicyRequest(identity: identity, operation: .sign, policy: .remember(seconds: 600)))
        let challenge = SignRequest(
            identity: nil, purpose: .challenge(relyingParty: "seu.test", purpose: "log in"), content: .bytes([1]))
        for _ in 0..<2 { _ = try stage.core.connect().send(challenge) }
        let asked = stage.person.questions.count
        for _ in 0..<2 { _ = try stage.signatures(request) }
        #expect(stage.person.questions.count == asked + 2)
    }

    @Test func `does not come to an agent that was locked meanwhile`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        let core = stage.core
        core.next(.pluginHost) { pipe in
            let client = try RawClient(core)
            var lock = ByteWriter()
            lock.put(byte: 22)
            lock.put("lock passphrase")
            var frame = ByteWriter()
            frame.put(lock.bytes)
            try client.write(frame.bytes)
            #expect(try client.read() == [6])
            try plugin.serve(pipe)
        }
        #expect(stage.activate().code == .locked)
        #expect(try core.status().vault == .locked && core.status().identities == 0)
        // What the gateway granted is taken back.
        #expect(stage.gateway.posted.last == Deactivation.path)
    }

    @Test func `signs content that comes in parts, which it has looked at as well`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        func sign(_ parts: [[UInt8]], _ form: CertificateSignRequest.Form) throws -> AgentError.Code? {
            let connection = try stage.core.connect()
            for (place, part) in parts.enumerated() {
                _ = try connection.send(ContentRequest(isFirst: place == 0, algorithm: .sha256, bytes: part))
            }
            return Stage.failure(.make(form, .parts), on: connection)
        }
        let parts = [Array("any".utf8), Array("thing ".utf8), [UInt8](repeating: 7, count: 131_072)]
        #expect(try sign(parts, .opaque) == nil)
        #expect(plugin.asked.withLock { $0.last?.data } == sha256(Array(parts.joined()).span.bytes))
        guard case .sign(let use) = stage.person.questions.last?.subject else { return #expect(Bool(false)) }
        #expect(use.size == 131_081 && use.text == "")
        let long = [UInt8](repeating: UInt8(ascii: "A"), count: 131_072)
        #expect(try sign([Array("eyJ9.".utf8), long], .token) == nil)
        for (parts, form) in [
            ([], CertificateSignRequest.Form.opaque), ([[]], .opaque),
            ([Array("eyJ".utf8), Array("9.x y".utf8)], .opaque),
            // A header longer than what is kept of the beginning.
            ([Array("eyJ9".utf8), long, Array(".e30".utf8)], .opaque), ([[0x31], [3, 1, 2, 3]], .opaque),
            ([Array("SSH".utf8), Array("SIG".utf8)], .opaque), ([Array("eyJ9.".utf8), Array("e30.".utf8)], .token),
            ([Array("eyJ9.".utf8), Array("e3+0".utf8)], .token), ([Array("e30".utf8)], .token),
        ] { #expect(try sign(parts, form) == .invalid, "\(parts.map { $0.prefix(8) })") }
    }
}
