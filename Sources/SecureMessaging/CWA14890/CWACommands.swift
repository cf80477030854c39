import SmartCard

/// The commands of the handshake (all but the first of ISO/IEC 7816-4 and 7816-8).
enum CWACommands {
    /// Bytes of an answer at the most, and of a certificate file.
    static let answerLimit = 4096
    /// Bytes that one READ BINARY asks for: protected, they still have room in a short answer.
    static let chunk = 0xDE
    /// The instructions that the card's end knows.
    static let verifyCertificate: UInt8 = 0x2A
    static let manageEnvironment: UInt8 = 0x22
    static let internalAuthenticate: UInt8 = 0x88
    static let getChallenge: UInt8 = 0x84
    static let externalAuthenticate: UInt8 = 0x82
    static let chipInfo: UInt8 = 0xB8

    /// The files of the card's own certificate and of its issuer's.
    static let cardCertificate: [UInt8] = [0x60, 0x1F]
    static let authorityCertificate: [UInt8] = [0x60, 0x20]

    /// GET CHIP INFO: the serial number, 7 bytes.
    static let serial = CommandAPDU(0x90, chipInfo, 0x00, 0x00, expected: 7)
    /// SELECT of the master file, by name: these cards don't know it by its identifier.
    static let selectMaster = CommandAPDU(0x00, 0xA4, 0x04, 0x00, data: Array("Master.File".utf8))

    static func select(_ file: [UInt8]) -> CommandAPDU { CommandAPDU(0x00, 0xA4, 0x00, 0x00, data: file) }

    static func read(at place: Int, _ count: Int) -> CommandAPDU {
        CommandAPDU(0x00, 0xB0, UInt8(place >> 8 & 0x7F), UInt8(place & 0xFF), expected: count)
    }

    /// MANAGE SECURITY ENVIRONMENT: the key that the next certificate is verified with.
    static func verifyWith(_ reference: [UInt8]) -> CommandAPDU {
        CommandAPDU(0x00, manageEnvironment, 0x81, 0xB6, data: TLV(0x83, reference).bytes)
    }

    static func verify(_ certificate: [UInt8]) -> CommandAPDU {
        CommandAPDU(0x00, verifyCertificate, 0x00, 0xAE, data: certificate)
    }

    /// MANAGE SECURITY ENVIRONMENT: the keys of both sides' authentication.
    static func authenticateWith(terminal serial: [UInt8], card reference: [UInt8]) -> CommandAPDU {
        let objects = TLV(0x83, [0, 0, 0, 0] + serial).bytes + TLV(0x84, reference).bytes
        return CommandAPDU(0x00, manageEnvironment, 0xC1, 0xA4, data: objects)
    }

    static func authenticateCard(_ challenge: [UInt8], _ serial: [UInt8], saysExpected: Bool) -> CommandAPDU {
        CommandAPDU(
            0x00, internalAuthenticate, 0x00, 0x00, data: challenge + serial,
            expected: saysExpected ? CWAPublicKey.length : nil)
    }

    static let challenge = CommandAPDU(0x00, getChallenge, 0x00, 0x00, expected: CWARandoms.challengeLength)

    static func authenticateTerminal(_ message: [UInt8]) -> CommandAPDU {
        CommandAPDU(0x00, externalAuthenticate, 0x00, 0x00, data: message)
    }
}
