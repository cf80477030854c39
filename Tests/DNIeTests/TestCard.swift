import DNIeSimulator
import Foundation
import Posix
import SmartCard

@testable import DNIe

/// A card of a generation, made once for all tests: its keys take long to make, and no test changes it.
///
/// What a card remembers is each ``TestReader``'s own.
struct TestCard: Sendable {
    static let pin = "Prueba123"
    static let can = "123456"

    static let second = make(.two)
    static let third = make(.three)
    /// Of the second generation's chips, as the support number says.
    static let thirdOfFirstRoot = make(.three, support: "BMP100000")
    static let firstOfSecondRoot = make(.three, support: "BMP100001")
    static let fourth = make(.four)
    /// Another one of the newest.
    static let other = make(.four)

    let model: CardModel
    /// The settings of a terminal that knows the card's root.
    let settings: DNIeSettings

    private static func make(_ generation: CardGeneration, support: String? = nil) -> TestCard {
        let path = NSTemporaryDirectory() + "clave-dnie-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            var order = CardOrder(person: try CardPerson(name: "María/Ficticia/Ejemplo", document: "99999999R"))
            (order.generation, order.support, order.pin, order.can) = (generation, support, pin, can)
            let folder = CardFolder(path)
            try folder.create(order)
            var settings = DNIeSettings()
            guard settings.addTestRoots(path + "/trust/component-root.pem") == 1 else { fatalError("no root") }
            return TestCard(model: try folder.model(), settings: settings)
        } catch { fatalError("\(error)") }
    }

    /// The same chip with other files and keys, as after the police's terminal has renewed its certificates.
    func renewed(by other: TestCard) -> TestCard {
        var files = model.files
        for place: UInt16 in [0x7001, 0x7002, 0x7003] { files[[0x6061, place]] = other.model.files[[0x6061, place]] }
        return TestCard(model: with(files, keys: other.model.keys), settings: settings)
    }

    /// The same with another content of a file.
    func with(_ content: [UInt8], at path: [UInt16]) -> TestCard {
        var files = model.files
        files[path] = CardFile(files[path]!.kind, content, needsPIN: files[path]!.needsPIN)
        return TestCard(model: with(files, keys: model.keys), settings: settings)
    }

    private func with(_ files: [[UInt16]: CardFile], keys: [UInt8: CardKey]) -> CardModel {
        CardModel(
            generation: model.generation, serial: model.serial, support: model.support, can: model.can,
            pin: model.pin, files: files, keys: keys, componentKey: model.componentKey)
    }
}
