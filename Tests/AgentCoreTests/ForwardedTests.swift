import AgentProtocol
import Audit
import Foundation
import GatewayAPI
import Posix
import SSHKeys
import SecureMemory
import SignedForms
import TestSupport
import Testing
import Wire

extension RawClient {
    /// Sends a payload and gives the answer's.
    func ask(_ payload: ByteWriter) throws -> [UInt8] {
        var frame = ByteWriter()
        frame.put(payload.bytes)
        try write(frame.bytes)
        guard let answer = try read() else { throw HarnessError.notReady }
        return answer
    }

    /// Sends a message whose body is one string, as `ssh-add` does.
    func ask(_ type: UInt8, _ text: String? = nil) throws -> [UInt8] {
        var payload = ByteWriter()
        payload.put(byte: type)
        if let text { payload.put(text) }
        return try ask(payload)
    }

    /// The code of a request's refusal; nil if it is answered.
    func refusal<Request: AgentExtension>(_ request: Request) throws -> AgentError.Code? {
        try write(request.frame())
        guard let payload = try read() else { throw HarnessError.notReady }
        do { _ = try AgentReply.decode(payload.span.bytes, to: Request.self) } catch let error as AgentError {
            return error.code
        }
        return nil
    }

    /// Tells of a session, as ssh does.
    ///
    /// - Parameter isProven: whether the host has proved its key.
    func bind(isForwarding: Bool, isProven: Bool = true) throws {
        let host = SigningKey()
        let session = Array("session".utf8)
        var binding = ByteWriter()
        binding.put(byte: 27)
        binding.put(SessionBinding.name)
        binding.put(SSHEd25519.blob(host.publicKey))
        binding.put(session)
        binding.put(SSHEd25519.signatureBlob((isProven ? host : SigningKey()).sign(session.span.bytes)))
        binding.put(isForwarding)
        #expect(try ask(binding) == [isProven ? 6 : 28])
    }

    /// Adds an Ed25519 key; its public half.
    func addKey(confirm: Bool = false) throws -> PublicKey {
        let seed = randomBytes(32)
        let key = SigningKey(seed: SecretBytes(copying: seed.span.bytes))!
        var request = ByteWriter()
        request.put(byte: confirm ? 25 : 17)
        request.put("ssh-ed25519")
        request.put(key.publicKey)
        request.put(seed + key.publicKey)
        request.put("a key")
        if confirm { request.put(byte: 2) }
        #expect(try ask(request) == [6])
        return try PublicKey(blob: SSHEd25519.blob(key.publicKey))
    }

    /// How many keys are listed.
    func listed() throws -> Int { Int(try ask(11)[4]) }

    /// Has a key sign something; whether it did.
    func sign(with key: PublicKey) throws -> Bool {
        var request = ByteWriter()
        request.put(byte: 13)
        request.put(key.blob)
        request.put("anything")
        request.put(UInt32(0))
        return try ask(request)[0] == 14
    }
}

@Suite struct `A connection from another host` {
    /// Of a host that has proved its key, and of one that has not: that may be any.
    private func connections(_ stage: Stage) throws -> [RawClient] {
        try [true, false].map { isProven in
            let client = try RawClient(stage.core)
            try client.bind(isForwarding: true, isProven: isProven)
            return client
        }
    }

