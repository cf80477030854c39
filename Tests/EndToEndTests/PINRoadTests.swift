import Foundation
import TestSupport
import Testing

@Suite struct `The road of a PIN` {
    @Test func `leads from the page through the agent into the procedure`() throws {
        let world = try World()
        #expect(world.activate().code == 0)
        let citizen = Citizen(world)
        let reference = try #require(Citizen.reference(citizen.askPIN()))
        let pin = world.run("clave-pin", ["-w", "60", reference])
        #expect(pin.code == 0)
        #expect(pin.output.count == 4)
        #expect(pin.errors.contains("Reference in the page: \(reference)"))
        #expect(pin.errors.contains("Valid until"))
        let page = citizen.type(pin.output)
        #expect(Citizen.title(page) == "Welcome, AINA PROVA MOSTRA")
        #expect(page.contains("****5678Z") && !page.contains("12345678Z"))
        // What the person saw before: which program, for what.
        #expect(world.asked.contains(reference))
        #expect(world.asked.contains("/clave-pin\" ["))
        #expect(world.asked.contains("Ajuntament de Mostra"))
    }

    @Test func `gives a PIN once, also as JSON`() throws {
        let world = try World()
        world.activate()
        let reference = try #require(Citizen.reference(Citizen(world).askPIN()))
        let json = world.run("clave-pin", ["-j", "-w", "60"])
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((object["pin"] as? String)?.count == 3)
        #expect(object["reference"] as? String == reference)
        #expect(object["kind"] as? String == "pin")
        #expect((object["expires_in"] as? Int).map { (500...600).contains($0) } == true)
        let again = world.run("clave-pin", ["-w", "0"])
        #expect(again.code == 1)
        #expect(again.errors.contains("Nothing came in time"))
    }

    @Test func `ends at a no, and the PIN stays for a yes`() throws {
        let world = try World(answers: "no")
        world.activate()
        Citizen(world).askPIN()
        let refused = world.run("clave-pin", ["-w", "60"])
        #expect(refused.code == 1)
        #expect(refused.output.isEmpty)
        try world.answer("yes")
        #expect(world.run("clave-pin", ["-w", "60"]).code == 0)
    }

    @Test func `tells nothing of wrong data: unknown document, wrong date and right data look alike`() throws {
        let world = try World()
        func shape(_ document: String, _ datum: String) throws -> String {
            let page = Citizen(world).askPIN(document, datum)
            let reference = try #require(Citizen.reference(page))
            return page.replacingOccurrences(of: reference, with: "R")
                .replacingOccurrences(
                    of: "name=\"form\" value=\"[^\"]*\"", with: "", options: .regularExpression
                )
                .replacingOccurrences(of: "data-until=\"[0-9]*\"", with: "", options: .regularExpression)
        }
        let right = try shape("12345678Z", "31-12-2030")
        #expect(try shape("12345678Z", "30-12-2030") == right)
        #expect(try shape("87654321X", "31-12-2030") == right)
    }

    @Test(arguments: [
        ("11111111H", "03-03-2003", true), ("X1234567L", "E12345678", false), ("Y1234567X", "9999999", false),
    ])
    func `is open to permanent DNI and to NIE`(document: String, datum: String, permanent: Bool) throws {
        let world = try World(agent: false)
        let citizen = Citizen(world)
        citizen.askPIN(document, datum.count == 7 ? "C0" + datum : datum, permanent: permanent)
        // Without an active device the PIN comes by SMS at once.
        let pin = try world.pinBySMS()
        #expect(Citizen.title(citizen.type(pin))?.hasPrefix("Welcome") == true)
    }

    @Test func `closes after three wrong PINs, also for the right one`() throws {
        let world = try World()
        world.activate()
        let citizen = Citizen(world)
        citizen.askPIN()
        let right = world.run("clave-pin", ["-w", "60"]).output.prefix(3)
        for wrong in ["AAA", "222", "QQQ"] where wrong != right { _ = citizen.type(wrong) }
        let page = citizen.type(String(right))
        #expect(Citizen.title(page)?.hasPrefix("Welcome") != true)
    }

    @Test(arguments: [("12345678A", "letter"), ("A12345678", "company"), ("12", "missing")])
    func `says what is wrong with the form of a document`(document: String, word: String) throws {
        let world = try World(agent: false)
        let citizen = Citizen(world)
        citizen.enter()
        citizen.load("/gateway/pin")
        let page = citizen.load("/gateway/pin/document", ["document": document])
        #expect(page.contains("role=\"alert\""))
        #expect(page.lowercased().contains(word))
    }

    @Test func `is blocked for who guesses: ten attempts on a document, and the eleventh waits`() throws {
        let world = try World(agent: false)
        for _ in 0..<10 { Citizen(world).askPIN("12345678Z", "01-01-2031") }
        #expect(Citizen.title(Citizen(world).askPIN("12345678Z", "31-12-2030")) == "Too many attempts")
    }
}
