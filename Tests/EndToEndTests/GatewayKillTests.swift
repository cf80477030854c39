import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// The gateway killed between any two of its writes: after a restart people come to the end by the same commands and
/// pages.
@Suite struct `A gateway that is killed between any two writes` {
    private let world: World
    private let gateway: MortalGateway

    init() throws {
        world = try World()
        gateway = try MortalGateway(world)
    }

    /// The code on the newest of a person's letters, once it is printed.
    private func code(_ document: String) throws -> String {
        let state = world.folder + "/gateway"
        let number = try world.wait("the order of the letter of \(document)") { () throws -> String? in
            // It may have died before it ordered what was asked for.
            try gateway.revive()
            let letters = world.run("clave-gateway", ["letter", "list", "-s", state, "-j", "--document", document])
                .output
            return letters.firstMatch(of: /"number":([0-9]+)/).map { String($0.1) }
        }
        let file = "\(state)/letters/letter-\(number).pdf"
        try world.wait("the letter of \(document)") {
            // It may die while it prints.
            try gateway.revive()
            return access(file, R_OK) == 0 ? true : nil
        }
        let text = world.run("/usr/bin/pdftotext", ["-layout", file, "-"]).output
        return String(try #require(text.firstMatch(of: /[A-Z2-9]{4}( [A-Z2-9]{4}){3}/)).0)
    }

    /// Registers a person of the census to the end, whatever happens meanwhile.
    private func register(_ index: Int) throws {
        let number = 60_000_000 + index
        let sign = Array("TRWAGMYFPDXBNJZSQVHLCKE")[number % 23]
        let document = "\(number)\(sign)"
        var said = ""
        func run(_ arguments: [String], by end: String) -> Bool {
            let outcome = world.run("clave-register", arguments)
            said += outcome.errors
            return outcome.code == 0 && outcome.errors.contains(end)
        }
        do {
            try gateway.insist("a letter") {
                run(["letter", "--document", document, "--validity", "31-12-2030"], by: "on its way")
            }
            try gateway.insist("the code") {
                try world.answer(field: "letter-code", try code(document))
                return true
            }
            let contact = ["--phone", "\(611_000_000 + index)", "--email", "p\(index)@example.org"]
            try gateway.insist("the registration") {
                run(["--resume", "--activate", "yes"] + contact, by: "Activated: ")
            }
        } catch { throw Failure(message: "\(document), \(error): \(said)") }
    }

    private struct Failure: Error { let message: String }

    @Test func `registers each person once, with one device`() throws {
        world.killGateway()
        let seeded = world.run("clave-gateway", ["seed", "--newcomers", "1000", "-s", world.folder + "/gateway"])
        try #require(seeded.code == 0, "\(seeded)")
        let people = try gateway.dieBeforeEachWrite(of: register)
        #expect(people > 20, "fewer writes than there must be: the shim does not see them")
        #expect(world.audit("registered by letter, level 1") == people)
        #expect(world.audit("activate device") == people)
        let held = world.run("clave-add", ["-l", "-j"]).output.split(separator: "\n")
        #expect(held.count { $0.contains("PERSONA NOVELLA") } == people, "\(held)")
        // A letter that was void before it was printed is none that somebody has.
        let state = world.folder + "/gateway"
        let letters = world.run("clave-gateway", ["letter", "list", "-s", state, "-j"]).output
        #expect(letters.split(separator: "\n").count { $0.contains("\"used\"") } == people, "\(letters)")
    }

    /// Asks for something in a page until the page shows it; the visit may be there still, or has to begin anew.
    private func ask(_ what: String, at path: String, for pattern: String, by citizen: Citizen, _ again: () -> String)
        throws -> String
    {
        var found: String?
        try gateway.insist(what) {
            found = Citizen.first(pattern, in: citizen.load(path)) ?? Citizen.first(pattern, in: again())
            return found != nil
        }
        return try #require(found)
    }

    /// Gets into the procedure in the end, once what lets the person in is done. Who was let in just before the gateway
    /// died has to sign in anew: the sandbox's procedures forget who is there when it stops.
    private func arrive(_ citizen: Citizen, at path: String, times: Int, _ act: () -> String) throws {
        let welcome = "Welcome, AINA PROVA MOSTRA"
        try gateway.insist(path) {
            Citizen.title(act()) == welcome || Citizen.title(citizen.load(path)) == welcome
                || world.audit("let in") == times
        }
        #expect(world.audit("let in") == times)
    }

    @Test func `lets a person in once for each PIN and each approval`() throws {
        world.activate()
        let times = try gateway.dieBeforeEachWrite(of: { times in
            let (pin, mobile) = (Citizen(world), Citizen(world))
            let reference = try ask(
                "a PIN", at: "/gateway/pin", for: "id=\"reference\">([A-Z2-7]{4})<", by: pin
            ) { pin.askPIN() }
            var shown = ""
            try gateway.insist("the PIN \(reference)") {
                shown = world.run("clave-pin", ["-w", "10", reference]).output
                return !shown.isEmpty
            }
            try arrive(pin, at: "/gateway/pin", times: 2 * times + 1) { pin.type(shown) }
            let code = try ask(
                "an approval", at: "/gateway/mobile", for: "id=\"code\">([A-Z2-7]{3})<", by: mobile
            ) { mobile.askApproval() }
            try gateway.insist("the yes to \(code)") {
                world.run("clave-requests", ["-n", "-w", "10"]).code == 0
                    || Citizen.title(mobile.load("/gateway/mobile"))?.contains("Welcome") == true
            }
            try arrive(mobile, at: "/gateway/mobile", times: 2 * times + 2) { mobile.load("/gateway/mobile") }
        })
        #expect(times > 8, "fewer writes than there must be: the shim does not see them")
    }
}
