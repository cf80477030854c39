import DNIeSimulator
import Glibc
import Posix
import SecureMemory
import TestSupport

/// A virtual card in a card service of its own, and what the card has heard.
final class CardBench {
    /// The card's, which is nobody's.
    static let pin = "Prueba123"
    static let can = "123456"
    /// Bytes of the card's log at most.
    private static let logLimit = 16_777_216

    let folder: String
    let generation: CardGeneration
    let service: CardService
    private let simulator: Child

    /// The folder of the card, and its root's key.
    var card: String { folder + "/card" }
    var root: String { card + "/trust/component-root.pem" }

    init(_ folder: String, _ generation: CardGeneration, isContactless: Bool) throws {
        (self.folder, self.generation) = (folder, generation)
        try Files.makeFolder(folder)
        var order = CardOrder(person: try CardPerson(name: "María/Ficticia/Ejemplo", document: "99999999R"))
        (order.generation, order.pin, order.can) = (generation, Self.pin, Self.can)
        try CardFolder(folder + "/card").create(order)
        service = try CardService()
        try Files.replace(folder + "/pids", with: Array("\(service.pid)\n".utf8))
        // OpenSC does not log in to read the second generation's certificates.
        let rules = (isContactless ? ["--contactless"] : []) + (generation.isOld ? ["--open-certificates"] : [])
        simulator = try service.insert(folder + "/card", rules + ["--log", folder + "/apdu"])
        try Files.replace(folder + "/pids", with: Array("\(service.pid) \(simulator.pid)\n".utf8))
        unsafe setenv(CardService.variable, service.socket, 1)
    }

    /// Nobody has to be ended any more.
    func forget() {
        simulator.end()
        service.stop()
        unsafe unlink(folder + "/pids")
    }

    /// What the card hears and says while something is done.
    func tally(_ body: () throws -> Void) throws -> Tally {
        let begun = try log()
        try body()
        return try log() - begun
    }

    private func log() throws -> Tally {
        Tally(unsafe access(folder + "/apdu", F_OK) == 0 ? try Files.read(folder + "/apdu", limit: Self.logLimit) : [])
    }
}

/// Commands, and bytes with their headers and statuses; as they pass between reader and card, GET RESPONSE among them.
struct Tally {
    private(set) var commands = 0
    private(set) var sent = 0
    private(set) var received = 0

    /// - Parameter log: the simulator's, a line for each command, `NUMBER > DIGITS`, and each answer, `NUMBER < DIGITS`.
    init(_ log: [UInt8]) {
        for line in log.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: " "))
            guard parts.count == 3 else { continue }
            if parts[1] == [UInt8(ascii: ">")] {
                commands += 1
                sent += parts[2].count / 2
            } else {
                received += parts[2].count / 2
            }
        }
    }

    static func - (whole: Tally, part: Tally) -> Tally {
        var rest = whole
        rest.commands -= part.commands
        rest.sent -= part.sent
        rest.received -= part.received
        return rest
    }

    var texts: [String] { [commands, sent, received].map { String($0) } }
}
