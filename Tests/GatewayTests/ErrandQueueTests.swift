import ClaveDomain
import Foundation
import GatewayAPI
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `An errand that fails` {
    private let sandbox: Sandbox
    /// AINA's.
    private let device: TestDevice
    private let files: DatabaseFiles

    init() throws {
        sandbox = try Sandbox()
        device = TestDevice(sandbox)
        _ = try device.activate()
        files = DatabaseFiles(folder: sandbox.folder)
        sandbox.reactor.holdErrands()
    }

    /// Asks for a letter, and behind it for a PIN. Neither is done yet.
    private func askForBoth() throws {
        let newcomer = try Newcomer(sandbox)
        #expect(
            try newcomer.device.register(Registration.letterStep, newcomer.person().secretBytes).outcome == .accepted)
        try sandbox.askPIN(try sandbox.visit())
    }

    /// Has every letter that is queued fail.
    private func fail(_ statement: String) throws {
        try change("CREATE TRIGGER fails BEFORE INSERT ON letters BEGIN \(statement); END")
    }
    private func mend() throws { try change("DROP TRIGGER fails") }

    private func change(_ sql: String) throws {
        try sandbox.services.store.write { (database) throws(StoreError) in try database.runScript(sql) }
    }

    private func count(_ table: String) throws -> Int64 {
        try sandbox.services.store.read { (database) throws(StoreError) in
            try database.run("SELECT count(*) FROM \(table)")[0].integer(0)
        }
    }

    private func outcomes() throws -> [String] {
        try sandbox.services.auditLog.newest(limit: 100, .init(act: "errand")).map(\.outcome)
    }

    private static let broken = "SELECT json('{')"

    @Test func `holds up none behind it, is tried five times a minute apart, and is then set aside, as the audit says`()
        throws
    {
        try fail(Self.broken)
        try askForBoth()
        try sandbox.services.runErrands()
        #expect(try device.pin() != nil)
        #expect(try count("errands") == 1)
        for _ in 0..<3 { try sandbox.services.runErrands() }
        #expect(try sandbox.services.failures.list().map(\.tries) == [1])
        for _ in 0..<7 {
            sandbox.pass(60)
            try sandbox.services.runErrands()
        }
        let failed = try #require(try sandbox.services.failures.list().first)
        #expect(failed.tries == 5 && failed.setAsideAt > 0 && failed.reason == "malformed JSON")
        #expect(failed.kind == .letter && failed.document == Newcomer.document)
        let outcomes = try outcomes()
        #expect(outcomes.count == 5 && outcomes.dropLast().allSatisfy { $0 == "failed: malformed JSON" })
        #expect(outcomes.last == "failed: malformed JSON, set aside")
    }

    @Test func `is done with a later try once what was wrong is mended`() throws {
        try fail(Self.broken)
        try askForBoth()
        try sandbox.services.runErrands()
        try mend()
        sandbox.pass(60)
        try sandbox.services.runErrands()
        #expect(try count("letters") == 1 && count("errands") == 0)
    }

    /// Has an errand for a letter set aside.
    private func setAside() throws {
        try fail(Self.broken)
        try askForBoth()
        for _ in 0..<6 {
            try sandbox.services.runErrands()
            sandbox.pass(60)
        }
        try mend()
        try sandbox.services.runErrands()
        #expect(try count("errands") == 1 && count("letters") == 0)
    }

    @Test func `is shown to who owns the state folder, and tried again at their word`() throws {
        try setAside()
        func command(_ arguments: String...) throws -> Outcome {
            runProgram(
                try program("clave-gateway"), ["errand"] + arguments + ["--state", sandbox.folder], environment: [:])
        }
        let list = try command("list")
        #expect(list.output.contains("\tletter\t\(Newcomer.document)\tset aside since "), "\(list)")
        #expect(list.output.hasSuffix("\ttries: 5\tmalformed JSON\n"))
        let json = try command("list", "--json").output
        #expect(json.contains("\"state\":\"set aside\"") && json.contains("\"tries\":5"), "\(json)")
        #expect(try command("retry").output == "errands to be tried again within a minute: 1\n")
        try sandbox.services.runErrands()
        #expect(try count("letters") == 1 && count("errands") == 0)
        #expect(try command("list").output == "")
        #expect(try command("drop").output == "errands dropped: 0\n")
    }

    @Test(arguments: ["owner", "time"])
    func `is gone from the database's files once it is dropped, or kept for a month`(why: String) throws {
        try setAside()
        let sealed = try files.values("SELECT sealed FROM errands")
        #expect(try sealed.count == 1 && files.hold(sealed[0]))
        if why == "owner" {
            #expect(try sandbox.services.failures.drop() == 1)
        } else {
            sandbox.pass(31 * 86_400)
            try sandbox.services.sweeper.sweep()
        }
        #expect(try count("errands") == 0)
        #expect(try !files.hold(sealed[0]))
    }

    @Test func `for which the whole write is undone costs the others of that write nothing`() throws {
        try fail("SELECT RAISE(ROLLBACK, 'no')")
        try sandbox.askPIN(try sandbox.visit())
        try askForBoth()
        try sandbox.services.runErrands()
        #expect(try device.pin() != nil)
        #expect(try count("errands") == 0)
        #expect(try outcomes() == ["failed"])
        let pushes = try sandbox.services.auditLog.newest(limit: 100, .init(act: "PIN")).count {
            $0.outcome == "pushed"
        }
        #expect(pushes == 2)
    }

    @Test func `by a full disk is not at fault: all wait, and all are done when there is room`() throws {
        try change("CREATE TABLE filler (bytes)")
        try fail("INSERT INTO filler VALUES (zeroblob(1000000))")
        try askForBoth()
        try change("PRAGMA max_page_count = 150")
        let error = #expect(throws: StoreError.self) { try sandbox.services.runErrands() }
        #expect(error?.isFull == true)
        #expect(try count("errands") == 2)
        #expect(try sandbox.services.failures.list().isEmpty)
        try change("PRAGMA max_page_count = 100000")
        try sandbox.services.runErrands()
        #expect(try count("errands") == 0 && count("letters") == 1)
        #expect(try device.pin() != nil)
    }

    @Test(arguments: [8, 10, 13, 15] as [Int32])
    func `by the machine, as by a disk's error, is not at fault`(code: Int32) {
        #expect(StoreError(code: code, "").isOfTheMachine)
    }

    /// What the next gateway over the same folder does.
    private func next(after seconds: Int64, _ body: (Services) throws -> Void) throws {
        let next = try Sandbox(folder: sandbox.folder, start: Int64(sandbox.now) + seconds)
        next.reactor.holdErrands()
        try body(next.services)
    }

    @Test func `by ending the gateway is counted before it begins, and is set aside, while those behind it are done`()
        throws
    {
        try askForBoth()
        for start in 0..<5 {
            // As a gateway that ends in the middle of it.
            try next(after: Int64(start) * 60) { services in
                let tries = try services.runner.beginErrand()?.tries
                #expect(tries == Int64(start))
            }
        }
        try next(after: 360) { services in
            try services.runErrands()
            let failed = try #require(try services.failures.list().first)
            #expect(failed.tries == 5 && failed.setAsideAt > 0 && failed.kind == .letter)
            #expect(failed.reason == "the gateway ended before it was done")
        }
        #expect(try outcomes() == ["failed: the gateway ended before it was done, set aside"])
        #expect(try count("errands") == 1 && device.pin() != nil)
    }

    @Test func `because it can't be opened is dropped, and the audit says so`() throws {
        try change("INSERT INTO errands (sealed) VALUES (x'00')")
        try sandbox.services.runErrands()
        #expect(try count("errands") == 0)
        #expect(try outcomes() == ["can't be read, dropped"])
    }
}

