import Testing

@testable import Gateway
@testable import GatewayServices
@testable import GatewayStore

@Suite struct `A device's name` {
    @Test func `is at most 64 plain characters`() {
        for name in ["", "desk", "Portàtil de l'Aina (2)", "núria-PC.local_1", String(repeating: "x", count: 64)] {
            #expect(DeviceName.isPlain(name), "\(name)")
        }
        for name in [
            String(repeating: "x", count: 65), "<b>", "a\"b", "a&b", "a\nb", "a\tb", "\u{600}<", "a\u{301}",
            "a\u{200B}b",
            "\u{202E}abc", "2×2", "2÷2", "电脑", "a/b", "a\u{A0}b",
        ] { #expect(!DeviceName.isPlain(name), "\(name)") }
    }

    @Test func `of another form is refused before any step of an activation`() throws {
        let device = TestDevice(try Sandbox())
        device.name = "\u{600}<form method=post action=/desk/citizen/3/set>"
        #expect(throws: (any Error).self) { try device.askCode() }
        #expect(device.sandbox.telephone.last("[0-9]{6}") == nil)
        device.name = "Portàtil"
        try device.askCode()
        #expect(device.sandbox.telephone.last("[0-9]{6}") != nil)
    }

    @Test func `that a database has from before is text on the desk's pages`() throws {
        let desk = try Desk()
        #expect(try TestDevice(desk.sandbox).activate().isGranted)
        let name =
            "\u{600}<form method=post action=/desk/citizen/3/set>\u{600}<input name=level value=advanced>\"\u{301}"
        try desk.sandbox.services.store.write { (database) throws(StoreError) in
            _ = try database.run("UPDATE devices SET name = ?", .text(name))
        }
        for path in ["/desk/devices", "/desk/citizen/1"] {
            let page = desk.browser.send("GET", path).text
            let bytes = Array(page.utf8)
            #expect(bytes.firstRange(of: Array("&lt;form method=post".utf8)) != nil, "\(path)")
            #expect(bytes.firstRange(of: Array("<form method=post".utf8)) == nil, "\(path)")
            #expect(bytes.firstRange(of: Array("<input name=level".utf8)) == nil, "\(path)")
            #expect(bytes.firstRange(of: Array("&quot;\u{301}".utf8)) != nil, "\(path)")
        }
    }
}
