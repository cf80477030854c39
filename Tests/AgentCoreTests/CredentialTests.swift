import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import SignedForms
import Synchronization
import TestSupport
import Testing
import Wire

/// A P-256 key that OpenSSL holds, and a plugin that leaves it as one on a token, or held by the agent.
private final class TokenPlugin: Sendable {
    enum Manner { case right, wrongSignature, wrongLength, oneTooFew, silentSignature, strangersKey, noKey, crash }

    private let manner = Mutex(Manner.right)
    private let folder: String
    private let point: [UInt8]
    /// Signatures that were asked for.
    let asked = Mutex<[PluginSign]>([])
    /// Runs before a signature is given.
    let beforeSigning = Mutex<(@Sendable () -> Void)?>(nil)

    init() throws {
        folder = NSTemporaryDirectory() + "clave-token-plugin-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let made = runProgram(
            "/bin/sh",
            [
                "-ec",
                """
                cd \(folder)
                openssl ecparam -name prime256v1 -genkey -noout -out key
                openssl ec -in key -pubout -outform DER -out public
                """,
            ], environment: ["PATH": "/usr/bin:/bin"])
        try #require(made.code == 0, "\(made.errors)")
        point = Array(try Data(contentsOf: URL(filePath: folder + "/public")).suffix(65))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func behave(_ manner: Manner) { self.manner.withLock { $0 = manner } }

    private var blob: [UInt8] {
        var writer = ByteWriter()
        writer.put("ecdsa-sha2-nistp256")
        writer.put("nistp256")
        writer.put(point)
        return writer.bytes
    }

    /// Valid until the time given.
    static func info(until end: UInt64 = 1_900_000_000) -> CredentialInfo {
        CredentialInfo(
            reference: "pkcs11:id=%01", title: "Card", holder: "AINA", document: "12345678Z", issuer: "Made-up issuer",
            validAfter: 1_700_000_000, validBefore: end)
    }
    let end = Mutex<UInt64>(1_900_000_000)
    /// Whether it leaves the same key a second time, for signatures that bind.
    let leavesSignatureKey = Mutex(false)

    func serve(_ pipe: borrowing FrameChannel) throws {
        let payload = try pipe.receive()
        try pipe.send(PluginLoaded(title: "Played", version: "1"))
        if let call = try payload.withBytes({ try PluginSign.decode(payload: $0) }) { return try sign(call, pipe) }
        try pipe.send(secret: PluginExchange(step: "finish", body: SecretBytes(zeros: 1)))
        _ = try pipe.receive()
        let manner = manner.withLock { $0 }
        var key = ByteWriter()
        if manner == .strangersKey {
            key.put("ssh-ed25519")
            let stranger = SigningKey()
            key.put(stranger.publicKey)
            key.put(
                stranger.withSeed { $0.withBytes { span in span.withUnsafeBytes { Array($0) } } } + stranger.publicKey)
        }
        let info =
            manner == .noKey ? CredentialInfo(reference: "", title: "Card") : Self.info(until: end.withLock { $0 })
        try pipe.send(
            secret: PluginCredential(
                use: .authentication, key: SecretBytes(copying: key.bytes.span.bytes), publicKey: blob,
                certificates: [[0x30, 0]], info: info))
        if leavesSignatureKey.withLock(\.self) {
            let info = CredentialInfo(
                reference: "pkcs11:id=%02", title: "Card", issuer: "Made-up issuer", validAfter: info.validAfter,
                validBefore: info.validBefore)
            try pipe.send(
                secret: PluginCredential(
                    use: .signature, key: SecretBytes(zeros: 0), publicKey: blob, certificates: [[0x30, 1, 0]],
                    info: info))
        }
        try pipe.send(PluginDone(outcome: .succeeded))
    }

    private func sign(_ call: PluginSign, _ pipe: borrowing FrameChannel) throws {
        asked.withLock { $0.append(call) }
        beforeSigning.withLock { $0 }?()
        let manner = manner.withLock { $0 }
        if manner == .crash { return }
        try pipe.send(PluginLine(isProgress: true, text: "The token signs…"))
        var signatures: [[UInt8]] = []
        for start in stride(from: 0, to: call.digests.count, by: 32) {
            signatures.append(try signature(over: Array(call.digests[start..<start + 32])))
        }
        if manner == .wrongSignature { signatures[signatures.count - 1][5] ^= 1 }
        if manner == .wrongLength { signatures[0].removeLast() }
        if manner == .oneTooFew { signatures.removeLast() }
        if manner != .silentSignature { try pipe.send(PluginSigned(signatures: Array(signatures.joined()))) }
        try pipe.send(PluginDone(outcome: .succeeded))
    }

