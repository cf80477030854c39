import Foundation
import Posix
import TestSupport
import Testing

/// The real `clave-gateway` with a state of its own.
private struct Command {
    let state = NSTemporaryDirectory() + "clave-command-" + UUID().uuidString

    func run(_ arguments: String...) throws -> Outcome {
        runProgram(try program("clave-gateway"), arguments + ["--state", state], environment: [:])
    }

    func add(
        _ document: String, datum: String = "--validity=31-12-2030", name: String = "Mar \"Quoted\"/Exemple"
    ) throws -> Outcome {
        try run(
            "citizen", "add", "--document", document, "--full-name", name, "--phone", "600000050", datum)
    }
}

@Suite struct `The gateway's command` {
    @Test func `registers the test citizens once, and numbered ones beside them`() throws {
        let command = Command()
        #expect(try command.run("seed").output == "9 citizens added\n")
        #expect(try command.run("seed", "--count", "5").output == "5 citizens added\n")
        let list = try command.run("citizen", "list").output.split(separator: "\n")
        #expect(list.count == 14)
        #expect(list.contains { $0.hasPrefix("12345678Z\tAINA PROVA MOSTRA\t") })
    }

    @Test(arguments: [
        (["--trusted-proxy", "proxy.example"], "--trusted-proxy: proxy.example is not an IPv4 address"),
        (["--connections-per-address", "0"], "--connections-per-address takes a number from 1 to 1024"),
        (["--turn", "turn:relay.example:3478"], "--turn needs --turn-secret"),
        (["--turn-secret", "/dev/null"], "--turn-secret says nothing without --turn"),
        (["--turn", "turn:a", "--turn-secret", "/dev/null", "--stun", "stun:a"], "exclude each other"),
    ])
    func `does not serve with options that can't be, and says why`(options: [String], words: String) throws {
        let command = Command()
        let refused = runProgram(
            try program("clave-gateway"), ["serve", "-p", "0", "--state", command.state] + options, environment: [:])
        #expect(refused.code == 64 && refused.errors.contains(words), "\(refused)")
    }

