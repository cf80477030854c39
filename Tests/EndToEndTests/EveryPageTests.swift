import Foundation
import TestSupport
import Testing

/// Every page of the gateway in a real browser: in five languages, on a telephone's and a desk's screen.
@Suite(.serialized) struct `Every page` {
    private static let languages = ["ca", "es", "gl", "eu", "en"]
    private static let widths = [320, 1280]

    /// Looks at one page in all languages and widths.
    private func look(_ browser: Browser, _ name: String, _ path: String, _ world: World) throws {
        for language in Self.languages {
            try browser.open(world.origin + path + (path.contains("?") ? "&" : "?") + "lang=\(language)")
            #expect(try browser.evaluate("return document.documentElement.lang") as? String == language, "\(name)")
            for width in Self.widths {
                try browser.resize(width)
                let findings = try browser.findings()
                #expect(findings.isEmpty, "\(name), \(language), \(width): \(findings.joined(separator: "\n"))")
            }
            try browser.resize(Self.widths[0])
            try browser.picture("page-\(name)-\(language)")
        }
        try browser.resize(Self.widths[1])
        try browser.emulate("prefers-color-scheme", "dark")
        let findings = try browser.findings()
        #expect(findings.isEmpty, "\(name), dark: \(findings.joined(separator: "\n"))")
        try browser.emulate("prefers-color-scheme", "light")
        // Text at twice its size, which a person may set (WCAG 2.2, 1.4.4).
        _ = try browser.evaluate("document.documentElement.style.fontSize = '200%'")
        #expect(try browser.findings().filter { $0.hasPrefix("overflow") }.isEmpty, "\(name), large")
    }

    @Test func `that people meet fits, and has no fault that a machine finds`() throws {
        let world = try World(agent: false)
        let browser = try Browser(world)
        for (name, path) in [
            ("front", "/"), ("procedure", "/procedure/padro"), ("procedure-advanced", "/procedure/historia"),
            ("outbox-closed", "/sandbox/outbox"), ("missing", "/nothing"), ("no-visit", "/gateway"),
            ("dead-link", "/email/" + String(repeating: "A", count: 43)), ("door", "/desk"),
            ("dead-call", "/call/" + String(repeating: "A", count: 43)),
        ] { try look(browser, name, path, world) }
        try browser.open(world.messages)
        for name in ["outbox", "mail"] { try look(browser, name, "/sandbox/\(name)", world) }
        // The steps of a visit: each stays at its address.
        try browser.open(world.origin + "/procedure/historia?lang=en")
        try browser.press("main button")
        try look(browser, "choice", "/gateway", world)
        try look(browser, "pin-document", "/gateway/pin", world)
        try look(browser, "mobile", "/gateway/mobile", world)
        try browser.open(world.origin + "/gateway/pin?lang=en")
        try browser.type("12345678A\u{E007}", into: "#document")
        #expect(try browser.findings().isEmpty, "an error")
        try browser.picture("page-error")
        try browser.open(world.origin + "/gateway/pin")
        try browser.type("12345678Z\u{E007}", into: "#document")
        #expect(try browser.findings().isEmpty, "the datum")
        try browser.type("31-12-2030\u{E007}", into: "#datum")
        _ = try browser.text("#reference")
        try look(browser, "pin-entry", "/gateway/pin", world)
        try look(browser, "outbox-full", "/sandbox/outbox", world)
        // Nobody's device acts, so the PIN has come by message; this person's level does not reach.
        let pin = try world.pinBySMS()
        try browser.open(world.origin + "/gateway/pin?lang=en")
        try browser.type(pin + "\u{E007}", into: "#pin")
        try browser.comes(to: "This needs the advanced level")
        #expect(try browser.findings().isEmpty, "the level")
        try browser.picture("page-level")
        try browser.open(world.origin + "/procedure/beca?lang=en")
        try browser.press("main button")
        try browser.press("form[action='/gateway/mobile/link'] button")
        try look(browser, "mobile-link", "/gateway/mobile", world)
    }

