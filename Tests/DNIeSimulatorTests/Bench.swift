import COpenSSL
import DNIeSimulator
import Foundation
import Posix
import SmartCard
import TestSupport

/// A card in a folder of its own, which goes with it.
final class Bench {
    static let pin = "Prueba123"

    let path = NSTemporaryDirectory() + "clave-dnie-" + UUID().uuidString.prefix(8)
    let folder: CardFolder
    let model: CardModel

    init(_ generation: CardGeneration = .four, support: String? = nil) throws {
        folder = CardFolder(path)
        var order = CardOrder(person: try CardPerson(name: "María/Ficticia/Ejemplo", document: "99999999R"))
        order.generation = generation
        order.support = support
        order.pin = Self.pin
        order.can = "123456"
        try folder.create(order)
        model = try folder.model()
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The card, with its counters on the disk; it keeps the bench, and with it the folder, alive.
    func card(
        _ interface: CardInterface = .contact, needsChannels: Bool = false, handshake: (any CardHandshake)? = nil
    ) throws -> VirtualCard {
        try card(interface, CardRules(model.generation, needsChannels: needsChannels), handshake)
    }

    /// The card with the channels of a real one.
    func secureCard(
        _ interface: CardInterface = .contact, _ change: (inout CardRules) -> Void = { _ in }
    ) throws -> VirtualCard {
        var rules = CardRules(model.generation)
        change(&rules)
        guard let handshake = DNIeHandshake(model, interface: interface, rules: rules) else {
            throw CardError.failed("the chip's key is none")
        }
        return try card(interface, rules, handshake)
    }

    private func card(
        _ interface: CardInterface, _ rules: CardRules, _ handshake: (any CardHandshake)?
    ) throws -> VirtualCard {
        let memory = CardMemory(try folder.counters()) { [self] counters in (try? folder.keep(counters)) != nil }
        return VirtualCard(model, rules: rules, interface: interface, memory: memory, handshake: handshake)
    }
}

extension VirtualCard {
    /// A command by its hexadecimal digits, and the answer's.
    mutating func says(_ command: String) -> String {
        respond(to: CommandAPDU(bytes: octets(command))!).bytes.hexadecimal
    }

    /// Selects the master file and what lies below it.
    mutating func goTo(_ identifiers: String...) -> String {
        var last = says("00A404000B4D61737465722E46696C65")
        for identifier in identifiers { last = says("00A4000002" + identifier) }
        return last
    }

    /// VERIFY with a text.
    mutating func verify(_ pin: String) -> String {
        let pin = Array(pin.utf8)
        return says("00200000" + ([UInt8(pin.count)] + pin).hexadecimal)
    }
}

extension Sequence<UInt8> {
    var hexadecimal: String { map { String(format: "%02X", $0) }.joined() }
}

/// The bytes of hexadecimal digits.
func octets(_ text: String) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
}

/// The DigestInfo of a SHA-256 of ones.
let digest = octets("3031300D060960864801650304020105000420") + [UInt8](repeating: 1, count: 32)

/// Whether a signature by PKCS #1 1.5 over a DigestInfo is of the key in a certificate in DER.
func verifies(_ signature: [UInt8], over digest: [UInt8], by certificate: [UInt8]) -> Bool {
    var position = UnsafePointer(certificate.withUnsafeBufferPointer { $0.baseAddress })
    return certificate.withUnsafeBufferPointer { bytes in
        position = bytes.baseAddress
        guard let read = d2i_X509(nil, &position, bytes.count), let key = X509_get0_pubkey(read),
            let context = EVP_PKEY_CTX_new(key, nil)
        else { return false }
        defer {
            EVP_PKEY_CTX_free(context)
            X509_free(read)
        }
        return EVP_PKEY_verify_init(context) == 1 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
            && EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
    }
}
