import ClaveDomain
import Foundation
import GatewayAPI
import Glibc
import Posix
import SecureMemory
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// A folder for letters, and a reader of what lies in it.
private final class Tray: Sendable {
    let folder = NSTemporaryDirectory() + "clave-tray-" + UUID().uuidString
    let lines = Mutex<[String]>([])

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func outbox(limit: Int = PrintOutbox.usualLimit) -> PrintOutbox {
        PrintOutbox(folder: folder, sender: "Sandbox gateway", limit: limit) { line in
            self.lines.withLock { $0.append(line) }
        }
    }

    static func letter(
        _ number: Int64 = 1, _ code: String = "ABCD2345EFGH6789", address: [String] = ["Carrer de Mostra, 1"]
    ) throws -> PrintedLetter {
        PrintedLetter(
            number: number, name: "NÚRIA NOVA", address: address, code: try LetterCode(parsing: code),
            sentAt: 1_800_000_000, expiresAt: 1_800_000_000 + 60 * 86_400, language: "en")
    }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? [] }

    func text(_ name: String) throws -> String {
        let outcome = runProgram("/usr/bin/pdftotext", ["-layout", "\(folder)/\(name)", "-"], environment: [:])
        try #require(outcome.code == 0, "\(outcome.errors)")
        return outcome.output
    }

    /// The code of the only letter.
    func code() throws -> String {
        let text = try text(try #require(names.first))
        let code = try #require(text.firstMatch(of: /[A-Z0-9]{4}( [A-Z0-9]{4}){3}/))
        return code.output.0.filter { $0 != " " }
    }
}

/// Somebody who wants to be registered.
private struct Person {
    let device: TestDevice
    let datum: PersonDatum

    /// Puts them into the census.
    init(
        _ sandbox: Sandbox, document: String = "20000002F", address: [String] = ["Carrer de Mostra, 1", "00001 Proves"]
    ) throws {
        device = TestDevice(sandbox)
        datum = PersonDatum(document: document, datumKind: "validity", datum: "05-05-2033", language: "ca")
        try sandbox.services.addToCensus(
            try NationalDocument(parsing: document),
            name: FullName(given: try PersonName(parsing: "Núria"), surname: try PersonName(parsing: "Nova")),
            datum: try ContrastDatum(kindName: "validity", canonicalText: "05-05-2033"), address: address,
            language: "ca")
    }

    func ask() throws -> RegistrationOutcome? {
        try device.register(Registration.letterStep, datum.secretBytes).outcome
    }

    func redeem(_ code: String) throws -> RegistrationOutcome? {
        let proof = LetterProof(person: datum, code: SecretBytes(copying: Array(code.utf8).span.bytes))
        return try device.register(Registration.codeStep, proof.secretBytes).outcome
    }
}

