import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import Synchronization
import Testing
import Wire

@testable import Gateway

/// A gateway's services over a fresh store, with a clock that the test moves and a telephone that it reads.
final class Sandbox: @unchecked Sendable {
    final class Telephone: MessageSender, @unchecked Sendable {
        let messages = Mutex<[(text: String, phone: String)]>([])
        func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
            messages.withLock { $0.append((text, phone.text)) }
        }
        /// The newest code or PIN that was sent.
        func last(_ pattern: String) -> String? {
            let text = messages.withLock { $0.last?.text } ?? ""
            guard let range = text.range(of: pattern, options: .regularExpression) else { return nil }
            return String(text[range])
        }
    }

    let folder: String
    let services: GatewayServices
    /// A printer whose paper the test reads.
    final class Printer: LetterPrinter, @unchecked Sendable {
        let letters = Mutex<[PrintedLetter]>([])
        let full = Mutex(false)
        let broken = Mutex(false)
        /// Whether it is cut off once the letter is on paper.
        let cut = Mutex(false)
        var isFull: Bool { full.withLock(\.self) }
        func print(_ letter: PrintedLetter) throws {
            if broken.withLock(\.self) { throw SystemError("no paper", number: 28) }
            letters.withLock { $0.append(letter) }
            if cut.withLock(\.self) { throw SystemError("no answer", number: 32) }
        }
        var last: PrintedLetter? { letters.withLock { $0.last } }
        var count: Int { letters.withLock(\.count) }
    }

    /// A mailbox whose mails the test reads.
    final class Mailbox: Mailer, @unchecked Sendable {
        let mails = Mutex<[Mail]>([])
        let broken = Mutex(false)
        func send(_ mail: Mail) throws(SystemError) {
            if broken.withLock(\.self) { throw SystemError("no network", number: 101) }
            mails.withLock { $0.append(mail) }
        }
        var all: [Mail] { mails.withLock { $0 } }
        /// The token of the newest mail's link.
        var token: String? {
            all.last?.text.firstMatch(of: /https:\/\/localhost:8443\/email\/([A-Za-z0-9_-]{43})/).map { String($0.1) }
        }
    }

    let mailbox = Mailbox()
    let telephone = Telephone()
    let printer = Printer()
    /// - Parameters:
    ///   - outbox: prints letters in place of ``printer``.
    ///   - hours: of video calls.
    ///   - attempts: from an address in ten minutes.
    ///   - sender: takes text messages in place of ``telephone``.
    ///   - mailer: takes e-mail in place of ``mailbox``.
    init(
        folder: String? = nil, start: Int64 = 1_800_000_000, certificates: CertificateVerifier? = nil,
        outbox: (any LetterPrinter)? = nil, hours: WorkingHours = .none,
        turn: TurnServer? = nil,
        attempts: Int = 100, sender: (any MessageSender)? = nil, mailer: (any Mailer)? = nil
    ) throws {
        self.folder = folder ?? NSTemporaryDirectory() + "clave-gateway-" + UUID().uuidString
        let clock = Clock(start)
        try Files.makeFolder(self.folder)
        var settings = GatewayServices.Settings(origin: "https://localhost:8443")
        settings.callHours = hours
        settings.turn = turn
        settings.attemptsPerAddress = attempts
        settings.auditFolder = self.folder + "/audit"
        settings.outboxes = [self.folder + "/outbox", self.folder + "/mail"]
        services = GatewayServices(
            store: try Store(path: self.folder + "/gateway.sqlite"),
            keys: try GatewayKeys(folder: self.folder), settings: settings,
            sender: sender ?? telephone, certificates: certificates, printer: outbox ?? printer,
            mailer: mailer ?? mailbox,
            now: { clock.now.load(ordering: .relaxed) },
            sinceStart: { clock.now.load(ordering: .relaxed) - clock.set.load(ordering: .relaxed) })
        self.clock = clock
        _ = try Seed.plant(in: services)
    }

    private final class Clock: Sendable {
        let now: Atomic<Int64>
        /// By how much it was set.
        let set = Atomic<Int64>(0)
        init(_ start: Int64) { now = Atomic(start) }
    }
    private let clock: Clock

    /// Lets time pass.
    func pass(_ seconds: Int64) { clock.now.add(seconds, ordering: .relaxed) }

    /// Sets the clock, forward or back, while no time passes.
    func jump(_ seconds: Int64) {
        clock.set.add(seconds, ordering: .relaxed)
        clock.now.add(seconds, ordering: .relaxed)
    }
    var now: UInt64 { UInt64(clock.now.load(ordering: .relaxed)) }

    static let document = try! NationalDocument(parsing: "12345678Z")
    static let datum = try! ContrastDatum(kindName: "validity", canonicalText: "31-12-2030")
    static let wrong = try! ContrastDatum(kindName: "validity", canonicalText: "30-12-2030")

    func visit(_ procedure: Procedure = Procedure.samples[0], address: String = "192.0.2.1") throws -> [UInt8] {
        guard case .begun(let visit) = try services.begin(procedure, address: address) else {
            throw SystemError("too many visits", number: 11)
        }
        return visit
    }

    @discardableResult
    func askPIN(_ visit: [UInt8], _ datum: ContrastDatum = Sandbox.datum) throws -> RequestOutcome {
        try services.requestPIN(visit, Self.document, datum, address: "192.0.2.1")
    }

    func enter(_ visit: [UInt8], _ pin: String) throws -> EntryOutcome {
        try services.enterPIN(visit, typed: pin, address: "192.0.2.1")
    }
}