    @Test func `adds a person, and tells of them in JSON that others can read`() throws {
        let command = Command()
        #expect(try command.run("citizen", "add").code == 64)
        #expect(try command.add("87654321X").code == 1, "a name holds no quotation marks")
        let added = try command.run(
            "citizen", "add", "--document", "87654321X", "--full-name", "Mar/Exemple/d'Ús", "--phone", "600000050",
            "--validity", "31-12-2030", "--level", "advanced", "--language", "ca")
        #expect(added.code == 0 && added.output == "87654321X added\n")
        let json = try command.run("citizen", "list", "--json").output
        let person = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: String])
        #expect(person["name"] == "MAR EXEMPLE D'ÚS")
        #expect(person["validity"] == "31-12-2030" && person["level"] == "advanced" && person["language"] == "ca")
    }

    @Test func `hands over the text messages of its own acts before it ends`() throws {
        let command = Command()
        let document = ["--document", "87654321X"]
        func told() throws -> [String] {
            try command.run("outbox", "-n", "9", "--json").output.split(separator: "\n").map(String.init)
        }
        #expect(try command.add("87654321X", name: "Mar/Exemple").code == 0)
        #expect(try told().count == 1)
        #expect(try command.run("citizen", "set", document[0], document[1], "--phone", "600000051").code == 0)
        #expect(try told().count == 2)
        let removed = try command.run("citizen", "remove", document[0], document[1], "--reason", "renunciation")
        #expect(removed.code == 0)
        let newest = try #require(try told().first)
        #expect(newest.contains("+34600000051"), "\(newest)")
    }

    @Test(arguments: [
        ("87654321A", "--validity=31-12-2030", "letter"), ("87654321X", "--validity=31-02-2030", "no such day"),
        ("X1234567L", "--support=A1", "support number"), ("B12345678", "--validity=31-12-2030", "company"),
    ])
    func `refuses what can't be, and says why`(document: String, datum: String, word: String) throws {
        let command = Command()
        let refused = try command.run(
            "citizen", "add", "--document", document, "--full-name", "Mar/Exemple", "--phone", "600000050", datum)
        #expect(refused.code == 1)
        #expect(refused.errors.contains(word), "\(refused.errors)")
        #expect(try command.run("citizen", "list").output.isEmpty)
    }

    @Test func `refuses a document or a phone that is registered already`() throws {
        let command = Command()
        _ = try command.run("seed")
        let twice = try command.run(
            "citizen", "add", "--document", "12345678Z", "--full-name", "Mar/Exemple", "--phone", "600000050",
            "--validity", "31-12-2030")
        #expect(twice.code == 1)
        #expect(twice.errors.contains("registered already"))
    }

    @Test(arguments: [
        ["serve", "--port", "99999"], ["dance"], ["serve", "--sms", "pigeon"], ["serve", "--origin", "x"],
    ])
    func `explains a wrong use with 64`(arguments: [String]) throws {
        let command = Command()
        let wrong =
            arguments.count == 1
            ? try command.run(arguments[0]) : try command.run(arguments[0], arguments[1], arguments[2])
        #expect(wrong.code == 64)
        #expect(wrong.errors.contains("Try 'clave-gateway --help'."))
    }

    @Test func `says where a document goes that stands alone`() throws {
        let wrong = try Command().run("citizen", "show", "12345678Z")
        #expect(wrong.code == 64)
        #expect(wrong.errors.contains("unexpected: 12345678Z; a document goes with --document"))
        #expect(try Command().run("citizen", "show", "12345678Z", "--help").code == 0)
    }

    @Test func `takes no option that says nothing to a command`() throws {
        let wrong = try Command().run("outbox", "--sms", "outbox")
        #expect(wrong.code == 64)
        #expect(wrong.errors.contains("--sms says nothing to outbox"))
    }

    @Test(arguments: [("X1234567L", "--issue=01-01-2020"), ("87654321X", "--support=E12345678")])
    func `takes the datum that goes with the document only`(document: String, datum: String) throws {
        #expect(try Command().add(document, datum: datum, name: "Mar/Exemple").code == 64)
    }

    @Test func `registers the test citizens beside thousands of others, and lists all`() throws {
        let command = Command()
        #expect(try command.run("seed", "--count", "1500").output == "1509 citizens added\n")
        #expect(try command.run("seed").output == "0 citizens added\n")
        #expect(try command.run("citizen", "list").output.split(separator: "\n").count == 1509)
    }

    @Test func `says which address is taken or is none`() throws {
        let command = Command()
        let none = try command.run("serve", "--listen", "999.0.0.1")
        #expect(none.code == 1)
        #expect(none.errors.contains("999.0.0.1 is not an IPv4 address"))
    }

    @Test func `shows, changes and removes a person, and the audit tells it of each`() throws {
        let command = Command()
        _ = try command.run("seed")
        let changed = try command.run(
            "citizen", "set", "--document", "12345678Z", "--level", "advanced", "--phone", "600000050", "--email",
            "aina@example.org", "--language", "gl", "--full-name", "Aina/Prova/d'Altra")
        #expect(changed.code == 0 && changed.output == "12345678Z changed\n", "\(changed.errors)")
        let shown = try command.run("citizen", "show", "--document", "12345678Z").output
        for line in [
            "name: AINA PROVA D'ALTRA", "level: advanced", "phone: +34600000050",
            "e-mail: aina@example.org, not confirmed",
            "language: gl", "datum: validity", "operator: no",
        ] { #expect(shown.contains(line + "\n"), "\(line)") }
        #expect(!shown.contains("31-12-2030"))
        let json = try command.run("citizen", "show", "--json", "--document", "12345678Z").output
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["email"] as? String == "aina@example.org" && object["email_confirmed"] as? Int == 0)
        let taken = try command.run("citizen", "set", "--document", "12345678Z", "--phone", "600000002")
        #expect(taken.code == 1 && taken.errors.contains("One phone is for one person"))
        #expect(try command.run("citizen", "set", "--document", "12345678Z").code == 64)
        #expect(try command.run("citizen", "set", "--document", "12345678Z", "--support", "E12345678").code == 64)
        #expect(try command.run("citizen", "remove", "--document", "12345678Z").code == 64)
        let removed = try command.run("citizen", "remove", "--document", "12345678Z", "--reason", "death")
        #expect(removed.output == "12345678Z removed\n")
        let gone = try command.run("citizen", "show", "--document", "12345678Z")
        #expect(gone.code == 1 && gone.errors.contains("Nobody of this document"))
        let audit = try command.run("audit", "--document", "12345678Z", "--since", "1h").output
        #expect(audit.split(separator: "\n").map { $0.split(separator: "\t")[1] } == ["register", "change", "remove"])
        #expect(audit.contains("\tphone, e-mail, language") == false && audit.hasSuffix("\tcommand line\n"))
        #expect(try command.run("audit", "--act", "remove").output.split(separator: "\n").count == 1)
        #expect(try command.run("audit", "--since", "01-01-2100").output.isEmpty)
        #expect(try command.run("audit", "--since", "soon").code == 64)
    }

    @Test func `makes operators of people of the advanced level, and lists them`() throws {
        let command = Command()
        _ = try command.run("seed")
        #expect(try command.run("operator", "add", "--document", "12345678Z").code == 1)
        #expect(try command.run("operator", "add", "--document", "20000002F").code == 1)
        #expect(try command.run("operator", "add").code == 64)
        #expect(try command.run("operator", "add", "--document", "00000000T").code == 0)
        #expect(try command.run("operator", "list").output == "00000000T\tBRUNO EJEMPLO FICTICIO\n")
        #expect(try command.run("operator", "list", "--json").output.contains("\"document\":\"00000000T\""))
        #expect(try command.run("operator", "remove", "--document", "00000000T").code == 0)
        #expect(try command.run("operator", "list").output.isEmpty)
    }

    @Test(arguments: [
        ["device", "deactivate"], ["letter", "void"], ["letter", "send"],
    ]) func `says why there is nothing to end, void or send`(words: [String]) throws {
        let command = Command()
        _ = try command.run("seed")
        let none = try command.run(words[0], words[1], "--document", "12345678Z")
        #expect(none.code == 1 && none.errors.hasPrefix("clave-gateway: "))
        #expect(try command.run(words[0], words[1]).code == 64)
        #expect(try command.run(words[0], "list", "--json").output.isEmpty)
    }

    @Test func `killed in the middle of an act has done all of it or nothing`() throws {
        let command = Command()
        _ = try command.run("seed")
        let (document, state) = ("12345678Z", command.state)
        for round in 0..<12 {
            _ = try command.add(document, name: "Mar/Exemple")
            let child = try Child(
                try program("clave-gateway"),
                ["citizen", "remove", "--document", document, "--reason", "renunciation", "--state", state],
                environment: [:])
            usleep(UInt32(round) * 4000)
            child.end(SIGKILL)
            let isThere = try command.run("citizen", "show", "--document", document).code == 0
            let audit = try command.run("audit", "--document", document, "-n", "1").output
            #expect(audit.contains("\tremove\t") == !isThere, "\(audit)")
        }
    }
}
