import Foundation
import TestSupport
import Testing

/// What a stranger can get onto the pages that operators look at.
@Suite(.serialized) struct `Foreign text on the desk's pages` {
    /// A device's name that was HTML to a browser while the pages were escaped by `Character`: a form that is never closed,
    /// and takes over the token and the button of the page's next form.
    private static let name =
        "\u{600}<form method=post action=/desk/citizen/3/set>\u{600}<input name=document value=11111111H>"
        + "\u{600}<input name=version value=1>\u{600}<input name=level value=advanced>"

    @Test func `is text in a real browser, and the button behind it does what it says`() throws {
        let world = try World()
        let state = ["-s", world.folder + "/gateway", "--document"]
        #expect(world.run("clave-gateway", ["operator", "add"] + state + ["00000000T"]).code == 0)
        world.activate("00000000T", ["--validity", "15-06-2031"])
        // No agent can give such a name any more; a database may have one from before.
        let script =
            "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('UPDATE devices SET name=?',[sys.argv[2]]); d.commit()"
        let written = world.run(
            "/usr/bin/python3", ["-c", script, world.folder + "/gateway/gateway.sqlite", Self.name])
        try #require(written.code == 0, "\(written)")
        let browser = try Browser(world)
        try browser.open(world.origin + "/desk")
        try browser.press("form[action='/desk'] button")
        try browser.press("form[action='/gateway/mobile/link'] button")
        let link = try browser.attribute("href", of: "#link")
        #expect(world.run("clave-requests", ["--link", link]).code == 0)
        try browser.comes(to: "Operators' desk")
        try browser.open(world.origin + "/desk/devices?lang=en")
        #expect(try browser.text("table").contains("<form method=post action=/desk/citizen/3/set>"))
        let forms = "return Array.from(document.forms).map(function (f) { return f.getAttribute('action'); }).join(' ')"
        #expect(try browser.evaluate(forms) as? String == "/desk/leave")
        try browser.press("main button")
        try browser.wait("the door", in: "main", "To go on, identify yourself.")
        let shown = world.run("clave-gateway", ["citizen", "show"] + state + ["11111111H"])
        #expect(shown.output.contains("level: basic"), "\(shown)")
    }
}