/// An agent as the gateway sees one.
final class TestDevice {
    let signing = SigningKey()
    let sealing = SealingKey()
    /// Another one where the gateway was started again.
    var sandbox: Sandbox
    /// Of the activation that was begun last.
    var session: [UInt8] = []
    /// Where it calls from.
    var address = "192.0.2.9"
    /// What it calls itself.
    var name = "desk"

    init(_ sandbox: Sandbox) { self.sandbox = sandbox }

    /// The headers of a signed call without a body.
    func headers(_ method: String, _ path: String) -> [(name: String, value: String)] {
        let content = SignedContent(method: method, authority: "localhost:8443", path: path, body: [])
        let parameters = SignatureParameters(
            created: sandbox.now, nonce: randomBytes(16), publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        return content.headers(parameters, signature: signature)
    }

    /// A signed call; `change` may spoil it.
    func call(
        _ method: String, _ path: String, _ body: [UInt8] = [], nonce: [UInt8] = randomBytes(16), skew: Int64 = 0
    ) -> AgentAnswer {
        let content = SignedContent(method: method, authority: "localhost:8443", path: path, body: body)
        let parameters = SignatureParameters(
            created: UInt64(Int64(sandbox.now) + skew), nonce: nonce, publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        let headers = Dictionary(
            uniqueKeysWithValues: content.headers(parameters, signature: signature).map { ($0.name, $0.value) })
        return sandbox.services.answer(
            AgentCall(
                content: content, digest: headers["content-digest"], signatureInput: headers["signature-input"],
                signature: headers["signature"], address: address))
    }

    func status(_ answer: AgentAnswer) -> UInt32 {
        guard case .reply(let status, _) = answer else { return 0 }
        return status
    }

    /// Runs both steps of an activation by SMS; the last reply's first byte, and whether a grant came.
    func activate(code: String? = nil) throws -> (outcome: UInt8, isGranted: Bool) {
        try askCode()
        return try finish(code ?? sandbox.telephone.last("[0-9]{6}") ?? "000000")
    }

    /// Has the code of an activation by SMS sent.
    func askCode() throws {
        var start = SecretWriter()
        start.put(Sandbox.document.text)
        start.put("validity")
        start.put("31-12-2030")
        start.put("ca")
        _ = try step("start", start.finish())
    }

    func finish(_ code: String) throws -> (outcome: UInt8, isGranted: Bool) {
        var finish = SecretWriter()
        finish.put(code)
        let reply = try step("finish", finish.finish())
        return (reply.body[0], reply.grant != nil)
    }

    /// Asks what a certificate is to sign.
    func challenge() throws -> [UInt8] {
        try step("challenge", SecretWriter().finish(), method: "certificate").body
    }

    /// Brings a certificate's signature.
    func finish(signature: [UInt8]) throws -> (outcome: CertificateOutcome?, grant: Grant?) {
        let body = SecretBytes(copying: signature.span.bytes)
        let reply = try step("finish", body, method: "certificate")
        return (CertificateOutcome(rawValue: reply.body[0]), reply.grant)
    }

    /// A step of a registration; what came of it, the number behind it, and whether a grant came.
    func register(_ name: String, _ body: consuming SecretBytes) throws -> (
        outcome: RegistrationOutcome?, number: Int, isGranted: Bool
    ) {
        let reply = try step(name, body, path: Registration.path(plugin: Registration.plugin, step: name))
        let number = reply.body.count == 5 ? reply.body[1...].reduce(0) { $0 << 8 | Int($1) } : 0
        return (RegistrationOutcome(rawValue: reply.body[0]), number, reply.grant != nil)
    }

    func step(
        _ name: String, _ body: consuming SecretBytes, method: String = "sms", path: String? = nil
    ) throws -> ActivationReply {
        let message = ActivationStep(
            session: session, signingKey: signing.publicKey, sealingKey: sealing.publicKey, deviceName: self.name,
            body: body)
        let nonce = randomBytes(16)
        let sealed = try #require(message.sealed(to: sandbox.services.keys.sealing.publicKey))
        let answer = call(
            "POST", path ?? ActivationStep.path(method: method, step: name), sealed, nonce: nonce)
        guard case .reply(200, let bytes) = answer else { throw WireError.malformed }
        let key = sandbox.services.keys.signing.publicKey
        let opened = Envelope.open(bytes.span.bytes, context: .reply, binding: nonce, status: 200, signedBy: key)
        guard let opened else { throw WireError.malformed }
        let reply = try opened.withBytes { try ActivationReply.decode($0) }
        session = reply.session
        return reply
    }

    /// A step of an activation as HTTP brings it.
    func sealedStep(
        _ name: String, _ body: consuming SecretBytes, method: String
    ) throws -> (path: String, headers: [(name: String, value: String)], body: [UInt8]) {
        let message = ActivationStep(
            session: session, signingKey: signing.publicKey, sealingKey: sealing.publicKey, deviceName: self.name,
            body: body)
        let sealed = try #require(message.sealed(to: sandbox.services.keys.sealing.publicKey))
        let path = ActivationStep.path(method: method, step: name)
        let content = SignedContent(method: "POST", authority: "localhost:8443", path: path, body: sealed)
        let parameters = SignatureParameters(
            created: sandbox.now, nonce: randomBytes(16), publicKey: signing.publicKey)
        let signature = signing.sign(content.signatureBase(parameters).span.bytes)
        return (path, content.headers(parameters, signature: signature), sealed)
    }

    /// Opens all that waits on the stream.
    func events(after sequence: UInt64 = 0) throws -> [Push] {
        guard case .stream(let device, _) = call("GET", Push.path) else { return [] }
        let key = sandbox.services.keys.signing.publicKey
        return try sandbox.services.events(of: device, after: sequence).compactMap {
            Push.open($0.sealed, signingKey: signing.publicKey, sealingKey: sealing, gateway: key)
        }
    }

    /// The newest PIN on the stream.
    func pin() throws -> String? {
        for push in try events().reversed() {
            if case .pin(let box, _) = push.event {
                return box.withSecret { $0.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } } }
            }
        }
        return nil
    }
}
