import ClaveDomain
import Foundation
import GatewayAPI
import Testing
import WebServer

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore
@testable import GatewayWeb

@Suite struct `The desk's pages` {
    private static let pages = [
        "/desk", "/desk/people", "/desk/people/add", "/desk/citizen/1", "/desk/citizen/2", "/desk/citizen/1/remove",
        "/desk/devices", "/desk/letters", "/desk/audit", "/desk/citizen/999",
    ]
    private static let acts = [
        "/desk/people", "/desk/people/add", "/desk/citizen/1/set", "/desk/citizen/1/remove",
        "/desk/citizen/1/deactivate", "/desk/citizen/1/link", "/desk/letters/void", "/desk/letters/send",
        "/desk/audit", "/desk/leave",
    ]
    private static let newcomer =
        "document=87654321x&given=mar&surname=o%27exemple&second=&datum=31-12-2031&phone=600123123"
        + "&email=mar%40example.org&level=advanced&language=ca"

    private func person(_ desk: Desk, _ document: String = "12345678Z") throws -> Citizen? {
        try desk.sandbox.services.queries.file(of: try NationalDocument(parsing: document))?.person
    }

    /// The fields that the record's form has, as the page gave them.
    private func fields(_ desk: Desk, _ path: String = "/desk/citizen/1") throws -> String {
        let text = desk.browser.send("GET", path).text
        let version = try #require(text.firstMatch(of: /name="version" value="([^"]*)"/)?.1)
        return "document=12345678Z&version=\(version)"
    }

    @Test func `register a person, find them, change and remove them`() throws {
        let desk = try Desk()
        let added = try desk.browser.submit("/desk/people/add", from: "/desk/people/add", Self.newcomer)
        let record = try #require(added.value("location")?.split(separator: "?").first.map(String.init))
        #expect(try person(desk, "87654321X")?.name == "MAR O'EXEMPLE")
        let found = try desk.browser.submit("/desk/people", from: "/desk", "search=exemple")
        #expect(found.text.contains("href=\"\(record)\""))
        let text = desk.browser.send("GET", record).text
        #expect(text.contains("mar@example.org (not confirmed)") && !text.contains("31-12-2031"))
        let changed = try desk.browser.submit(
            record + "/set", from: record,
            "document=87654321X&version=0&phone=600123124&email=&level=basic&language=eu&given=&surname=&second=&datum="
        )
        #expect(changed.value("location") == record + "?done=yes")
        let after = try #require(try person(desk, "87654321X"))
        #expect(after.phone.text == "+34600123124" && after.level == .basic && after.email.isEmpty)
        #expect(after.language == "eu" && after.name == "MAR O'EXEMPLE" && after.datum.canonicalText == "31-12-2031")
        let removal = "document=87654321X&version=\(after.version)"
        #expect(try desk.browser.submit(record + "/remove", from: record + "/remove", removal).status == 422)
        #expect(try person(desk, "87654321X") != nil)
        let removed = try desk.browser.submit(record + "/remove", from: record + "/remove", removal + "&reason=death")
        #expect(removed.value("location") == "/desk?done=yes")
        #expect(try person(desk, "87654321X") == nil)
        #expect(desk.browser.send("GET", record).status == 404)
    }

    @Test func `say at each field what is wrong, in words and links, and keep what was typed`() throws {
        let desk = try Desk()
        let page = try desk.browser.submit(
            "/desk/people/add", from: "/desk/people/add",
            "document=12345678A&given=%3Cb%3E&surname=%D9%85%D8%AD%D9%85%D8%AF&datum=&phone=915555555&email=a%40b")
        #expect(page.status == 422)
        for name in ["document", "given", "surname", "datum", "phone", "email"] {
            #expect(page.text.contains("<a href=\"#\(name)\">"), "\(name)")
            #expect(page.text.contains("id=\"\(name)-error\""), "\(name)")
        }
        #expect(page.text.contains("value=\"&lt;b&gt;\"") && page.text.contains("value=\"محمد\""))
        #expect(page.text.contains("dir=\"auto\"") && !page.text.contains("<b>"))
        let taken = try desk.browser.submit(
            "/desk/people/add", from: "/desk/people/add",
            Self.newcomer.replacingOccurrences(of: "600123123", with: "600000001"))
        #expect(taken.status == 422 && taken.text.contains("id=\"phone-error\""))
    }

    @Test func `change nothing that another has changed meanwhile`() throws {
        let desk = try Desk()
        let seen = try fields(desk)
        let changes = RecordService.Changes(level: .advanced)
        #expect(try desk.sandbox.services.records.change(Sandbox.document, changes, by: .owner) == .done)
        let page = try desk.browser.submit(
            "/desk/citizen/1/set", from: "/desk/citizen/1", seen + "&phone=600000051&level=basic&language=ca")
        #expect(page.status == 422 && page.text.contains("changed meanwhile"))
        #expect(try person(desk)?.level == .advanced && person(desk)?.phone.text == "+34600000001")
        let removed = try desk.browser.submit(
            "/desk/citizen/1/remove", from: "/desk/citizen/1/remove", seen + "&reason=death")
        #expect(removed.text.contains("changed meanwhile"))
    }