    /// `r ‖ s`
    private func signature(over digest: [UInt8]) throws -> [UInt8] {
        let name = folder + "/" + UUID().uuidString
        try Data(digest).write(to: URL(filePath: name))
        let made = runProgram(
            "/usr/bin/openssl", ["pkeyutl", "-sign", "-inkey", folder + "/key", "-in", name, "-out", name + ".out"],
            environment: ["PATH": "/usr/bin:/bin"])
        try #require(made.code == 0, "\(made.errors)")
        let der = Array(try Data(contentsOf: URL(filePath: name + ".out")))
        let first = Int(der[3])
        let (r, s) = (der[4..<4 + first], der[(6 + first)...])
        return [r, s].flatMap { number in
            let digits = Array(number.drop { $0 == 0 })
            return [UInt8](repeating: 0, count: 32 - digits.count) + digits
        }
    }
}

@Suite struct `A certificate's key` {
    private let request = Self.request(.document(namesCertificate: true), .bytes(Array("content".utf8)))

    private static func request(
        _ form: CertificateSignRequest.Form, _ contents: CertificateSignRequest.Content...,
        by use: CredentialUse = .authentication, scheme: SignatureScheme? = nil
    ) -> CertificateSignRequest {
        CertificateSignRequest(
            identity: nil, use: use, scheme: scheme, form: form,
            contents: contents.enumerated().map { SignedItem($1, name: "file \($0 + 1)") })
    }

    private func stage(_ plugin: TokenPlugin) throws -> Stage {
        let stage = try Stage()
        stage.core.always(.pluginHost) { try plugin.serve($0) }
        return stage
    }

