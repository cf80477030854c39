import Foundation
import Posix
import TestSupport
import Testing

/// Registration by video call, with the real programs and two real browsers that see each other by made-up cameras.
@Suite(.serialized) struct `A video call` {
    private static let joana = ["--document", "22222222J", "--validity", "05-05-2033"]
    private static let contact = ["--phone", "611222333", "--email", "joana@example.org"]

    /// A gateway with two operators, whose identities are in an agent of their own.
    private final class Office {
        let world: World
        let desk: World

        init(_ arguments: [String] = []) throws {
            let world = try World(gateway: false)
            self.world = world
            try Files.replace(world.folder + "/turn", with: Array("a secret of gateway and relay\n".utf8))
            try world.startGateway(
                arguments: ["--call-hours", "always"] + arguments.map { $0 == "SECRET" ? world.folder + "/turn" : $0 })
            desk = try World(gateway: false, agent: false)
            try FileManager.default.createSymbolicLink(
                atPath: desk.folder + "/gateway", withDestinationPath: world.folder + "/gateway")
            try desk.startAgent(environment: ["CLAVE_GATEWAY": world.origin])
            for (document, datum) in [("00000000T", "15-06-2031"), ("99999999R", "01-02-2029")] {
                let state = ["-s", world.folder + "/gateway", "--document", document]
                _ = world.run("clave-gateway", ["citizen", "set"] + state + ["--level", "advanced"])
                #expect(world.run("clave-gateway", ["operator", "add"] + state).code == 0)
                let added = desk.run(
                    "clave-add", ["-g", world.origin, "--document", document, "--validity", datum])
                #expect(added.code == 0, "\(added)")
            }
        }

        /// A browser in which an operator has signed in at the desk.
        func signIn(_ document: String, _ name: String) throws -> Browser {
            let browser = try Browser(world, hasCamera: true)
            try browser.open(world.origin + "/desk")
            try browser.press("form[action='/desk'] button")
            try browser.press("form[action='/gateway/mobile/link'] button")
            let link = try browser.attribute("href", of: "#link")
            let approved = desk.run("clave-requests", ["-i", document, "--link", link])
            #expect(approved.code == 0, "\(approved)")
            try browser.comes(to: "Operators' desk")
            #expect(try browser.text("main").contains(name))
            return browser
        }
    }

    /// What a page shows of the other side, from its own pixels: a picture that is not all of one colour, and moves.
    private func sees(_ browser: Browser, _ world: World) throws {
        let look = """
            var film = document.getElementById('theirs');
            if (!film.videoWidth) { return ''; }
            var canvas = document.createElement('canvas');
            canvas.width = 32; canvas.height = 24;
            var pen = canvas.getContext('2d');
            pen.drawImage(film, 0, 0, 32, 24);
            var data = pen.getImageData(0, 0, 32, 24).data, colours = {};
            for (var i = 0; i < data.length; i += 4) { colours[data[i] + ',' + data[i + 1] + ',' + data[i + 2]] = 1; }
            return Object.keys(colours).length > 4 ? String(film.currentTime) : '';
            """
        func time() -> Double? { (try? browser.evaluate(look) as? String).flatMap { Double($0) } }
        let first = try world.wait("a picture") { time() }
        try world.wait("the picture to move") { (time() ?? 0) > first ? true : nil }
    }

    @Test func `registers a person: two browsers see each other, the operator approves, another reviews`() throws {
        let office = try Office()
        let world = office.world
        let tool = try world.begin(
            "clave-register", ["call", "-f", "day=#1", "--activate", "yes", "-j"] + Self.joana + Self.contact,
            output: world.folder + "/register.log")
        defer { tool.end() }
        func said() -> String { (try? String(contentsOfFile: world.folder + "/register.log", encoding: .utf8)) ?? "" }
        let page = try world.wait("the page's address") { Citizen.first("\"page\":\"(https://[^\"]+)\"", in: said()) }
        let (person, first) = (try Browser(world, hasCamera: true), try office.signIn("0000T", "BRUNO"))
        try person.open(page)
        try person.press("#consent")
        try person.wait("the line", in: "#status", "An operator will come.")
        try first.open(world.origin + "/desk/calls")
        #expect(try first.text("table").contains("JOANA NOVELLA PROVA"))
        try first.press("td button")
        try first.comes(to: "Video call")
        for browser in [person, first] { try browser.wait("the line", in: "#line", "The line stands.") }
        try sees(person, world)
        try sees(first, world)
        // Cut: the person's page is loaded anew, and the line is made again.
        try person.open(page)
        for browser in [person, first] { try browser.wait("the line again", in: "#line", "The line stands.") }
        try sees(first, world)
        #expect(try person.text("#code").count == 4 && person.text("#code") == first.text("dd .code"))
        try first.wait(
            "the recording", in: "#record", "The recording begins anew: let the document be shown once more.")
        try person.picture("call-person")
        try first.picture("call-operator")
        try world.wait("a piece of the recording") { Self.pieces(world) > 0 ? true : nil }
        for check in ["front", "back", "face", "hologram", "code"] { try first.press("input[name=\(check)]") }
        try first.press("form[action$='/approve'] button")
        try first.comes(to: "Video calls")
        try world.wait("the registration") { said().contains("\"document\":\"****2222J\"") ? true : nil }
        #expect(said().contains("\"level\":\"basic\""), "\(said())")
        try Self.review(office, world)
        let shown = world.run(
            "clave-gateway", ["citizen", "show", "-s", world.folder + "/gateway", "--document", "22222222J"])
        #expect(shown.output.contains("level: advanced") && shown.output.contains("way: call"), "\(shown)")
        #expect(Self.pieces(world) == 0)
    }

