import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import Synchronization
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

/// A gateway whose messages, e-mail and letters are files, as the real one's.
private struct FileSandbox {
    let sandbox: Sandbox
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "clave-leftover-" + UUID().uuidString
        sandbox = try Sandbox(
            folder: folder, outbox: PrintOutbox(folder: folder + "/letters", sender: "Sandbox gateway"),
            sender: OutboxSender(folder: folder + "/outbox"), mailer: OutboxMailer(folder: folder + "/mail"))
    }

    /// Every file of the state folder.
    var files: [String] {
        (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).map { "\(folder)/\($0)" }
            .filter { path in
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
            }
    }

    /// The files that hold these bytes.
    func holding(_ bytes: [UInt8]) throws -> [String] {
        try files.filter { try Data(contentsOf: URL(filePath: $0)).range(of: Data(bytes)) != nil }
    }

    func files(in name: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(name)")) ?? []
    }

    func count(_ table: String) throws -> Int64 {
        try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM \(table)")[0].integer(0)
        }
    }

    /// Has a letter to AINA printed, or printed the next time.
    func queueLetter() throws {
        try sandbox.services.census.add(
            Sandbox.document, name: try Bureau.name("Aina", "Prova"), datum: Sandbox.datum,
            address: ["Carrer de l'Aina"], language: "ca")
        try sandbox.services.store.write { (database) throws(StoreError) in
            var effects = Effects()
            try sandbox.services.letterQueue.queue(database, to: Sandbox.document, &effects)
        }
    }
}

/// A network that takes its time: something is done before a message or a mail lies in its folder.
private final class Late: MessageSender, Mailer, @unchecked Sendable {
    let folder = NSTemporaryDirectory() + "clave-leftover-" + UUID().uuidString
    var outbox: OutboxSender { OutboxSender(folder: folder + "/outbox") }
    var mail: OutboxMailer { OutboxMailer(folder: folder + "/mail") }
    private let act = Mutex<(@Sendable () -> Void)?>(nil)

    /// A gateway that has a message to send: that a person's level was changed.
    func sandboxWithMessage() throws -> Sandbox {
        let sandbox = try Sandbox(folder: folder, sender: self)
        sandbox.reactor.holdMessages()
        #expect(try sandbox.services.records.change(Sandbox.document, .init(level: .advanced), by: .owner) == .done)
        return sandbox
    }

    /// Says what is done before the next one.
    func set(_ body: @escaping @Sendable () -> Void) { act.withLock { $0 = body } }
    var isDone: Bool { act.withLock { $0 == nil } }

    private func run() {
        act.withLock { act in
            defer { act = nil }
            return act
        }?()
    }

    func send(_ text: String, to phone: PhoneNumber) throws(SystemError) {
        run()
        try outbox.send(text, to: phone)
    }

    func send(_ mail: Mail) throws(SystemError) {
        run()
        try self.mail.send(mail)
    }
}

@Suite struct `A message that was on its way when its time was over` {
    @Test func `stays in its folder as long as its person is registered`() throws {
        let late = Late()
        let sandbox = try late.sandboxWithMessage()
        let services = sandbox.services
        late.set {
            sandbox.pass(2 * 86_400)
            #expect((try? services.sweeper.sweep()) == true)
        }
        try services.sendMessages()
        #expect(late.isDone && late.outbox.latest(limit: 10).count == 1)
    }
}

@Suite struct `Of a person who was removed` {
    private static let traces = [
        "12345678Z", "AINA PROVA", "600000001", "aina@example.org", "desk of Aina", "Carrer de l'Aina",
    ]

