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
@testable import GatewayServices
@testable import GatewayStore

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
        let person = try Addressee(sandbox)
        #expect(try person.ask() == .accepted)
        try sandbox.services.letterPrinting?.printLetters()
        #expect(try person.redeem(try tray.code()) == .accepted)
        #expect(try sandbox.services.auditLog.newest(limit: 2).first?.outcome == "printed")
    }

    @Test func `is filled by a thread of its own as soon as a letter is asked for`() throws {
        let tray = Tray()
        let sandbox = try Sandbox(outbox: tray.outbox())
        try sandbox.services.startWorkers(sandbox.reactor.serve()) { _ in }
        let people = try [Addressee(sandbox), Addressee(sandbox, document: "20000003P")]
        for (number, person) in people.enumerated() {
            #expect(try person.ask() == .accepted)
            try eventually("letter \(number + 1)") {
                try sandbox.services.auditLog.newest(limit: 20).filter { $0.outcome == "printed" }.count == number + 1
            }
            #expect(tray.names.last == "letter-\(number + 1).pdf")
        }
        #expect(try people[0].redeem(try tray.code()) == .accepted)
    }

    @Test func `voids a letter that no sheet holds, and prints those behind it`() throws {
        let tray = Tray()
        let sandbox = try Sandbox(outbox: tray.outbox())
        let endless = try Addressee(sandbox, document: "20000003P", address: (1...40).map { "Line \($0)" })
        #expect(try endless.ask() == .accepted)
        let person = try Addressee(sandbox)
        #expect(try person.ask() == .accepted)
        try sandbox.services.letterPrinting?.printLetters()
        #expect(tray.names == ["letter-2.pdf"])
        #expect(try person.redeem(try tray.code()) == .accepted)
        let outcomes = try sandbox.services.auditLog.newest(limit: 20).map(\.outcome)
        #expect(
            outcomes.contains {
                $0 == "can't be printed, void: The letter's address does not fit its place, even in its smallest size."
            })
        try sandbox.services.letterPrinting?.printLetters()
        #expect(try sandbox.services.auditLog.newest(limit: 20).filter { $0.outcome.contains("void:") }.count == 1)
    }
}
