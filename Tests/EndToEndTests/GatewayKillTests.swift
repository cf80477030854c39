import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// The gateway killed between any two of its writes while people register by letter and activate: after a restart each
/// of them comes to the end by the same commands, registered once, with one device.
@Suite struct `A gateway that is killed between any two writes` {
    private let world: World
    private let shim: String

    init() throws {
        world = try World()
        shim = world.folder + "/kill.so"
        let source = Files.parent(of: #filePath) + "/kill-writes.c"
        let made = world.run(
            "/usr/bin/gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim, source, "-ldl"])
        try #require(made.code == 0, "\(made)")
    }

    private var trigger: String { world.folder + "/armed" }

    /// A gateway that dies before a write, counted from now.
    private func startMortalGateway(_ call: Int) throws {
        unlink(trigger)
        try startGateway([
            "LD_PRELOAD": shim, "CLAVE_KILL_AT": "\(call)", "CLAVE_KILL_FROM": trigger,
        ])
        try world.touch("armed")
    }

    /// Does something until it is done, with a new gateway each time that the old one has died.
    private func insist(_ what: String, _ act: () throws -> Bool) throws {
        for _ in 0..<5 {
            let isDone = try act()
            try revive()
            if isDone { return }
        }
        throw WaitedInVain(what: what)
    }

    private func revive() throws {
        if world.gatewayRuns { return }
        world.killGateway()
        try startGateway()
    }

    /// All of these people come from one address.
    private func startGateway(_ environment: [String: String] = [:]) throws {
        try world.startGateway(arguments: ["--attempts-per-address", "1000000"], environment: environment)
    }

    /// The code on the newest of a person's letters, once it is printed.
    private func code(_ document: String) throws -> String {
        let state = world.folder + "/gateway"
        let letters = world.run("clave-gateway", ["letter", "list", "-s", state, "-j", "--document", document]).output
        let number = try #require(letters.firstMatch(of: /"number":([0-9]+)/)?.1, "\(letters)")
        let file = "\(state)/letters/letter-\(number).pdf"
        try world.wait("the letter of \(document)") {
            // It may die while it prints.
            try revive()
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
            try insist("a letter") {
                run(["letter", "--document", document, "--validity", "31-12-2030"], by: "on its way")
            }
            try insist("the code") {
                try world.answer(field: "letter-code", try code(document))
                return true
            }
            let contact = ["--phone", "\(611_000_000 + index)", "--email", "p\(index)@example.org"]
            try insist("the registration") { run(["--resume", "--activate", "yes"] + contact, by: "Activated: ") }
        } catch { throw Failure(message: "\(document), \(error): \(said)") }
    }

    private struct Failure: Error { let message: String }

    @Test func `loses nothing, and grants nothing twice`() throws {
        world.killGateway()
        let seeded = world.run("clave-gateway", ["seed", "--newcomers", "1000", "-s", world.folder + "/gateway"])
        try #require(seeded.code == 0, "\(seeded)")
        var people = 0
        while true {
            try startMortalGateway(1 + people)
            let process = world.gatewayPID
            try register(people)
            people += 1
            if world.gatewayPID == process { break }
            world.killGateway()
        }
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
}
