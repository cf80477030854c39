import CertificateTrust
import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import Synchronization
import Testing
import Wire

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

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
    let services: Services
    /// What agents call.
    var agents: AgentInterface { AgentInterface(services) }
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
        /// What is on paper stays there.
        func discard(_ number: Int64) {}
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
    /// Does what the services leave to be done, at once.
    let reactor = TestReactor()
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
        let clock = Hands(start)
        try Files.makeFolder(self.folder)
        var settings = GatewaySettings(origin: "https://localhost:8443")
        settings.callHours = hours
        settings.turn = turn
        settings.limits.attemptsPerAddress = attempts
        settings.auditFolder = self.folder + "/audit"
        settings.outboxes = [self.folder + "/outbox", self.folder + "/mail"]
        services = Services(
            store: try SQLiteStore(path: self.folder + "/gateway.sqlite"),
            keys: try GatewayKeys(folder: self.folder), settings: settings,
            sender: sender ?? telephone, certificates: certificates, printer: outbox ?? printer,
            mailer: mailer ?? mailbox,
            clock: Clock(
                time: { clock.now.load(ordering: .relaxed) },
                sinceStart: { clock.now.load(ordering: .relaxed) - clock.set.load(ordering: .relaxed) }),
            listeners: reactor.listeners
        ) { [reactor] work in
            reactor.begin(work)
            return reactor
        }
        self.clock = clock
        _ = try Seed.plant(in: services)
    }

    private final class Hands: Sendable {
        let now: Atomic<Int64>
        /// By how much it was set.
        let set = Atomic<Int64>(0)
        init(_ start: Int64) { now = Atomic(start) }
    }
    private let clock: Hands

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
        guard case .begun(let visit) = try services.visits.begin(procedure, address: address) else {
            throw SystemError("too many visits", number: 11)
        }
        return visit
    }

    @discardableResult
    func askPIN(_ visit: [UInt8], _ datum: ContrastDatum = Sandbox.datum) throws -> RequestOutcome {
        try services.pins.request(visit, Self.document, datum, address: "192.0.2.1")
    }

    func enter(_ visit: [UInt8], _ pin: String) throws -> EntryOutcome {
        try services.pins.enter(visit, typed: pin, address: "192.0.2.1")
    }
}
