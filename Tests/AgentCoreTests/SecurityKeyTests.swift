import AgentProtocol
import Foundation
import Posix
import SSHKeys
import SecureMemory
import Synchronization
import TestSupport
import Testing
import Wire

/// A key on a FIDO token that the test plays, and requests about it.
final class Token: @unchecked Sendable {
    let application: String
    private let key = SigningKey()
    private let heard = Mutex<[[UInt8]]>([])

    init(application: String = "ssh:") { self.application = application }

    var blob: [UInt8] {
        var writer = ByteWriter()
        writer.put("sk-ssh-ed25519@openssh.com")
        writer.put(key.publicKey)
        writer.put(application)
        return writer.bytes
    }

    /// The PINs that came with requests.
    var pins: [String] { heard.withLock { $0.map { String(decoding: $0, as: UTF8.self) } } }

    func add(flags: UInt8 = 1, constraints: [UInt8] = []) -> [UInt8] {
        frame(25) {
            $0.put("sk-ssh-ed25519@openssh.com")
            $0.put(key.publicKey)
            $0.put(application)
            $0.put(byte: flags)
            $0.put("handle")
            $0.put("")
            $0.put("my token")
            for byte in constraints { $0.put(byte: byte) }
        }
    }

    func sign(_ data: [UInt8] = Array("to be signed".utf8)) -> [UInt8] {
        frame(13) {
            $0.put(blob)
            $0.put(data)
            $0.put(UInt32(0))
        }
    }

    /// Signs as a token does.
    func answer(_ request: borrowing SecurityKeySign) -> ProviderSigned {
        let application = Array(self.application.utf8)
        let signed =
            sha256(application.span.bytes) + [1, 0, 0, 0, 7] + sha256(request.data.span.bytes)
        var writer = ByteWriter()
        writer.put("sk-ssh-ed25519@openssh.com")
        writer.put(key.sign(signed.span.bytes))
        writer.put(byte: 1)
        writer.put(UInt32(7))
        return ProviderSigned(number: 0, outcome: .done, signature: writer.bytes)
    }

    /// Plays `clave-sk-helper`.
    func serve(
        _ pipe: borrowing FrameChannel, _ body: (borrowing SecurityKeySign) throws -> ProviderSigned?
    ) throws {
        let payload = try pipe.receive()
        let answer = try payload.withBytes { payload -> ProviderSigned? in
            guard let request = try SecurityKeySign.decode(payload: payload) else { return nil }
            heard.withLock { $0.append(request.pin.withBytes { $0.withUnsafeBytes { Array($0) } }) }
            return try body(request)
        }
        if let answer { try pipe.send(answer) }
        _ = try? pipe.receive()
    }
}

private func frame(_ type: UInt8, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var payload = ByteWriter()
    payload.put(byte: type)
    body(&payload)
    var frame = ByteWriter()
    frame.put(payload.bytes)
    return frame.bytes
}

private func ask(_ client: RawClient, _ request: [UInt8]) throws -> [UInt8]? {
    try client.write(request)
    return try client.read()
}

/// What a test and the helpers that it plays both see.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
    func withLock<Result: Sendable>(_ body: (inout sending Value) -> sending Result) -> Result { value.withLock(body) }
}

/// How many keys the agent lists.
private func listed(_ client: RawClient) throws -> UInt8? { try ask(client, [0, 0, 0, 1, 11])?.dropFirst(4).first }

@Suite struct `A key on a FIDO token` {
    /// A core with a token that signs at once.
    private func core(_ token: Token) throws -> CoreHarness {
        let core = try CoreHarness()
        core.always(.securityKey) { pipe in try token.serve(pipe) { token.answer($0) } }
        core.always(.prompt) { _ = try? $0.receive() }
        return core
    }

    @Test func `is added, listed, signs, and is removed`() throws {
        let token = Token()
        let client = try RawClient(core(token))
        #expect(try ask(client, token.add()) == [6])
        #expect(try listed(client) == 1)
        let signature = try #require(try ask(client, token.sign()))
        #expect(signature.first == 14)
        let key = try PublicKey(blob: token.blob)
        #expect(key.isValid(Array(signature.dropFirst(5)), of: Array("to be signed".utf8)))
        #expect(try ask(client, frame(18) { $0.put(token.blob) }) == [6])
        #expect(try listed(client) == 0)
        #expect(try ask(client, token.sign()) == [5])
    }

    @Test func `gives nothing that is no signature by it`() throws {
        let (token, other) = (Token(), Token())
        let core = try CoreHarness()
        core.always(.prompt) { _ = try? $0.receive() }
        let client = try RawClient(core)
        #expect(try ask(client, token.add()) == [6])
        core.next(.securityKey) { pipe in try token.serve(pipe) { other.answer($0) } }
        #expect(try ask(client, token.sign()) == [5])
        core.next(.securityKey) { pipe in
            try token.serve(pipe) { _ in ProviderSigned(number: 0, outcome: .done, signature: [1, 2, 3]) }
        }
        #expect(try ask(client, token.sign()) == [5])
        core.next(.securityKey) { pipe in try token.serve(pipe) { token.answer($0) } }
        #expect(try ask(client, token.sign())?.first == 14)
    }

