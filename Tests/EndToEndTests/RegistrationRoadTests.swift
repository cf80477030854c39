import Foundation
import TestSupport
import Testing

/// A person who is not in Cl@ve, registered by the real programs.
@Suite struct `Who is not registered` {
    private static let joana = ["--document", "22222222J", "--validity", "05-05-2033"]
    private static let contact = ["--phone", "611222333", "--email", "joana@example.org"]
    private static let certificate =
        "/C=ES/serialNumber=IDCES-22222222J/GN=JOANA/SN=NOVELLA/CN=NOVELLA PROVA JOANA - 22222222J"

    /// The code on the newest letter, as it is printed.
    private func code(_ world: World) throws -> String {
        let folder = world.folder + "/gateway/letters"
        let letter = try world.wait("a letter") {
            (try? FileManager.default.contentsOfDirectory(atPath: folder))?.filter { $0.hasSuffix(".pdf") }.sorted()
                .last
        }
        let text = world.run("/usr/bin/pdftotext", ["-layout", folder + "/" + letter, "-"]).output
        let found = try #require(text.firstMatch(of: /[A-Z2-9]{4}( [A-Z2-9]{4}){3}/))
        return String(found.0)
    }

    @Test func `asks for a letter, leaves, and goes on when it has come`() throws {
        let world = try World()
        let asked = world.run("clave-register", ["letter"] + Self.joana)
        #expect(asked.code == 0 && asked.errors.contains("a letter is on its way"), "\(asked)")
        let code = try code(world)
        // Neither a new agent nor a new gateway loses what is begun.
        world.stopAgent()
        world.killGateway()
        try world.startGateway()
        try world.startAgent()
        let status = world.run("clave-register", ["--status"])
        #expect(status.output.contains("by letter") && status.output.contains("type its code"), "\(status)")
        try world.answer(field: "letter-code", "")
        #expect(world.run("clave-register", ["--resume"]).errors.contains("When the letter has come"))
        try world.answer(field: "letter-code", code.lowercased())
        let done = world.run("clave-register", ["--resume", "--activate", "yes"] + Self.contact)
        #expect(
            done.code == 0 && done.errors.contains("Activated: JOANA NOVELLA PROVA (****2222J), basic"),
            "\(done) \(world.asked)")
        #expect(world.run("clave-add", ["-l"]).output.contains("JOANA NOVELLA PROVA"))
        #expect(world.run("clave-register", ["--status", "-j"]).output == "")
        #expect(world.audit("registered by letter, level 1") == 1)
    }

    @Test func `hears at once that no letter can be printed now, and asks again when one can`() throws {
        let world = try World(gateway: false, agent: false)
        try world.startGateway(arguments: ["--letters-max", "1"])
        try world.startAgent()
        #expect(world.run("clave-register", ["letter"] + Self.joana).code == 0)
        _ = try code(world)
        let kepa = ["letter", "--document", "33333333P", "--validity", "06-06-2032"]
        let full = world.run("clave-register", kepa)
        #expect(full.code == 1 && full.errors.contains("can't send anything now"), "\(full)")
        // What is told does not depend on who asks, and nothing is begun.
        let nobody = world.run("clave-register", ["letter", "--document", "12345678Z", "--validity", "31-12-2030"])
        #expect(nobody.code == full.code && nobody.errors == full.errors, "\(nobody)")
        #expect(world.run("clave-register", ["--status", "-j"]).output.split(separator: "\n").count == 1)
        let folder = world.folder + "/gateway/letters"
        for letter in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try FileManager.default.removeItem(atPath: folder + "/" + letter)
        }
        let again = world.run("clave-register", kepa)
        #expect(again.code == 0 && again.errors.contains("a letter is on its way"), "\(again)")
    }

    @Test func `goes on by a letter on another computer`() throws {
        let world = try World()
        #expect(world.run("clave-register", ["letter"] + Self.joana).code == 0)
        let code = try code(world)
        let status = world.run("clave-register", ["--status", "-j"]).output
        let name = try #require(status.firstMatch(of: /"registration":"([0-9a-f]+)"/)?.1)
        // As of a variable of a script that is not set.
        #expect(world.run("clave-register", ["--forget", ""]).code == 64)
        #expect(world.run("clave-register", ["--forget", String(name)]).code == 0)
        #expect(world.run("clave-register", ["--resume"]).code == 1)
        try world.answer(field: "letter-code", code)
        let done = world.run(
            "clave-register", ["letter", "--have-code", "--activate", "no"] + Self.joana + Self.contact)
        #expect(done.code == 0 && done.errors.contains("To activate this computer, run clave-add"), "\(done)")
        // The agent has nothing of it, and the code that the phone gets activates as anybody's.
        #expect(world.run("clave-add", ["-l"]).output == "")
        world.activate("22222222J", ["--validity", "05-05-2033"])
    }

    @Test func `is registered by a certificate at once, at the advanced level`() throws {
        let scene = try CertifiedWorld([("joana", CertifiedWorld.rsa, Self.certificate)])
        let file = ["certificate", "--file", scene.folder + "/joana.p12"]
        // Who can't be reached now goes on tomorrow, and is not asked for the certificate again.
        try scene.world.answer(field: "email", "nothing")
        let broken = scene.world.run("clave-register", file + Self.joana + ["--phone", "611222333"])
        #expect(broken.code == 1, "\(broken)")
        #expect(scene.world.run("clave-register", ["--status"]).output.contains("Phone and e-mail are still asked for"))
        scene.world.forgetAsked()
        let done = scene.world.run(
            "clave-register", ["--resume", "--activate", "yes"] + Self.joana + Self.contact)
        #expect(done.code == 0 && done.errors.contains("(****2222J), advanced"), "\(done) \(scene.world.asked)")
        #expect(!scene.world.asked.contains("password"))
        let signed = scene.sh("echo text >a && clave-sign -F cades a")
        #expect(signed.code == 0, "the certificate came with the identity: \(signed)")
    }

    @Test(arguments: ["certificate", "letter"])
    func `goes on with another code when that of the phone is over`(way: String) throws {
        let scene = try CertifiedWorld([("joana", CertifiedWorld.rsa, Self.certificate)])
        let world = scene.world
        var begin = ["certificate", "--file", scene.folder + "/joana.p12"] + Self.joana
        if way == "letter" {
            #expect(world.run("clave-register", ["letter"] + Self.joana).code == 0)
            try world.answer(field: "letter-code", try code(world))
            begin = ["--resume"]
        }
        try world.answer(field: "code", "000000")
        let over = world.run("clave-register", begin + ["--activate", "no"] + Self.contact)
        #expect(over.code == 1 && over.errors.contains("This code is over"), "\(over)")
        try FileManager.default.removeItem(atPath: world.folder + "/field-code")
        let done = world.run("clave-register", ["--resume", "--activate", "no"] + Self.joana + Self.contact)
        #expect(done.code == 0 && done.errors.contains("You are registered in Cl@ve"), "\(done)")
        #expect(world.audit("registered by \(way), level \(way == "letter" ? 1 : 2)") == 1)
    }

    @Test func `is told so by an activation with a certificate, and offered it`() throws {
        let scene = try CertifiedWorld([("joana", CertifiedWorld.rsa, Self.certificate)])
        let refused = scene.world.run("clave-add", ["--file", scene.folder + "/joana.p12"])
        #expect(refused.code == 1 && refused.errors.contains("clave-register does it"), "\(refused)")
    }

    @Test func `may be registered already, and then a certificate raises the level`() throws {
        let scene = try CertifiedWorld()
        let file = ["certificate", "--file", scene.folder + "/aina.p12", "--activate", "yes"]
        let raised = scene.world.run("clave-register", file)
        #expect(
            raised.code == 0 && raised.errors.contains("You are registered in Cl@ve, at the advanced level"),
            "\(raised)")
        #expect(scene.world.run("clave-add", ["-l"]).output.contains("advanced"))
    }

    @Test func `is told what is wrong, with nothing begun`() throws {
        let world = try World()
        #expect(world.run("clave-register", []).code == 64)
        #expect(world.run("clave-register", ["pigeon"]).code == 64)
        #expect(world.run("clave-register", ["letter", "--file", "x"]).code == 64)
        #expect(world.run("clave-register", ["letter", "-f", "letter-code=ABCD"]).code == 64)
        #expect(world.run("clave-register", ["letter", "--activate", "perhaps"]).code == 64)
        let refused = world.run("clave-register", ["certificate"])
        #expect(
            refused.code == 1 && refused.errors.contains("it does not offer registration by certificate"), "\(refused)")
        #expect(world.run("clave-register", ["--status", "-j"]).output == "")
    }
}
