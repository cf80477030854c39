import Foundation
import Glibc
import Posix
import TestSupport
import Testing

/// The gateway of a world, killed before one of its writes and started again, until an act gets by without its death.
struct MortalGateway {
    let world: World
    private let shim: String

    init(_ world: World) throws {
        self.world = world
        shim = world.folder + "/kill.so"
        let source = Files.parent(of: #filePath) + "/kill-writes.c"
        let made = world.run(
            "/usr/bin/gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim, source, "-ldl"])
        try #require(made.code == 0, "\(made)")
    }

    /// Does an act again and again, the gateway dying before its first write, then before its second, and so on.
    ///
    /// - Parameter act: Is given how often it was done before, and comes to its end through `insist`.
    /// - Returns: How often it was done: once more than there are writes in it.
    func dieBeforeEachWrite(of act: (Int) throws -> Void) throws -> Int {
        world.killGateway()
        var times = 0
        while true {
            try startMortal(write: 1 + times)
            let process = world.gatewayPID
            try act(times)
            times += 1
            let isOver = world.gatewayPID == process
            world.killGateway()
            if isOver { break }
        }
        try start()
        return times
    }

    /// Does something until it is done, with a new gateway each time that the old one has died.
    func insist(_ what: String, _ act: () throws -> Bool) throws {
        for _ in 0..<5 {
            let isDone = try act()
            // One that is dying still runs for a moment.
            if !isDone { usleep(200_000) }
            try revive()
            if isDone { return }
        }
        throw WaitedInVain(what: what)
    }

    /// Starts another gateway where the old one has died.
    func revive() throws {
        if world.gatewayRuns { return }
        world.killGateway()
        try start()
    }

    /// A gateway that dies before a write, counted from now.
    private func startMortal(write: Int) throws {
        let trigger = world.folder + "/armed"
        unlink(trigger)
        try start(["LD_PRELOAD": shim, "CLAVE_KILL_AT": "\(write)", "CLAVE_KILL_FROM": trigger])
        try world.touch("armed")
    }

    /// All that is done comes from one address, and much of it is for one person.
    private func start(_ environment: [String: String] = [:]) throws {
        try world.startGateway(
            arguments: ["--attempts-per-address", "1000000", "--attempts-per-document", "1000000"],
            environment: environment)
    }
}