    @Test func `has the person told to touch it, until it is touched`() throws {
        let (token, told, isOver, isTouched) = (Token(), Shared(""), Shared(false), Shared(false))
        let core = try CoreHarness()
        core.always(.prompt) { pipe in
            let payload = try pipe.receive()
            guard case .touchKey(let use)? = try payload.withBytes({ try Question.decode(payload: $0) })?.subject else {
                return
            }
            told.withLock { $0 = use.comment }
            _ = try? pipe.receive()
            isOver.withLock { $0 = true }
        }
        core.always(.securityKey) { pipe in
            try token.serve(pipe) { request in
                try eventually("the touch") { isTouched.withLock { $0 } }
                return token.answer(request)
            }
        }
        let client = try RawClient(core)
        #expect(try ask(client, token.add()) == [6])
        try client.write(token.sign())
        try eventually("the person to be told") { told.withLock { $0 } == "my token" }
        #expect(!isOver.withLock { $0 })
        isTouched.withLock { $0 = true }
        #expect(try client.read()?.first == 14)
        try eventually("the notice to go") { isOver.withLock { $0 } }
        // Without the flag nobody is told anything.
        told.withLock { $0 = "" }
        #expect(try ask(client, token.add(flags: 0)) == [6])
        #expect(try ask(client, token.sign())?.first == 14)
        #expect(told.withLock { $0 }.isEmpty)
    }

    @Test func `asks for its PIN, again if it was wrong, and not for ever`() throws {
        let (token, asked) = (Token(), Shared<[Bool]>([]))
        let core = try CoreHarness()
        core.always(.prompt) { pipe in
            let payload = try pipe.receive()
            guard case .securityKeyPIN(let pin)? = try payload.withBytes({ try Question.decode(payload: $0) })?.subject
            else { return }
            let count = asked.withLock {
                $0.append(pin.wasWrong)
                return $0.count
            }
            let text = Array("pin \(count)".utf8)
            try pipe.send(secret: Answer(outcome: .given, value: SecretBytes(copying: text.span.bytes)))
        }
        core.always(.securityKey) { pipe in
            try token.serve(pipe) { request in
                if request.pin.count == 0 { return ProviderSigned(number: 0, outcome: .pinNeeded) }
                return token.pins.last == "pin 2"
                    ? token.answer(request) : ProviderSigned(number: 0, outcome: .wrongPIN)
            }
        }
        let client = try RawClient(core)
        #expect(try ask(client, token.add(flags: 5)) == [6])
        #expect(try ask(client, token.sign())?.first == 14)
        #expect(token.pins == ["", "pin 1", "pin 2"])
        #expect(asked.withLock { $0 } == [false, true])
        // The next PINs are all wrong.
        #expect(try ask(client, token.sign()) == [5])
        #expect(token.pins.suffix(3) == ["", "pin 3", "pin 4"])
    }

    @Test func `that is for a web site signs nothing but what is ssh's`() throws {
        let token = Token(application: "bank.example")
        let client = try RawClient(core(token))
        #expect(try ask(client, token.add()) == [6])
        #expect(try ask(client, token.sign()) == [5])
        func login(with key: [UInt8]) -> [UInt8] {
            var writer = ByteWriter()
            writer.put("session")
            writer.put(byte: 50)
            for text in ["me", "ssh-connection", "publickey"] { writer.put(text) }
            writer.put(true)
            writer.put("sk-ssh-ed25519@openssh.com")
            writer.put(key)
            return writer.bytes
        }
        #expect(try ask(client, token.sign(login(with: token.blob)))?.first == 14)
        #expect(try ask(client, token.sign(login(with: Token().blob))) == [5])
        var message = ByteWriter()
        for text in ["file", "", "sha512"] { message.put(text) }
        message.put([UInt8](repeating: 1, count: 64))
        #expect(try ask(client, token.sign(Array("SSHSIG".utf8) + message.bytes))?.first == 14)
        #expect(token.pins.count == 2)
    }

