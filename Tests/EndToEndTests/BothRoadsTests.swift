import Foundation
import TestSupport
import Testing

/// A PIN and a Cl@ve Mòbil request for the same procedure, several people in one agent, several procedures.
@Suite struct `Both roads in one agent` {
    @Test func `lead each to its own page, while several people's requests wait`() throws {
        let world = try World()
        world.activate()
        world.activate("00000000T", ["--validity", "15-06-2031"])
        #expect(world.run("clave-add", ["-l", "-j"]).output.split(separator: "\n").count == 2)
        // Aina asks for a PIN and for an approval at one procedure, Bruno for a PIN at the same and at another.
        let (pin, mobile, other, elsewhere) = (Citizen(world), Citizen(world), Citizen(world), Citizen(world))
        let reference = try #require(Citizen.reference(pin.askPIN()))
        let code = try #require(Citizen.first("id=\"code\">([A-Z2-7]{3})<", in: mobile.askApproval()))
        let theirs = try #require(Citizen.reference(other.askPIN("00000000T", "15-06-2031")))
        #expect(theirs != reference)
        try world.wait("all that waits") {
            world.run("clave-requests", ["-j"]).output.split(separator: "\n").count == 3 ? true : nil
        }
        let aina = world.run("clave-requests", ["-j", "-i", "5678Z"]).output
        #expect(aina.contains(reference) && aina.contains(code) && !aina.contains(theirs))
        // The PIN of the one is not asked for with the other, and each page takes its own alone.
        let bruno = world.run("clave-pin", ["-i", "0000T", "-w", "60"])
        #expect(bruno.errors.contains(theirs))
        #expect(Citizen.title(pin.type(bruno.output)) != "Welcome, BRUNO EJEMPLO FICTICIO")
        let right = world.run("clave-pin", ["-w", "60", reference])
        #expect(Citizen.title(pin.type(right.output)) == "Welcome, AINA PROVA MOSTRA")
        #expect(world.run("clave-requests", ["-n", "-w", "60", "-i", "5678Z"]).code == 0)
        #expect(Citizen.title(mobile.load("/gateway/mobile")) == "Welcome, AINA PROVA MOSTRA")
        #expect(Citizen.title(other.type(bruno.output)) == "Welcome, BRUNO EJEMPLO FICTICIO")
        // At another procedure the same people begin anew.
        elsewhere.enter("beca")
        #expect(Citizen.title(elsewhere.load("/procedure/beca")) != "Welcome, BRUNO EJEMPLO FICTICIO")
    }
}