    @Test(arguments: acts) func `take no form without token, of another site or of somebody else`(act: String) throws {
        let desk = try Desk()
        let before = try person(desk)
        let lines = try desk.sandbox.services.auditLog.newest(limit: 1000)
        let fields = try fields(desk) + "&phone=600000051&level=advanced&reason=death&device=1"
        let token = desk.token(of: act)
        #expect(desk.browser.send("POST", act, form: fields).status == 403)
        #expect(desk.browser.send("POST", act, form: "form=AAAA&" + fields).status == 403)
        let foreign = desk.browser.send(
            "POST", act, form: "form=\(token)&" + fields, headers: ["sec-fetch-site": "cross-site"])
        #expect(foreign.status == 400)
        #expect(Visitor(desk.sandbox).send("POST", act, form: "form=\(token)&" + fields).status == 403)
        #expect(try desk.sandbox.services.operators.set(Desk.document, false) == .done)
        #expect(desk.browser.send("POST", act, form: "form=\(token)&" + fields).status == 403)
        #expect(try person(desk) == before)
        #expect(try desk.sandbox.services.auditLog.newest(limit: 1000).count == lines.count + 1)
    }

    @Test func `act on the record alone that address and form both name`() throws {
        let desk = try Desk()
        let page = try desk.browser.submit(
            "/desk/citizen/3/remove", from: "/desk/citizen/3/remove", try fields(desk) + "&reason=death")
        #expect(page.status == 422)
        let token = desk.token(of: "/desk/citizen/2/set")
        let own = desk.browser.send(
            "POST", "/desk/citizen/2/set",
            form: "form=\(token)&document=00000000T&version=1&phone=600000051&level=basic&language=es")
        #expect(own.text.contains("your own record"))
        #expect(try person(desk, "00000000T")?.phone.text == "+34600000002" && person(desk) != nil)
    }

    @Test func `end a device and void a letter, each by its button`() throws {
        let desk = try Desk()
        let device = TestDevice(desk.sandbox)
        #expect(try device.activate().isGranted)
        try desk.sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE devices SET name = '<script>alert(1)</script>'")
        }
        let text = desk.browser.send("GET", "/desk/citizen/1").text
        #expect(text.contains("<bdi>&lt;script&gt;") && !text.contains("<script>"))
        let number = try #require(text.firstMatch(of: /name="device" value="([0-9]+)"/)?.1)
        let ended = try desk.browser.submit(
            "/desk/citizen/1/deactivate", from: "/desk/citizen/1", try fields(desk) + "&device=\(number)")
        #expect(ended.status == 303)
        #expect(device.status(device.call("GET", "/agent/v1/events")) == 403)
        let token = desk.token(of: "/desk/citizen/1/deactivate")
        let again = desk.browser.send(
            "POST", "/desk/citizen/1/deactivate", form: "form=\(token)&\(try fields(desk))&device=\(number)")
        #expect(again.text.contains("No device acts"))
        let newcomer = try Newcomer(desk.sandbox)
        _ = try newcomer.letter()
        let voided = try desk.browser.submit("/desk/letters/void", from: "/desk/letters", "document=20000002F")
        #expect(voided.status == 303)
        #expect(try newcomer.redeem(newcomer.code) == .wrong)
    }

    @Test func `show the audit's lines that fit`() throws {
        let desk = try Desk()
        let some = try desk.browser.submit("/desk/audit", from: "/desk/audit", "document=12345678Z&act=register&since=")
        #expect(some.text.contains("****5678Z") && !some.text.contains("<td>****1111H"))
        let none = try desk.browser.submit("/desk/audit", from: "/desk/audit", "document=&act=&since=01-01-2100")
        #expect(!none.text.contains("****5678Z"))
        let wrong = try desk.browser.submit("/desk/audit", from: "/desk/audit", "since=yesterday")
        #expect(wrong.status == 422)
    }

    @Test(arguments: pages) func `are made for keyboard and screen reader`(path: String) throws {
        let desk = try Desk()
        #expect(try TestDevice(desk.sandbox).activate().isGranted)
        let page = desk.browser.send("GET", path)
        let text = page.text
        #expect(text.contains("<html lang=\"en\">") && text.matches(of: /<h1>/).count == 1)
        #expect(page.value("content-security-policy")?.contains("default-src 'none'") == true)
        #expect(!text.contains("style=") && !text.contains("onclick"))
        for field in text.matches(of: /<(?:input type="(?:text|tel|email)"|select) id="([a-z]+)"/) {
            #expect(text.contains("<label for=\"\(field.1)\""), "\(field.1)")
        }
        let tables = text.matches(of: /<table>/).count
        #expect(text.matches(of: /<caption>/).count == tables)
        #expect(tables == 0 || text.contains("<th scope=\"col\">"))
        #expect(text.contains("href=\"\(path)?lang=ca\"") || path.contains("999"))
    }
}
