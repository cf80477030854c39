import Foundation
import Synchronization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `What was handed over when the disk then took nothing` {
    /// Refuses what says that something was handed over.
    private func refuse(_ what: String, in folder: String) throws -> SQLiteConnection {
        let database = try SQLiteConnection(path: folder + "/gateway.sqlite")
        try database.runScript("CREATE TRIGGER full BEFORE \(what) BEGIN SELECT RAISE(ABORT, 'full'); END")
        return database
    }

    @Test func `is a text message that nobody gets again`() throws {
        let sandbox = try Sandbox()
        sandbox.reactor.holdMessages()
        try sandbox.askPIN(try sandbox.visit())
        let database = try refuse("DELETE ON messages", in: sandbox.folder)
        // At the last the minute is over after which a message is sent again.
        for _ in 0..<3 {
            #expect(throws: StoreError.self) { try sandbox.services.sendMessages() }
            #expect(sandbox.telephone.messages.withLock(\.count) == 1)
            sandbox.pass(61)
        }
        try database.runScript("DROP TRIGGER full")
        try sandbox.services.sendMessages()
        #expect(sandbox.telephone.messages.withLock(\.count) == 1)
        #expect(try database.run("SELECT count(*) FROM messages")[0].integer(0) == 0)
    }

    @Test func `is a mail that nobody gets again, and its link confirms the address`() throws {
        let bureau = try Bureau()
        #expect(try bureau.services.records.register(try bureau.newcomer(), by: bureau.mine) == .done)
        let database = try refuse("UPDATE OF sent_at ON emails", in: bureau.sandbox.folder)
        for _ in 0..<3 { #expect(throws: StoreError.self) { try bureau.services.mails?.sendMails() } }
        try database.runScript("DROP TRIGGER full")
        try bureau.services.mails?.sendMails()
        #expect(bureau.sandbox.mailbox.all.count == 1)
        let link = "/email/\(try #require(bureau.sandbox.mailbox.token))"
        #expect(Visitor(bureau.sandbox).send("POST", link).status == 200)
    }
}