    @Test func `gets query, context and status, and nothing else of Clave's`() throws {
        let stage = try Stage()
        _ = try stage.activate().get()
        let asked = stage.person.questions.count
        for client in try connections(stage) {
            #expect(try client.refusal(ContextRequest(locale: "ca_ES")) == nil)
            #expect(try client.refusal(StatusRequest()) == nil)
            #expect(try client.ask(27, "query")[0] == 29)
            let name = Identifier([UInt8](repeating: 1, count: 16))!
            #expect(try client.refusal(UnlockVaultRequest()) == .invalid)
            #expect(try client.refusal(IdentitiesRequest()) == .invalid)
            #expect(try client.refusal(ContinueRequest()) == .invalid)
            #expect(try client.refusal(RegistrationContinueRequest()) == .invalid)
            #expect(try client.refusal(RegistrationsRequest()) == .invalid)
            #expect(try client.refusal(ForgetRegistrationRequest(name)) == .invalid)
            #expect(try client.refusal(RenounceRequest(name)) == .invalid)
            #expect(try client.refusal(RemoveRequest(nil)) == .invalid)
            #expect(try client.refusal(PINRequest(identity: nil, filter: "", wait: 0)) == .invalid)
            #expect(try client.refusal(PendingListRequest(identity: nil, wait: 0)) == .invalid)
            #expect(try client.refusal(AnswerRequest(request: name, approve: false)) == .invalid)
            #expect(try client.refusal(AnswerRequest(request: name, approve: true)) == .invalid)
            #expect(try client.refusal(ClaimRequest(link: "clave-agent:x", identity: nil)) == .invalid)
            #expect(try client.refusal(CredentialsRequest(method: "certificate")) == .invalid)
            #expect(try client.refusal(CertificatesRequest(identity: nil, use: .signature)) == .invalid)
            #expect(try client.refusal(SigningContinueRequest()) == .invalid)
            #expect(try client.refusal(SSHRequest(identity: nil, isServed: false)) == .invalid)
            #expect(try client.refusal(RememberedRequest()) == .invalid)
            #expect(try client.refusal(ForgetRequest(nil)) == .invalid)
            #expect(try client.refusal(VaultRequest()) == .invalid)
            #expect(try client.refusal(ChangePassphraseRequest()) == .invalid)
            #expect(try client.refusal(ChangeKeyRequest()) == .invalid)
            #expect(try client.refusal(SetKeyringRequest(opens: false)) == .invalid)
            #expect(try client.refusal(RehearseRequest()) == .invalid)
            #expect(try client.refusal(RestoreRequest()) == .invalid)
        }
        #expect(stage.person.questions.count == asked)
        // A process is recorded once in a minute, however many connections it makes and however often it asks.
        try eventually("the records") {
            let log = try AuditReading(folder: stage.core.folder + "/vault")
            let refused = log.records.filter { $0.entry.kind == "refused_to_host" }
            return refused.count == 1
                && refused.allSatisfy { $0.entry.members.contains(.init("ssh_forwarded", .flag(true))) }
        }
    }

    @Test func `goes on with nothing that it began before it was one`() throws {
        let stage = try Stage()
        let client = try RawClient(stage.core)
        stage.core.next(.pluginHost) { pipe in
            _ = try pipe.receive()
            try pipe.send(PluginLoaded(title: "Played", version: "1"))
            try pipe.send(PluginLine(isProgress: true, text: "Waiting"))
            _ = try pipe.receive()
        }
        let begin = ActivateRequest(
            method: "sms", gateway: FakeGateway.origin, certificates: [], fields: [], lifetime: 0)
        #expect(try client.refusal(begin) == nil)
        try client.bind(isForwarding: true)
        #expect(try client.refusal(ContinueRequest()) == .invalid)
    }

    @Test func `neither locks nor unlocks, and takes away no more than the ssh keys that it sees`() throws {
        let stage = try Stage()
        let plugin = try TokenPlugin()
        stage.core.always(.pluginHost) { try plugin.serve($0) }
        _ = try stage.activate().get()
        let here = try RawClient(stage.core)
        #expect(try here.refusal(SSHRequest(identity: nil, isServed: true)) == nil)
        let certificate = try PublicKey(
            blob: try stage.core.connect().send(SSHRequest(identity: nil, isServed: true)).publicKey)
        for client in try connections(stage) {
            _ = try here.addKey()
            #expect(try here.listed() == 2)
            #expect(try client.listed() == 1)
            let asked = stage.person.questions.count
            #expect(try client.ask(22, "a passphrase of its own") == [5])
            #expect(try client.ask(23, "a passphrase of its own") == [5])
            #expect(try client.sign(with: certificate) == false)
            var removal = ByteWriter()
            removal.put(byte: 18)
            removal.put(certificate.blob)
            #expect(try client.ask(removal) == [5])
            #expect(try client.ask(19) == [6])
            #expect(try client.listed() == 0)
            #expect(try here.listed() == 1)
            #expect(try stage.core.status().vault == .open)
            #expect(try stage.core.status().identities == 1)
            #expect(stage.person.questions.count == asked)
        }
        // Locked here, it is unlocked here alone.
        #expect(try here.ask(22, "the lock") == [6])
        for client in try connections(stage) { #expect(try client.ask(23, "the lock") == [5]) }
        #expect(try here.ask(23, "the lock") == [6])
    }

    @Test func `is named as one in each of its questions, and in the log`() throws {
        let stage = try Stage()
        let here = try RawClient(stage.core)
        let key = try here.addKey(confirm: true)
        #expect(try here.sign(with: key))
        #expect(stage.person.questions.last?.caller.isForwarded == false)
        for client in try connections(stage) {
            #expect(try client.sign(with: key))
            #expect(stage.person.questions.last?.caller.isForwarded == true)
        }
        // A session that only logs in is this machine's.
        let login = try RawClient(stage.core)
        try login.bind(isForwarding: false)
        #expect(try login.sign(with: key))
        #expect(stage.person.questions.last?.caller.isForwarded == false)
    }
}