@Suite struct `The print outbox` {
    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test func `holds each letter in a file for its owner's eyes, and tells of it without the code`() throws {
        let tray = Tray()
        try tray.outbox().print(try Tray.letter(17))
        #expect(tray.names == ["letter-17.pdf"])
        #expect(mode(tray.folder) == 0o700)
        #expect(mode(tray.folder + "/letter-17.pdf") == 0o600)
        let text = try tray.text("letter-17.pdf")
        // Sent on 15 January 2027 at 8:00; good until 16 March at 8:00, so all day until the 15th.
        for part in ["NÚRIA NOVA", "Carrer de Mostra, 1", "15 January 2027", "15 March 2027", "Sandbox gateway"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(try tray.code() == "ABCD2345EFGH6789")
        #expect(tray.lines.withLock(\.self) == ["letter 17 is at \(tray.folder)/letter-17.pdf"])
    }

    @Test func `puts a letter that is printed again in the place of the first`() throws {
        let tray = Tray()
        let outbox = tray.outbox()
        try outbox.print(try Tray.letter(1, "AAAA2222BBBB3333"))
        try outbox.print(try Tray.letter(2))
        try outbox.print(try Tray.letter(1, "CCCC4444DDDD5555"))
        #expect(tray.names == ["letter-1.pdf", "letter-2.pdf"])
        let text = try tray.text("letter-1.pdf")
        #expect(text.contains("CCCC 4444 DDDD 5555") && !text.contains("AAAA"))
    }

    @Test func `is full with so many letters, until some are taken away`() throws {
        let tray = Tray()
        let outbox = tray.outbox(limit: 2)
        #expect(!outbox.isFull)
        try outbox.print(try Tray.letter(1))
        try Data().write(to: URL(filePath: tray.folder + "/a note of the printing service.pdf"))
        #expect(!outbox.isFull)
        try outbox.print(try Tray.letter(2))
        #expect(outbox.isFull)
        try FileManager.default.removeItem(atPath: tray.folder + "/letter-1.pdf")
        #expect(!outbox.isFull)
        try FileManager.default.removeItem(atPath: tray.folder)
        #expect(!outbox.isFull)
        try Data().write(to: URL(filePath: tray.folder))
        #expect(outbox.isFull, "what is no folder takes nothing")
    }

    @Test func `leaves no part of a letter that a limit on file sizes cuts short`() async throws {
        let tray = Tray()
        try tray.outbox().print(try Tray.letter(1))
        await #expect(processExitsWith: .exitCode(0)) { [folder = tray.folder as String] in
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 8192, rlim_max: 8192)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let outbox = PrintOutbox(folder: folder, sender: "x")
            for number: Int64 in [1, 2] {
                do { try outbox.print(try Tray.letter(number)) } catch let error as SystemError {
                    if error.number == EFBIG { continue }
                }
                _exit(2)
            }
            _exit(0)
        }
        #expect(tray.names == ["letter-1.pdf"])
        #expect(try tray.code() == "ABCD2345EFGH6789")
    }

    @Test(.enabled(if: getuid() == 0, "only root can mount a small disk"))
    func `says that the disk is full, keeps what is there, and goes on when there is room`() throws {
        let tray = Tray()
        try Files.makeFolder(tray.folder)
        try #require(mount("none", tray.folder, "tmpfs", 0, "size=128k,mode=0700") == 0)
        defer { umount(tray.folder) }
        let outbox = tray.outbox()
        var (printed, failure): (Int64, SystemError?) = (0, nil)
        while failure == nil, printed < 20 {
            do {
                try outbox.print(try Tray.letter(printed + 1))
                printed += 1
            } catch let error as SystemError { failure = error }
        }
        #expect(failure?.number == ENOSPC)
        #expect(printed > 0 && tray.names == (1...printed).map { "letter-\($0).pdf" })
        try FileManager.default.removeItem(atPath: tray.folder + "/letter-1.pdf")
        try outbox.print(try Tray.letter(1, "CCCC4444DDDD5555"))
        #expect(try tray.text("letter-1.pdf").contains("CCCC 4444 DDDD 5555"))
    }

    @Test func `gives the code that registers`() throws {
        let tray = Tray()
        let sandbox = try Sandbox(outbox: tray.outbox())
        let person = try Person(sandbox)
        #expect(try person.ask() == .accepted)
        try sandbox.services.printLetters()
        #expect(try person.redeem(try tray.code()) == .accepted)
        #expect(try sandbox.services.auditLines(limit: 2).first?.outcome == "printed")
    }

    @Test func `is filled by a thread of its own as soon as a letter is asked for`() throws {
        let tray = Tray()
        let sandbox = try Sandbox(outbox: tray.outbox())
        try sandbox.services.startWorkers { _ in }
        let people = try [Person(sandbox), Person(sandbox, document: "20000003P")]
        for (number, person) in people.enumerated() {
            #expect(try person.ask() == .accepted)
            try eventually("letter \(number + 1)") {
                try sandbox.services.auditLines(limit: 20).filter { $0.outcome == "printed" }.count == number + 1
            }
            #expect(tray.names.last == "letter-\(number + 1).pdf")
        }
        #expect(try people[0].redeem(try tray.code()) == .accepted)
    }

    @Test func `voids a letter that no sheet holds, and prints those behind it`() throws {
        let tray = Tray()
        let sandbox = try Sandbox(outbox: tray.outbox())
        let endless = try Person(sandbox, document: "20000003P", address: (1...40).map { "Line \($0)" })
        #expect(try endless.ask() == .accepted)
        let person = try Person(sandbox)
        #expect(try person.ask() == .accepted)
        try sandbox.services.printLetters()
        #expect(tray.names == ["letter-2.pdf"])
        #expect(try person.redeem(try tray.code()) == .accepted)
        let outcomes = try sandbox.services.auditLines(limit: 20).map(\.outcome)
        #expect(
            outcomes.contains {
                $0 == "can't be printed, void: The letter's address does not fit its place, even in its smallest size."
            })
        try sandbox.services.printLetters()
        #expect(try sandbox.services.auditLines(limit: 20).filter { $0.outcome.contains("void:") }.count == 1)
    }
}

