import Foundation
import TestSupport
import Testing

/// The pages in a real browser. One browser at a time: each is as large as everything else together.
@Suite(.serialized) struct `The gateway's pages` {
    @Test func `lead through the PIN road by keyboard alone`() throws {
        let world = try World()
        world.activate()
        let browser = try Browser(world)
        try browser.open(world.origin + "/procedure/padro")
        try browser.press("main button")
        try browser.comes(to: "How do you want to identify yourself?")
        try browser.press("a[href='/gateway/pin']")
        try browser.type("12345678A\u{E007}", into: "#document")
        #expect(try browser.text("[role=alert]").contains("letter"))
        // The field with the error has the focus: a person corrects it without looking for it.
        #expect(try browser.attribute("aria-invalid", of: "#document") == "true")
        try browser.keys("\u{E010}\u{E003}Z\u{E007}")
        try browser.type("31-12-2030\u{E007}", into: "#datum")
        let reference = try browser.text("#reference")
        try browser.picture("pin-entry")
        let pin = world.run("clave-pin", ["-w", "60", reference]).output
        try browser.type(pin.prefix(3).lowercased() + "\u{E007}", into: "#pin")
        try browser.comes(to: "Welcome, AINA PROVA MOSTRA")
        try browser.picture("welcome")
    }

    @Test func `move on by themselves when the request is approved in the agent`() throws {
        let world = try World()
        world.activate()
        let browser = try Browser(world)
        try browser.open(world.origin + "/procedure/padro")
        try browser.press("main button")
        try browser.press("form[action='/gateway/mobile/link'] button")
        let code = try browser.text("#code")
        let link = try browser.attribute("href", of: "#link")
        try browser.picture("mobile-link")
        let approved = world.run("clave-requests", ["--link", link])
        #expect(approved.code == 0)
        #expect(approved.errors.contains(code))
        #expect(world.asked.contains(code))
        try browser.comes(to: "Welcome, AINA PROVA MOSTRA")
    }

    @Test func `show a QR that the agent's tool reads from a picture`() throws {
        let world = try World()
        world.activate()
        let browser = try Browser(world)
        try browser.open(world.origin + "/procedure/padro")
        try browser.press("main button")
        try browser.press("form[action='/gateway/mobile/link'] button")
        let picture = try browser.picture("mobile-qr", of: "svg.qr")
        let approved = world.run("clave-requests", ["--qr", picture])
        #expect(approved.code == 0, "\(approved.errors)")
        try browser.comes(to: "Welcome, AINA PROVA MOSTRA")
    }

    @Test func `say that a request was rejected`() throws {
        let world = try World()
        world.activate()
        let browser = try Browser(world)
        try browser.open(world.origin + "/procedure/beca")
        try browser.press("main button")
        try browser.press("form[action='/gateway/mobile/link'] button")
        try browser.type("12345678z", into: "#document")
        try browser.press("form[action='/gateway/mobile/document'] button")
        try browser.type("31/12/2030", into: "#datum")
        try browser.press("form[action='/gateway/mobile/request'] button")
        let code = try browser.text("#code")
        let waiting = try world.wait("the request") {
            let line = world.run("clave-requests", ["-w", "30"]).output
            return line.contains(code) ? line : nil
        }
        #expect(world.run("clave-requests", ["--reject", String(waiting.prefix(8))]).code == 0)
        try browser.comes(to: "Rejected")
    }

    @Test(arguments: [
        ("ca", "Com et vols identificar?"), ("es", "¿Cómo quieres identificarte?"),
        ("gl", "Como queres identificarte?"), ("eu", "Nola identifikatu nahi duzu?"),
        ("en", "How do you want to identify yourself?"),
    ])
    func `speak the browser's language, and fit a narrow screen`(language: String, heading: String) throws {
        let world = try World(agent: false)
        let browser = try Browser(world, language: language)
        try browser.open(world.origin + "/procedure/padro")
        try browser.press("main button")
        try browser.comes(to: heading)
        #expect(try browser.evaluate("return document.documentElement.lang") as? String == language)
        try browser.press("a[href='/gateway/pin']")
        try browser.picture("document-\(language)")
        let overflow = try browser.evaluate(
            """
            document.body.style.width = '320px';
            return document.documentElement.scrollWidth > Math.max(320, window.innerWidth);
            """)
        #expect(overflow as? Bool == false)
    }

    @Test func `forbid foreign script, and every field has a label`() throws {
        let world = try World(agent: false)
        let browser = try Browser(world)
        try browser.open(world.origin + "/procedure/padro")
        try browser.press("main button")
        try browser.press("a[href='/gateway/pin']")
        let unlabelled = try browser.evaluate(
            """
            return [...document.querySelectorAll('input:not([type=hidden])')]
                .filter(i => i.labels.length === 0).length
            """)
        #expect(unlabelled as? Int == 0)
        // A script that a hostile text would bring does not run.
        let ran = try browser.evaluate(
            """
            const s = document.createElement('script'); s.textContent = 'window.ran = 1';
            document.body.appendChild(s); return window.ran === 1;
            """)
        #expect(ran as? Bool == false)
    }
}
