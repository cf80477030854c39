import ClaveDomain
import Foundation
import GatewayAPI
import Posix
import Synchronization
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

@Suite struct `An e-mail address` {
    private func bureau() throws -> (Bureau, NationalDocument) {
        let bureau = try Bureau()
        #expect(try bureau.services.records.register(try bureau.newcomer(), by: bureau.mine) == .done)
        try bureau.services.mails?.sendMails()
        return (bureau, try NationalDocument(parsing: "87654321X"))
    }

    private func isConfirmed(_ bureau: Bureau, _ document: NationalDocument) throws -> Bool {
        try bureau.person(document).emailConfirmedAt != 0
    }

    @Test func `is confirmed by the button of the page behind the link, once, and not by opening it`() throws {
        let (bureau, document) = try bureau()
        let browser = Visitor(bureau.sandbox)
        let link = "/email/\(try #require(bureau.sandbox.mailbox.token))"
        for method in ["GET", "HEAD", "GET"] {
            let page = browser.send(method, link)
            #expect(page.status == 200 && page.text.contains("m***@example.org"))
            #expect(!page.text.contains("mar@example.org"))
        }
        #expect(try !isConfirmed(bureau, document))
        #expect(browser.send("POST", link, headers: ["sec-fetch-site": "cross-site"]).status == 400)
        #expect(try !isConfirmed(bureau, document))
        #expect(browser.send("POST", link).status == 200)
        #expect(try isConfirmed(bureau, document))
        #expect(browser.send("POST", link).status == 404 && browser.send("GET", link).status == 404)
        #expect(try bureau.lastLine().outcome == "confirmed")
    }

    @Test func `that was given at a registration by letter gets its link in the same write`() throws {
        let bureau = try Bureau()
        let newcomer = try Newcomer(bureau.sandbox)
        _ = try newcomer.letter()
        _ = try newcomer.redeem(newcomer.code)
        _ = try newcomer.contact()
        #expect(try newcomer.confirm().outcome == .accepted)
        #expect(try bureau.count("SELECT count(*) FROM emails WHERE token IS NULL") == 1)
        try bureau.services.mails?.sendMails()
        let mail = try #require(bureau.sandbox.mailbox.all.last)
        #expect(mail.to.text == "nuria@example.org")
        let link = "/email/\(try #require(bureau.sandbox.mailbox.token))"
        #expect(Visitor(bureau.sandbox).send("POST", link).status == 200)
    }

    @Test func `waits a day for its link, and a link of before a change confirms nothing`() throws {
        let (bureau, document) = try bureau()
        let old = try #require(bureau.sandbox.mailbox.token)
        let changes = RecordService.Changes(email: "other@example.org")
        #expect(try bureau.services.records.change(document, changes, by: bureau.mine) == .done)
        try bureau.services.mails?.sendMails()
        let browser = Visitor(bureau.sandbox)
        #expect(browser.send("POST", "/email/\(old)").status == 404)
        let new = try #require(bureau.sandbox.mailbox.token)
        bureau.sandbox.pass(86_400)
        #expect(browser.send("POST", "/email/\(new)").status == 404)
        #expect(try !isConfirmed(bureau, document))
        try bureau.services.sweeper.sweep()
        // The desk sends another.
        #expect(try bureau.services.records.resendMail(to: document, by: bureau.mine) == .done)
        try bureau.services.mails?.sendMails()
        #expect(browser.send("POST", "/email/\(try #require(bureau.sandbox.mailbox.token))").status == 200)
        #expect(try bureau.services.records.resendMail(to: document, by: bureau.mine) == .noEmail)
    }

    @Test(arguments: ["", "AAAA", String(repeating: "A", count: 43), String(repeating: "A", count: 44), "..", "%00"])
    func `is not confirmed by a guess`(token: String) throws {
        let (bureau, document) = try bureau()
        let browser = Visitor(bureau.sandbox)
        #expect(browser.send("POST", "/email/\(token)").status == 404)
        #expect(browser.send("GET", "/email/\(token)").status == 404)
        #expect(try !isConfirmed(bureau, document))
    }

    @Test func `gets a link that is nowhere on the disk`() throws {
        let (bureau, _) = try bureau()
        let text = try #require(bureau.sandbox.mailbox.token)
        let token = try #require(EmailPage.token(text))
        for name in ["", "-wal"] {
            let data = try Data(contentsOf: URL(filePath: bureau.sandbox.folder + "/gateway.sqlite" + name))
            #expect(data.range(of: Data(token)) == nil && data.range(of: Data(text.utf8)) == nil)
        }
    }

    @Test func `gets another link when the first could not be handed over, and none for ever`() throws {
        let bureau = try Bureau()
        bureau.sandbox.mailbox.broken.withLock { $0 = true }
        _ = try bureau.services.records.register(try bureau.newcomer(), by: .owner)
        try bureau.services.mails?.sendMails()
        #expect(try bureau.lastLine().outcome.hasPrefix("not handed over"))
        bureau.sandbox.mailbox.broken.withLock { $0 = false }
        try bureau.services.mails?.sendMails()
        #expect(bureau.sandbox.mailbox.all.count == 1)
        try bureau.services.mails?.sendMails()
        #expect(bureau.sandbox.mailbox.all.count == 1)
        bureau.sandbox.mailbox.broken.withLock { $0 = true }
        _ = try bureau.services.records.resendMail(to: try NationalDocument(parsing: "87654321X"), by: .owner)
        for _ in 0..<100 { try bureau.services.mails?.sendMails() }
        #expect(try bureau.lastLine().outcome.hasSuffix("given up"))
        #expect(try bureau.count("SELECT count(*) FROM emails") == 0)
    }
}

@Suite struct `The mail outbox` {
    @Test func `holds the newest mails, for its owner's eyes, and the page makes their links links`() throws {
        let sandbox = try Sandbox()
        let folder = sandbox.folder + "/mail"
        let outbox = OutboxMailer(folder: folder, limit: 3)
        let address = try EmailAddress(parsing: "a@example.org")
        let link = "https://localhost:8443/email/\(String(repeating: "A", count: 43))"
        for number in 1...5 {
            try outbox.send(Mail(to: address, subject: "<i>\(number)</i>", text: "\(link)\n\n\(number)"))
        }
        #expect(outbox.latest(limit: 9).map { $0.suffix(2) } == ["5\n", "4\n", "3\n"])
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.count == 3)
        for file in files {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
        let own = SandboxPages(outbox: nil, mail: outbox)
        let visitor = Visitor(Pages(services: sandbox.services, sandbox: own))
        visitor.address = "127.0.0.1"
        visitor.cookies[SandboxPages.cookie] = own.token
        let page = visitor.send("GET", "/sandbox/mail").text
        #expect(page.contains("<a href=\"/email/\(String(repeating: "A", count: 43))\">"))
        #expect(page.contains("&lt;i&gt;5&lt;/i&gt;") && !page.contains("<i>"))
        #expect(Visitor(sandbox).send("GET", "/sandbox/mail").status == 404)
    }
}