    @Test func `with a yes to each use asks before the token does, and not while locked`() throws {
        let (token, kinds) = (Token(), Shared<[Answer.Outcome]>([]))
        let core = try CoreHarness()
        core.always(.securityKey) { pipe in try token.serve(pipe) { token.answer($0) } }
        core.always(.prompt) { pipe in
            let payload = try pipe.receive()
            guard case .useKey? = try payload.withBytes({ try Question.decode(payload: $0) })?.subject else { return }
            let outcome = kinds.withLock { $0.isEmpty ? .denied : $0.removeFirst() }
            try pipe.send(secret: Answer(outcome: outcome))
        }
        let client = try RawClient(core)
        #expect(try ask(client, token.add(constraints: [2])) == [6])
        #expect(try ask(client, token.sign()) == [5])
        #expect(token.pins.isEmpty)
        kinds.withLock { $0 = [.given] }
        #expect(try ask(client, token.sign())?.first == 14)
        #expect(try ask(client, frame(22) { $0.put("lock") }) == [6])
        #expect(try ask(client, token.sign()) == [5])
        #expect(try ask(client, frame(23) { $0.put("lock") }) == [6])
        kinds.withLock { $0 = [.given] }
        #expect(try ask(client, token.sign())?.first == 14)
    }

    @Test func `serves one after the other, and a client that goes away holds up nobody`() throws {
        let (token, began, isOpen) = (Token(), Shared(0), Shared(false))
        let core = try CoreHarness()
        core.always(.prompt) { _ = try? $0.receive() }
        // As a token that waits to be touched: only the end of its process frees it.
        core.always(.securityKey) { pipe in
            try token.serve(pipe) { request in
                began.withLock { $0 += 1 }
                return isOpen.withLock { $0 } ? token.answer(request) : nil
            }
        }
        let client = try RawClient(core)
        #expect(try ask(client, token.add()) == [6])
        for round in 1...10 {
            let first = try RawClient(core)
            try first.write(token.sign())
            try eventually("signature \(round) to begin") { began.withLock { $0 } == round }
            for _ in 0..<5 { try RawClient(core).write(token.sign()) }
            #expect(try listed(client) == 1)
            #expect(began.withLock { $0 } == round)
        }
        isOpen.withLock { $0 = true }
        #expect(try ask(client, token.sign())?.first == 14)
    }

    @Test func `whose middleware hangs holds up no key of another library's`() throws {
        let (hanging, token, began) = (Token(), Token(), Shared(0))
        // Never loaded: the test plays the helper.
        let library = try #require(Files.realPath("/usr/lib/os-release"))
        let core = try CoreHarness()
        core.always(.prompt) { _ = try? $0.receive() }
        core.always(.securityKey) { pipe in
            try token.serve(pipe) { request in
                guard request.provider.isEmpty else {
                    began.withLock { $0 += 1 }
                    return nil
                }
                return token.answer(request)
            }
        }
        let client = try RawClient(core)
        var constraint = ByteWriter()
        constraint.put(byte: 255)
        constraint.put("sk-provider@openssh.com")
        constraint.put(library)
        #expect(try ask(client, hanging.add(constraints: constraint.bytes)) == [6])
        #expect(try ask(client, token.add()) == [6])
        let waiting = try (0..<8).map { _ in try RawClient(core) }
        for other in waiting { try other.write(hanging.sign()) }
        try eventually("the library to hang") { began.withLock { $0 } == 1 }
        #expect(try ask(client, token.sign())?.first == 14)
        // One process has so many at a library, and no more.
        #expect(try ask(client, hanging.sign()) == [5])
        #expect(began.withLock { $0 } == 1)
    }

    @Test(arguments: [true, false]) func `is added by a forwarded client only if the person allows that`(
        isAllowed: Bool
    ) throws {
        let core = try CoreHarness(allowsRemoteProviders: isAllowed)
        let client = try RawClient(core)
        let binding = frame(27) {
            $0.put("session-bind@openssh.com")
            for text in ["host", "session", "signature"] { $0.put(text) }
            $0.put(true)
        }
        #expect(try ask(client, binding)?.count == 1)
        #expect(try ask(client, Token().add()) == [isAllowed ? 6 : 5])
        #expect(try listed(client) == (isAllowed ? 1 : 0))
    }

    @Test(arguments: ["/nonexistent/sk.so", "/tmp", "relative.so", "internal.so"])
    func `is not added with a middleware that may not be loaded`(provider: String) throws {
        let token = Token()
        let client = try RawClient(core(token))
        func constraint(_ provider: String) -> [UInt8] {
            var writer = ByteWriter()
            writer.put(byte: 255)
            writer.put("sk-provider@openssh.com")
            writer.put(provider)
            return writer.bytes
        }
        #expect(try ask(client, token.add(constraints: constraint(provider))) == [5])
        #expect(try listed(client) == 0)
        #expect(try ask(client, token.add(constraints: constraint("Internal"))) == [6])
    }

    @Test(arguments: [
        "ssh-mldsa44-ed25519@openssh.com", "ssh-dss", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "",
    ]) func `is not one of another kind: those are refused, and the connection stays`(name: String) throws {
        let client = try RawClient(core(Token()))
        #expect(
            try ask(
                client,
                frame(17) {
                    $0.put(name); $0.put("key"); $0.put("comment")
                }) == [5])
        #expect(try listed(client) == 0)
    }
}