    @Test func `no byte is left in any file of the state folder, and nothing that waited for them`() throws {
        let world = try FileSandbox()
        let services = world.sandbox.services
        let device = TestDevice(world.sandbox)
        device.name = "desk of Aina"
        try device.askCode()
        let message = try #require(OutboxSender(folder: world.folder + "/outbox").latest(limit: 1).first)
        let text = try #require(message.split(separator: "\n").last)
        let code = try #require(text.firstMatch(of: /([0-9]{6})[^0-9]/)).1
        #expect(try device.finish(String(code)).isGranted)
        #expect(try services.records.change(Sandbox.document, .init(email: "aina@example.org"), by: .owner) == .done)
        try services.mails?.sendMails()
        try world.queueLetter()
        try services.letterPrinting?.printLetters()
        // From here on all waits.
        world.sandbox.reactor.holdErrands()
        world.sandbox.reactor.holdMessages()
        #expect(try services.records.change(Sandbox.document, .init(level: .advanced), by: .owner) == .done)
        try world.sandbox.askPIN(try world.sandbox.visit())
        let files = DatabaseFiles(folder: world.folder)
        let waiting = try files.values("SELECT sealed FROM errands") + files.values("SELECT sealed FROM messages")
        #expect(waiting.count == 2)
        for trace in Self.traces.map({ Array($0.utf8) }) + waiting { #expect(try !world.holding(trace).isEmpty) }
        #expect(!world.files(in: "mail").isEmpty && world.files(in: "letters") == ["letter-1.pdf"])

        #expect(try services.removals.remove(Sandbox.document, .death, by: .owner) == .done)
        for trace in Self.traces { #expect(try world.holding(Array(trace.utf8)) == [], "\(trace)") }
        for bytes in waiting { #expect(try world.holding(bytes) == []) }
        #expect(world.files(in: "mail").isEmpty && world.files(in: "outbox").isEmpty)
        for table in ["errands", "messages", "letters", "emails", "activations", "registrations"] {
            #expect(try world.count(table) == 0, "\(table)")
        }
        // The printer's thread takes the letter back: it alone knows the folder.
        try services.letterPrinting?.printLetters()
        #expect(world.files(in: "letters").isEmpty)
        #expect(try world.count("discarded_letters") == 0)
    }

    @Test func `the files of others stay, and who renounces is told`() throws {
        let world = try FileSandbox()
        let services = world.sandbox.services
        let other = try NationalDocument(parsing: "00000000T")
        for document in [Sandbox.document, other] {
            #expect(try services.records.change(document, .init(level: .basic), by: .owner) == .done)
            #expect(try services.records.change(document, .init(level: .advanced), by: .owner) == .done)
        }
        let before = world.files(in: "outbox").count
        #expect(try services.removals.remove(Sandbox.document, .renunciation, by: .owner) == .done)
        let outbox = OutboxSender(folder: world.folder + "/outbox")
        let phones = outbox.latest(limit: 100).map { $0.prefix { $0 != "\n" } }
        #expect(phones.filter { $0 == "To: +34600000001" }.count == 1)
        #expect(outbox.latest(limit: 1)[0].hasSuffix(Texts(language: "ca").removedMessage + "\n"))
        // Of AINA's the one before has gone, and this one has come.
        #expect(before == 3 && phones.count == 3, "\(before) \(phones)")
    }

    @Test func `a message that was on its way is no file afterwards`() throws {
        let late = Late()
        let sandbox = try late.sandboxWithMessage()
        let services = sandbox.services
        late.set { #expect((try? services.removals.remove(Sandbox.document, .death, by: .owner)) == .done) }
        try services.sendMessages()
        #expect(late.isDone && late.outbox.latest(limit: 10).isEmpty)
    }

    @Test func `a mail that was on its way is no file afterwards`() throws {
        let late = Late()
        let sandbox = try Sandbox(folder: late.folder, mailer: late)
        let services = sandbox.services
        #expect(try services.records.change(Sandbox.document, .init(email: "aina@example.org"), by: .owner) == .done)
        late.set { #expect((try? services.removals.remove(Sandbox.document, .death, by: .owner)) == .done) }
        try services.mails?.sendMails()
        #expect(late.isDone && late.mail.latest(limit: 10).isEmpty)
    }

    @Test func `a letter that was being printed is taken back, and the next one with its number is printed`() throws {
        final class Slow: LetterPrinter, @unchecked Sendable {
            let act = Mutex<(@Sendable () -> Void)?>(nil)
            let paper = Mutex<[Int64: String]>([:])
            var isFull: Bool { false }
            func print(_ letter: PrintedLetter) throws {
                act.withLock { act in
                    defer { act = nil }
                    return act
                }?()
                paper.withLock { $0[letter.number] = letter.name }
            }
            func discard(_ number: Int64) { paper.withLock { _ = $0.removeValue(forKey: number) } }
        }
        let slow = Slow()
        let sandbox = try Sandbox(outbox: slow)
        let services = sandbox.services
        _ = try Newcomer(sandbox)
        let next = try NationalDocument(parsing: Newcomer.document)
        try services.census.add(
            Sandbox.document, name: try Bureau.name("Aina", "Prova"), datum: Sandbox.datum, address: ["Carrer"],
            language: "ca")
        try services.store.write { (database) throws(StoreError) in
            var effects = Effects()
            try services.letterQueue.queue(database, to: Sandbox.document, &effects)
        }
        slow.act.withLock { act in
            act = {
                #expect((try? services.removals.remove(Sandbox.document, .death, by: .owner)) == .done)
                #expect((try? services.letterAdministration.send(to: next, by: .owner)) == .done)
            }
        }
        // The printer is rung by both acts.
        for _ in 0..<2 { try services.letterPrinting?.printLetters() }
        #expect(slow.paper.withLock { $0 } == [1: "NÚRIA NOVA"])
        #expect(try services.queries.letters(of: next).map(\.word) == ["live"])
    }

    @Test(arguments: [true, false])
    func `no call of others names them as its operator, nor keeps what they recorded`(isTaken: Bool) throws {
        let office = try CallOffice()
        let services = office.sandbox.services
        let (id, _) = try office.taken(consents: true)
        #expect(try services.recordings.keep([1, 2, 3], place: 0, of: id, turn: 1, by: office.first) == .kept)
        let document = try NationalDocument(parsing: CallOffice.operators[0])
        #expect(try services.removals.remove(document, .death, by: .owner) == .done)
        #expect(try !DatabaseFiles(folder: office.sandbox.folder).hold(document.text))
        #expect(try office.pieces() == 0)
        // The call goes back to the line, and another operator takes it.
        if isTaken { #expect(try services.callDesk.take(id, by: office.second) == .done) }
        // It is missed, and deleted once its time is over.
        for seconds in [Call.patience + Call.operatorPresence, CallRules.life] {
            office.sandbox.pass(seconds + 1)
            #expect(try services.sweeper.sweep())
        }
        if !isTaken { #expect(try services.callDesk.file(id) == nil) }
    }
}