@Suite struct `An errand` {
    @Test
    func `that waited when the gateway started is tried alone, its try counted first, and leaves nothing once done`()
        throws
    {
        let sandbox = try Sandbox()
        sandbox.reactor.holdErrands()
        let database = try SQLiteConnection(path: sandbox.folder + "/gateway.sqlite")
        try database.runScript(
            """
            CREATE TABLE seen (tries);
            CREATE TRIGGER sees BEFORE INSERT ON letters BEGIN INSERT INTO seen SELECT tries FROM errands LIMIT 1; END
            """)
        let newcomer = try Newcomer(sandbox)
        #expect(
            try newcomer.device.register(Registration.letterStep, newcomer.person().secretBytes).outcome == .accepted)
        try sandbox.askPIN(try sandbox.visit())
        let next = try Sandbox(folder: sandbox.folder, start: Int64(sandbox.now) + 1)
        next.reactor.holdErrands()
        try next.services.runErrands()
        let seen = try database.run("SELECT tries FROM seen").map { $0.integer(0) }
        #expect(seen == [1])
        for (table, count) in [("errands", 0), ("letters", 1)] as [(String, Int64)] {
            #expect(try database.run("SELECT count(*) FROM \(table)")[0].integer(0) == count, "\(table)")
        }
        #expect(try sandbox.services.auditLog.newest(limit: 100, .init(act: "errand")).isEmpty)
    }
}