    @Test func `of the operators' desk and of a video call does too`() throws {
        let world = try World(gateway: false)
        try world.startGateway(arguments: ["--call-hours", "always"])
        let state = ["-s", world.folder + "/gateway", "--document"]
        #expect(world.run("clave-gateway", ["operator", "add"] + state + ["00000000T"]).code == 0)
        world.activate("00000000T", ["--validity", "15-06-2031"])
        let joana = ["--document", "22222222J", "--validity", "05-05-2033"]
        #expect(world.run("clave-register", ["letter"] + joana).code == 0)
        let booked = world.run("clave-register", ["call", "-f", "day=#1", "--no-wait", "-j"] + joana)
        let page = try #require(
            Citizen.first("\"page\":\"https://[^/]+(/call/[^\"]+)\"", in: booked.output), "\(booked)")
        let browser = try Browser(world, hasCamera: true)
        try browser.open(world.origin + "/desk")
        try browser.press("form[action='/desk'] button")
        try browser.press("form[action='/gateway/mobile/link'] button")
        let link = try browser.attribute("href", of: "#link")
        #expect(world.run("clave-requests", ["--link", link]).code == 0)
        try browser.comes(to: "Operators' desk")
        for (name, path) in [
            ("desk", "/desk"), ("people", "/desk/people"), ("add", "/desk/people/add"), ("record", "/desk/citizen/1"),
            ("own-record", "/desk/citizen/2"), ("remove", "/desk/citizen/1/remove"), ("devices", "/desk/devices"),
            ("letters", "/desk/letters"), ("audit", "/desk/audit"), ("calls", "/desk/calls"),
            ("reviews", "/desk/reviews"), ("call", page),
        ] { try look(browser, "desk-" + name, path, world) }
        try browser.open(world.origin + "/desk/people/add?lang=en")
        try browser.press("form[action='/desk/people/add'] button")
        #expect(try browser.findings().isEmpty, "errors")
        // The call, held by the operator while the person's page is open beside it.
        let person = try Browser(world, hasCamera: true)
        try person.open(world.origin + page)
        try person.wait("the line", in: "#status", "An operator will come.")
        try browser.open(world.origin + "/desk/calls?lang=en")
        try browser.press("td button")
        try browser.comes(to: "Video call")
        let path = try browser.evaluate("return location.pathname") as? String ?? ""
        try look(browser, "desk-call", path, world)
    }

    @Test func `with a fault is found out by the checker`() throws {
        let world = try World(gateway: false, agent: false)
        let browser = try Browser(world)
        try AccessibilityChecker.faulty.write(
            toFile: world.folder + "/faulty.html", atomically: true, encoding: .utf8)
        try browser.open("file://" + world.folder + "/faulty.html")
        let findings = try browser.findings()
        let rules = findings.filter { !$0.hasPrefix("axe ") }.map { String($0.prefix { $0 != ":" }) }
        #expect(Set(rules) == AccessibilityChecker.rules, "\(rules.sorted())")
        let named = findings.contains { $0.hasPrefix("axe image-alt (critical)") }
        #expect(named == (AccessibilityChecker.axe != nil), "\(findings)")
    }
}

extension Browser {
    /// What the checkers find in the page.
    fileprivate func findings() throws -> [String] {
        let own = try evaluate(AccessibilityChecker.script) as? [String] ?? ["the checker does not run"]
        guard let axe = AccessibilityChecker.axe else { return own }
        _ = try evaluate("if (!window.axe) {\n\(axe)\n}")
        return own + (try evaluate(AccessibilityChecker.axeScript) as? [String] ?? ["axe does not run"])
    }

    /// A screen of so many pixels across.
    fileprivate func resize(_ width: Int) throws {
        try devtools(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false])
    }

    fileprivate func emulate(_ feature: String, _ value: String) throws {
        try devtools("Emulation.setEmulatedMedia", ["features": [["name": feature, "value": value]]])
    }
}
