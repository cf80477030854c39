import DNIeSimulator
import Foundation
import SmartCard

@testable import DNIe

/// A card that is made once for all tests, for its keys take long to make.
struct MadeCard: Sendable {
    static let second = make(.two)
    static let third = make(.three)
    static let fourth = make(.four)

    let model: CardModel
    /// Those of a terminal that knows the card's root.
    let settings: DNIeSettings

    private static func make(_ generation: CardGeneration) -> MadeCard {
        let path = NSTemporaryDirectory() + "clave-dnie-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            var order = CardOrder(person: try CardPerson(name: "María/Ficticia/Ejemplo", document: "99999999R"))
            order.generation = generation
            let folder = CardFolder(path)
            try folder.create(order)
            var settings = DNIeSettings()
            guard settings.addTestRoots(path + "/trust/component-root.pem") == 1 else { fatalError("no root") }
            return MadeCard(model: try folder.model(), settings: settings)
        } catch { fatalError("\(error)") }
    }
}

/// A reader with a card in it, by contact, in memory.
final class MemoryReader: CardChannel {
    private var transport: CardTransport
    private let model: CardModel
    private let memory: CardMemory
    /// How many commands it does before the card is taken out.
    private var commandsLeft: Int

    init(_ card: MadeCard, pinTries: Int = 3, commands: Int = .max) {
        model = card.model
        memory = CardMemory(CardMemory.Counters(pinTries: pinTries))
        commandsLeft = commands
        let rules = CardRules(model.generation)
        let handshake = DNIeHandshake(model, interface: .contact, rules: rules)!
        transport = CardTransport(
            VirtualCard(model, rules: rules, interface: .contact, memory: memory, handshake: handshake))
    }

    var atr: ATR { ATR(model.generation.answerToReset(.contact)!)! }
    /// The tries of the PIN that are left.
    var pinTries: Int { memory.counters.pinTries }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        var answer = try exchange(command)
        if answer.status >> 8 == 0x6C {
            let header = command.header
            answer = try exchange(
                CommandAPDU(header[0], header[1], header[2], header[3], expected: Self.length(answer.status)))
        }
        var data = answer.data
        while answer.status >> 8 == 0x61 {
            answer = try exchange(CommandAPDU(0x00, 0xC0, 0, 0, expected: Self.length(answer.status)))
            data += answer.data
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    private static func length(_ status: UInt16) -> Int { status & 0xFF == 0 ? 256 : Int(status & 0xFF) }

    private func exchange(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        commandsLeft -= 1
        guard commandsLeft >= 0 else { throw .removed }
        guard let response = ResponseAPDU(bytes: transport.respond(to: command.bytes)) else { throw .malformed }
        return response
    }
}