    @Test func `on a token signs what the person has agreed to, in a process of its own each time`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        let identity = try stage.activate().get()
        #expect(identity.credential == TokenPlugin.info().starred("****5678Z"))
        let (reply, lines) = try stage.signatures(request)
        #expect(lines == ["The token signs…"])
        #expect(reply.scheme == .es256 && reply.signatures.map(\.count) == [64] && reply.certificates == [[0x30, 0]])
        let content = MessageDigest(.sha256, sha256(Array("content".utf8).span.bytes))!
        let attributes = try #require(
            SignedAttributes(
                digest: content, signedAt: reply.signedAt, certificateDigest: sha256([UInt8]([0x30, 0]).span.bytes)))
        let asked = try #require(plugin.asked.withLock { $0.first })
        #expect(asked.digests == sha256(attributes.signedBytes.span.bytes) && asked.algorithm == "ES256")
        #expect(asked.reference == "pkcs11:id=%01" && asked.plugin == "sms")
        let question = try #require(stage.person.questions.last)
        guard case .sign(let use) = question.subject else { return #expect(Bool(false), "\(question)") }
        #expect(use.kind == .document && use.text == "content" && use.size == 7)
        #expect(use.certificate == "Made-up issuer, 17-03-2030")
    }

    @Test(arguments: [
        TokenPlugin.Manner.wrongSignature, .wrongLength, .oneTooFew, .silentSignature, .crash,
    ])
    fileprivate func `gives no signature that is not the certificate's`(manner: TokenPlugin.Manner) throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        plugin.behave(manner)
        let batch = Self.request(
            .message(namespace: "file"), .digest([UInt8](repeating: 1, count: 64)),
            .digest([UInt8](repeating: 2, count: 64)))
        for request in [request, batch] { #expect(stage.failure(request) == .pluginFailed) }
        plugin.behave(.right)
        for request in [request, batch] { #expect(stage.failure(request) == nil) }
    }

    @Test(arguments: [TokenPlugin.Manner.strangersKey, .noKey])
    fileprivate func `that is not the certificate's is not taken over`(manner: TokenPlugin.Manner) throws {
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
        let core = stage.core
        plugin.beforeSigning.withLock { hook in
            hook = { _ = try? core.connect().send(RemoveRequest(nil)) }
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
            stage.failure(Self.request(form, content, scheme: scheme))
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
        #expect(try client.read() == [5])
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
        #expect(try stage.core.connect().send(CertificatesRequest(identity: nil, use: .authentication)).schemes == [.es256])
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
            return Stage.failure(Self.request(form, .parts), on: connection)
        }
        let parts = [Array("any".utf8), Array("thing ".utf8), [UInt8](repeating: 7, count: 131_072)]
        #expect(try sign(parts, .opaque) == nil)
        #expect(plugin.asked.withLock { $0.last?.digests } == sha256(Array(parts.joined()).span.bytes))
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

    @Test func `signs several documents on one word, each of them named in the question`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        let digests = (1...3).map { [UInt8](repeating: $0, count: 32) }
        let document = CertificateSignRequest.Form.document(namesCertificate: false)
        let asked = stage.person.questions.count
        let (reply, _) = try stage.signatures(
            Self.request(document, .digest(digests[0]), .digest(digests[1]), .digest(digests[2])))
        #expect(stage.person.questions.count == asked + 1)
        let signed = digests.map { digest in
            let attributes = SignedAttributes(
                digest: MessageDigest(.sha256, digest)!, signedAt: reply.signedAt, certificateDigest: nil)
            return sha256(attributes!.signedBytes.span.bytes)
        }
        #expect(reply.signatures.count == 3 && Set(reply.signatures).count == 3)
        #expect(plugin.asked.withLock { $0.map(\.digests) } == [Array(signed.joined())])
        guard case .sign(let use) = stage.person.questions.last?.subject else { return #expect(Bool(false)) }
        #expect(use.batch.map(\.name) == ["file 1", "file 2", "file 3"] && use.digest.isEmpty && use.text.isEmpty)
        #expect(use.batch.map(\.digest) == digests.map { MessageDigest(.sha256, $0)!.text })
        // What the question can't name by itself is signed one at a time.
        let content = CertificateSignRequest.Content.bytes(Array("anything".utf8))
        for request in [
            Self.request(document, content, .digest(digests[0])), Self.request(.opaque, content, content),
            Self.request(.opaque, .digest(digests[0]), .digest(digests[1])), Self.request(document, .parts, .parts),
        ] { #expect(stage.failure(request) == .invalid) }
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
        for (use, reference) in [(CredentialUse.authentication, "pkcs11:id=%01"), (.signature, "pkcs11:id=%02")] {
            _ = try stage.signatures(Self.request(.document(namesCertificate: true), digest, by: use))
            #expect(plugin.asked.withLock { $0.last?.reference } == reference)
            guard case .sign(let asked) = stage.person.questions.last?.subject else { return #expect(Bool(false)) }
            #expect(asked.isBinding == (use == .signature) && asked.isOnToken)
        }
        let shown = try stage.core.connect().send(CertificatesRequest(identity: nil, use: .signature))
        #expect(shown.certificates == [[0x30, 1, 0]])
    }

    @Test func `for signatures that bind is none where none was left`() throws {
        let plugin = try TokenPlugin()
        let stage = try stage(plugin)
        _ = try stage.activate().get()
        let digest = CertificateSignRequest.Content.digest([UInt8](repeating: 1, count: 32))
        #expect(
            stage.failure(Self.request(.document(namesCertificate: true), digest, by: .signature)) == .noCertificate)
        #expect(stage.refusal(CertificatesRequest(identity: nil, use: .signature)) == .noCertificate)
        #expect(stage.refusal(SigningContinueRequest()) == .invalid)
    }
}

extension Stage {
    /// What comes of a request, and what the person is told on the way.
    fileprivate func signatures(_ request: CertificateSignRequest) throws -> (CertificateSignReply, [String]) {
        try Self.signatures(request, on: core.connect())
    }

    /// Why nothing came of it; nil if it did.
    fileprivate func failure(_ request: CertificateSignRequest) -> AgentError.Code? {
        do { return try Self.failure(request, on: core.connect()) } catch {
            Issue.record(error)
            return nil
        }
    }

    fileprivate static func failure(
        _ request: CertificateSignRequest, on connection: borrowing AgentConnection
    ) -> AgentError.Code? {
        do {
            _ = try signatures(request, on: connection)
            return nil
        } catch AgentConnection.Failure.refused(let error) { return error.code } catch {
            Issue.record(error)
            return nil
        }
    }

    private static func signatures(
        _ request: CertificateSignRequest, on connection: borrowing AgentConnection
    ) throws -> (CertificateSignReply, [String]) {
        var lines: [String] = []
        var event = try connection.send(request)
        while case .progress(let line) = event {
            lines.append(line)
            event = try connection.send(SigningContinueRequest())
        }
        guard case .done(let reply) = event else { throw WireError.malformed }
        return (reply, lines)
    }
}