@Suite struct `The gateway's program, with letters` {
    private func start(_ state: String, _ log: String, _ arguments: [String] = []) throws -> Child {
        let child = try Child(
            try program("clave-gateway"), ["serve", "-p", "0", "-s", state] + arguments, environment: [:], output: log)
        try eventually("the gateway to listen") {
            try String(contentsOfFile: log, encoding: .utf8).contains("not the state's service") || !child.isRunning
        }
        return child
    }

    @Test func `prints what waits when it starts, and says where`() throws {
        let sandbox = try Sandbox(start: Int64(time(nil)))
        let person = try Person(sandbox)
        #expect(try person.ask() == .accepted)
        let (state, log) = (sandbox.folder, sandbox.folder + ".log")
        let child = try start(state, log)
        defer { child.end() }
        let path = state + "/letters/letter-1.pdf"
        try eventually("the letter") {
            let isMarked = try sandbox.services.auditLines(limit: 1).first?.outcome == "printed"
            return isMarked && access(path, F_OK) == 0
        }
        let text = runProgram("/usr/bin/pdftotext", ["-layout", path, "-"], environment: [:]).output
        let code = try #require(text.firstMatch(of: /[A-Z0-9]{4}( [A-Z0-9]{4}){3}/)).output.0
        #expect(try person.redeem(code.filter { $0 != " " }) == .accepted)
        let said = try String(contentsOfFile: log, encoding: .utf8)
        #expect(said.contains("clave-gateway: letters to print are put into \(state)/letters\n"))
        #expect(said.contains("clave-gateway: letter 1 is at \(path)\n"))
        #expect(!said.contains(code.prefix(4)))
    }

    @Test func `prints none where letters are turned off`() throws {
        let state = NSTemporaryDirectory() + "clave-off-" + UUID().uuidString
        let child = try start(state, state + ".log", ["--letters", "off"])
        defer { child.end() }
        #expect(try !String(contentsOfFile: state + ".log", encoding: .utf8).contains("letters"))
        #expect(!Files.exists(state + "/letters"))
    }

    @Test func `offers no letters on a machine without fonts, and says why`() throws {
        let state = NSTemporaryDirectory() + "clave-letters-fontless-" + UUID().uuidString
        try Files.makeFolder(state)
        let fonts = state + "/fonts.conf"
        try Files.replace(fonts, with: Array("<fontconfig/>".utf8))
        let arguments = ["serve", "-p", "0", "-s", state]
        let refused = runProgram(
            try program("clave-gateway"), arguments + ["--letters", state + "/mine"],
            environment: ["FONTCONFIG_FILE": fonts])
        #expect(refused.code == 1 && refused.errors.contains("install the package fonts-liberation"), "\(refused)")
        let child = try Child(
            try program("clave-gateway"), arguments, environment: ["FONTCONFIG_FILE": fonts], output: state + ".log")
        defer { child.end() }
        try eventually("the gateway to listen") {
            try String(contentsOfFile: state + ".log", encoding: .utf8).contains("not the state's service")
                || !child.isRunning
        }
        let said = try String(contentsOfFile: state + ".log", encoding: .utf8)
        #expect(said.contains("no letters are printed: This machine has no fonts"), "\(said)")
        #expect(!Files.exists(state + "/letters"))
    }

    @Test(arguments: [["--letters", ""], ["--letters", "off", "--letters-max", "5"], ["--letters-max", "0"]])
    func `explains a wrong use with 64`(arguments: [String]) throws {
        let state = NSTemporaryDirectory() + "clave-letters-wrong-" + UUID().uuidString
        let wrong = runProgram(
            try program("clave-gateway"), ["serve", "-p", "0", "-s", state] + arguments, environment: [:])
        #expect(wrong.code == 64, "\(wrong)")
    }
}
