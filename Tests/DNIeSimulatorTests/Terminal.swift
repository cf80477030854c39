import COpenSSL
import CZlib
import DNIeSimulator
import Foundation
import SecureMemory
import SecureMessaging
import SmartCard
import Testing

/// A card in a reader: the channel that a client has to it.
final class Terminal: CardChannel {
    var transport: CardTransport
    private let bench: Bench

    init(_ bench: Bench, _ interface: CardInterface = .contact, _ change: (inout CardRules) -> Void = { _ in }) throws {
        self.bench = bench
        transport = CardTransport(try bench.secureCard(interface, change))
    }

    var card: VirtualCard { transport.card }

    func transmit(_ command: CommandAPDU) throws(CardError) -> ResponseAPDU {
        guard var answer = ResponseAPDU(bytes: transport.respond(to: command.bytes)) else { throw .malformed }
        var data = answer.data
        while answer.status >> 8 == 0x61 {
            answer = ResponseAPDU(bytes: transport.respond(to: [0x00, 0xC0, 0, 0, UInt8(answer.status & 0xFF)]))!
            data += answer.data
        }
        return ResponseAPDU(data: data, status: answer.status)
    }

    // MARK: Channels

    /// The generation's key set, with the card's own test root in place of the real one.
    var keySet: CWAKeySet {
        get throws {
            try testRooted(bench.model.generation == .two ? .first : .second)
        }
    }

    /// A key set with the card's own test root in place of the real one.
    func testRooted(_ set: CWAKeySet) throws -> CWAKeySet {
        var set = set
        let path = bench.path + "/trust/component-root.pem"
        let modulus = try #require(publicModulus(pem: [UInt8](Data(contentsOf: URL(filePath: path)))))
        set.cardRoot = try #require(CWAPublicKey(modulus: modulus))
        return set
    }

    func open(_ role: CWARole, through current: any CardChannel, _ card: CWACardIdentity) throws -> CWAChannel {
        try terminal.open(role, to: card, through: current, over: self)
    }

    /// Who the card is, read through a channel.
    ///
    /// - Parameter keySet: the terminal's; nil for the right one.
    func identify(through channel: any CardChannel, _ keySet: CWAKeySet? = nil) throws -> CWACardIdentity {
        var terminal = try terminal
        if let keySet { terminal.keySets = [keySet] }
        return try terminal.identify(through: channel)
    }

    var terminal: CWATerminal {
        get throws {
            let generation: CWAGeneration = bench.model.generation == .two ? .second : .third
            return CWATerminal(CWASettings(generation: generation), keySets: [try keySet])
        }
    }

    /// PACE with a card access number.
    func openAccess(_ number: String) throws -> SecureMessagingChannel {
        try PACETerminal.open(over: self, .dnie, with: accessNumber(number))
    }
}

/// A card access number.
///
/// - Precondition: six digits.
func accessNumber(_ digits: String) -> PACEPassword {
    PACEPassword(can: SecretBytes(copying: Array(digits.utf8).span.bytes))!
}

extension CardChannel {
    /// A command by its hexadecimal digits, and the answer's.
    func says(_ command: String) throws -> String {
        try transmit(CommandAPDU(bytes: octets(command))!).bytes.hexadecimal
    }

    /// VERIFY with a text; its status.
    func verify(_ pin: String) throws -> String {
        try transmit(CommandAPDU(0x00, 0x20, 0, 0, data: Array(pin.utf8))).bytes.hexadecimal
    }

    /// Selects the master file and what lies below it.
    @discardableResult func goTo(_ identifiers: String...) throws -> String {
        var last = try says("00A404000B4D61737465722E46696C65")
        for identifier in identifiers { last = try says("00A4000002" + identifier) }
        return last
    }

    /// Sets a key, and signs ``digest`` with it.
    func sign(_ key: UInt8) throws -> ResponseAPDU {
        #expect(try says("002241B6048402010\(key)") == "9000")
        return try transmit(CommandAPDU(0x00, 0x2A, 0x9E, 0x9A, data: digest))
    }
}

extension Bench {
    /// Whether a signature over ``digest`` is by the key of the authentication certificate, or of the signature one.
    func isSignature(_ answer: ResponseAPDU, by key: UInt8) throws -> Bool {
        let file = model.files[[0x6061, 0x7000 + UInt16(key)]]!.content
        var certificate = [UInt8](repeating: 0, count: 4096)
        var count = UInt(certificate.count)
        #expect(uncompress(&certificate, &count, Array(file[8...]), UInt(file.count - 8)) == Z_OK)
        return answer.isSuccess
            && verifies(answer.data, over: digest, by: Array(certificate.prefix(Int(count))))
    }
}

/// The modulus of a public RSA key in PEM.
func publicModulus(pem: [UInt8]) -> [UInt8]? {
    guard let bio = clave_openssl_source(pem, pem.count) else { return nil }
    defer { BIO_free(bio) }
    guard let key = PEM_read_bio_PUBKEY(bio, nil, nil, nil) else { return nil }
    defer { EVP_PKEY_free(key) }
    guard let rsa = EVP_PKEY_get0_RSA(key) else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(RSA_get0_n(rsa)) + 7) / 8)
    BN_bn2bin(RSA_get0_n(rsa), &bytes)
    return bytes
}
