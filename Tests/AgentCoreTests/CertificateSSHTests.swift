import AgentProtocol
import SSHKeys
import SecureMemory
import SignedForms
import Testing
import Wire

@Suite struct `A certificate's key for ssh` {
    private let plugin: TokenPlugin
    private let stage: Stage

    init() throws {
        plugin = try TokenPlugin()
        stage = try Stage()
        stage.core.always(.pluginHost) { [plugin] in try plugin.serve($0) }
        _ = try stage.activate().get()
    }

    private func served(_ isServed: Bool = true) throws -> PublicKey {
        let reply = try stage.core.connect().send(SSHRequest(identity: nil, isServed: isServed))
        return try PublicKey(blob: reply.publicKey)
    }

    private func send(_ client: RawClient, _ payload: ByteWriter) throws -> [UInt8] {
        var frame = ByteWriter()
        frame.put(payload.bytes)
        try client.write(frame.bytes)
        return try #require(try client.read())
    }

    private func listed(_ client: RawClient? = nil) throws -> Int {
        var list = ByteWriter()
        list.put(byte: 11)
        return Int(try send(try client ?? RawClient(stage.core), list)[4])
    }

    private func sign(_ data: [UInt8], with key: PublicKey, _ client: RawClient? = nil) throws -> [UInt8]? {
        var request = ByteWriter()
        request.put(byte: 13)
        request.put(key.blob)
        request.put(data)
        request.put(UInt32(0))
        let answer = try send(try client ?? RawClient(stage.core), request)
        return answer[0] == 14 ? Array(answer.dropFirst(5)) : nil
    }

    private func login(with key: PublicKey, session: String = "session") -> [UInt8] {
        var login = ByteWriter()
        login.put(session)
        login.put(byte: 50)
        for text in ["aina", "ssh-connection", "publickey"] { login.put(text) }
        login.put(true)
        login.put(key.algorithm.rawValue)
        login.put(key.blob)
        return login.bytes
    }

    /// A connection of an ssh that has told its session, as OpenSSH does.
    private func bound(_ session: String = "session") throws -> RawClient {
        let host = SigningKey()
        var binding = ByteWriter()
        binding.put(byte: 27)
        binding.put("session-bind@openssh.com")
        binding.put(SSHEd25519.blob(host.publicKey))
        binding.put(session)
        binding.put(SSHEd25519.signatureBlob(host.sign(Array(session.utf8).span.bytes)))
        binding.put(false)
        let client = try RawClient(stage.core)
        #expect(try send(client, binding) == [6])
        return client
    }

    @Test func `is seen once the person wants it, and signs a login on their word`() throws {
        #expect(try listed() == 0)
        let key = try served()
        #expect(try listed() == 1)
        guard case .serveSSH(key.fingerprint) = stage.person.questions.last?.subject else {
            return #expect(Bool(false))
        }
        let data = login(with: key)
        #expect(key.isValid(try #require(try sign(data, with: key, bound())), of: data))
        guard case .sign(let use) = stage.person.questions.last?.subject else { return #expect(Bool(false)) }
        #expect(use.kind == .login && use.name == "aina" && !use.isBinding && use.isOnToken)
        #expect(use.certificate == "Made-up issuer, 17-03-2030" && use.host.hasPrefix("SHA256:"))
        // Without a session, or of another one, it could be any host's.
        #expect(try sign(data, with: key) == nil)
        #expect(try sign(data, with: key, bound("another")) == nil)
        _ = try served(false)
        #expect(try listed() == 0)
        #expect(try sign(data, with: key) == nil)
    }

    @Test func `signs messages, and nothing that is neither`() throws {
        let key = try served()
        var message = Array("SSHSIG".utf8)
        var rest = ByteWriter()
        for text in ["git", "", "sha512"] { rest.put(text) }
        rest.put([UInt8](repeating: 7, count: 64))
        message += rest.bytes
        #expect(key.isValid(try #require(try sign(message, with: key)), of: message))
        let asked = stage.person.questions.count
        // A login that is cut short is none, and neither is one with another key.
        let strangers = try PublicKey(blob: SSHEd25519.blob(SigningKey().publicKey))
        for data in [
            Array("anything".utf8), [], Array("eyJ9.e30".utf8), [0x31, 3, 1, 2, 3], Array(login(with: key).dropLast()),
            login(with: strangers),
        ] as [[UInt8]] { #expect(try sign(data, with: key) == nil, "\(data)") }
        #expect(stage.person.questions.count == asked)
    }

    @Test func `is neither shown to another host, nor used from there`() throws {
        let key = try served()
        let client = try RawClient(stage.core)
        // A proof that is refused makes it a connection from anywhere.
        var binding = ByteWriter()
        binding.put(byte: 27)
        binding.put("session-bind@openssh.com")
        #expect(try send(client, binding) == [28])
        #expect(try listed(client) == 0)
        #expect(try sign(login(with: key), with: key, client) == nil)
        #expect(try listed() == 1)
        #expect(stage.person.questions.allSatisfy { if case .sign = $0.subject { false } else { true } })
    }

    @Test func `goes with the identity, and comes back with it`() throws {
        let key = try served()
        for type in [UInt8(22), 23] {
            var lock = ByteWriter()
            lock.put(byte: type)
            lock.put("lock passphrase")
            #expect(try send(try RawClient(stage.core), lock) == [6])
        }
        #expect(try listed() == 0)
        #expect(try sign(login(with: key), with: key, bound()) == nil)
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.first?.servesSSH == true)
        #expect(try listed() == 1)
        _ = try stage.core.connect().send(RemoveRequest(nil))
        #expect(try listed() == 0)
        #expect(stage.refusal(SSHRequest(identity: nil, isServed: true)) == .noIdentity)
    }

    @Test func `gives nothing where the token signs something else`() throws {
        let key = try served()
        plugin.behave(.wrongSignature)
        #expect(try sign(login(with: key), with: key, bound()) == nil)
        plugin.behave(.right)
        #expect(try sign(login(with: key), with: key, bound()) != nil)
    }
}