    /// Another operator plays the recording and accepts.
    private static func review(_ office: Office, _ world: World) throws {
        let second = try office.signIn("9999R", "DAVIDE")
        try second.open(world.origin + "/desk/reviews")
        try second.press("td a")
        try second.comes(to: "Review")
        try world.wait("the film") {
            (try? second.evaluate("return document.getElementById('recording').readyState") as? Int) ?? 0 >= 2
                ? true : nil
        }
        #expect(try second.evaluate("return document.getElementById('recording').videoWidth") as? Int == 640)
        try second.picture("call-review")
        try second.press("form[action$='/accept'] button")
        try second.comes(to: "Reviews")
    }

    private static func pieces(_ world: World) -> Int {
        let script =
            "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM recordings').fetchone()[0])"
        let outcome = world.run("/usr/bin/python3", ["-c", script, world.folder + "/gateway/gateway.sqlite"])
        return Int(outcome.output.dropLast()) ?? -1
    }

    @Test func `by a relay tells neither side's addresses to the other`() throws {
        // Nobody listens at the relay's address: the offer is made all the same, with the candidates that there are.
        let office = try Office(["--turn", "turn:127.0.0.1:9", "--turn-secret", "SECRET"])
        let world = office.world
        let waiting = world.run("clave-register", ["call", "-f", "day=#1", "--no-wait", "-j"] + Self.joana)
        let page = try #require(Citizen.first("\"page\":\"(https://[^\"]+)\"", in: waiting.output), "\(waiting)")
        let (person, first) = (try Browser(world, hasCamera: true), try office.signIn("0000T", "BRUNO"))
        let keep = """
            window.lines = [];
            var Own = window.RTCPeerConnection;
            window.RTCPeerConnection = function (settings) {
              var line = new Own(settings);
              window.lines.push({ settings: settings, line: line, at: Date.now() });
              return line;
            };
            """
        try first.devtools("Page.addScriptToEvaluateOnNewDocument", ["source": keep])
        try person.open(page)
        try person.wait("the line", in: "#status", "An operator will come.")
        try first.open(world.origin + "/desk/calls")
        try first.press("td button")
        try first.comes(to: "Video call")
        let offer = """
            var made = window.lines.filter(function (one) {
              // The page looks for candidates for two seconds, where the browser does not say that it has all.
              return one.line.localDescription && Date.now() - one.at > 3000;
            })[0];
            if (!made) { return ''; }
            var server = made.settings.iceServers[0] || {};
            return [made.settings.iceTransportPolicy, made.settings.iceServers.length, server.urls,
              (server.credential || '').length, made.line.localDescription.sdp].join(' ');
            """
        let said = try world.wait("the offer") {
            let text = try? first.evaluate(offer) as? String
            return text?.isEmpty == false ? text : nil
        }
        #expect(said.hasPrefix("relay 1 turn:127.0.0.1:9 28 "), "\(said)")
        #expect(said.contains("m=video") && !said.contains("a=candidate"), "\(said)")
    }

    @Test func `that is rejected or called off tells the person why, and leaves nothing begun`() throws {
        let office = try Office()
        let world = office.world
        let booked = world.run(
            "clave-register", ["call", "-f", "day=#3", "-f", "time=#1", "--no-browser"] + Self.joana)
        #expect(booked.code == 0 && booked.errors.contains("The page of the call: https://"), "\(booked)")
        let status = world.run("clave-register", ["--status"])
        #expect(status.output.contains("by video call") && status.output.contains("/call/"), "\(status)")
        let list = ["appointment", "list", "-s", world.folder + "/gateway"]
        #expect(world.run("clave-gateway", list).output.contains("booked\tdata right"))
        let cancel = ["appointment", "cancel", "-s", world.folder + "/gateway", "--document", "22222222J"]
        #expect(world.run("clave-gateway", cancel).code == 0)
        let resumed = world.run("clave-register", ["--resume"])
        #expect(resumed.code == 1 && resumed.errors.contains("The call was called off"), "\(resumed)")
        #expect(world.run("clave-register", ["--status", "-j"]).output == "")
        // And by an operator, with a reason.
        let waiting = world.run("clave-register", ["call", "-f", "day=#1", "--no-wait", "-j"] + Self.joana)
        let page = try #require(Citizen.first("\"page\":\"(https://[^\"]+)\"", in: waiting.output), "\(waiting)")
        let (person, first) = (try Browser(world, hasCamera: true), try office.signIn("0000T", "BRUNO"))
        try person.open(page)
        try person.wait("the line", in: "#status", "An operator will come.")
        try first.open(world.origin + "/desk/calls")
        try first.press("td button")
        try first.comes(to: "Video call")
        try first.press("form[action$='/approve'] button")
        #expect(try first.text("[role=alert]").contains("tick every item"))
        try first.press("#reason option[value='5']")
        try first.press("form[action$='/reject'] button")
        try person.wait("the reason", in: "main", "The hologram of the document was not to be seen")
        try person.picture("call-rejected")
        let told = world.run("clave-register", ["--resume"])
        #expect(told.code == 1 && told.errors.contains("The hologram of the document was not to be seen"), "\(told)")
    }
}
