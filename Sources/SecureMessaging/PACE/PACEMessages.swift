import SmartCard

/// The commands and answers of PACE (ICAO Doc 9303-11 section 4.4.4), written and read.
enum PACEMessages {
    /// Tags of what a step's command and answer carry, in their dynamic authentication data (7C).
    enum Content: UInt32 {
        case encryptedNonce = 0x80
        case terminalMapping, cardMapping, terminalKey, cardKey, terminalToken, cardToken
    }

    /// Bytes of an encrypted nonce: whole blocks.
    static func isNonceLength(_ count: Int) -> Bool { count == 16 || count == 32 }

    // MARK: MSE:Set AT

    /// The command that chooses protocol, password and curve.
    static func settings(_ info: PACEInfo, _ kind: PACEPassword.Kind) -> CommandAPDU {
        let objects = [TLV(0x80, info.identifier), TLV(0x83, [kind.rawValue]), TLV(0x84, [info.curve.rawValue])]
        return CommandAPDU(0x00, 0x22, 0xC1, 0xA4, data: objects.flatMap(\.bytes))
    }

    static func isSettings(_ command: CommandAPDU) -> Bool { command.header == [0x00, 0x22, 0xC1, 0xA4] }

    /// What such a command chooses; nil if it is not known or not all there. A card with one curve needs no number of it.
    static func settings(in command: CommandAPDU, only info: PACEInfo) -> PACEPassword.Kind? {
        guard let objects = try? TLV.list(command.data, strict: true), (2...3).contains(objects.count),
            objects[0] == TLV(0x80, info.identifier), objects[1].tag == 0x83, objects[1].value.count == 1,
            objects.count == 2 || objects[2] == TLV(0x84, [info.curve.rawValue])
        else { return nil }
        return PACEPassword.Kind(rawValue: objects[1].value[0])
    }

    // MARK: GENERAL AUTHENTICATE

    /// A step's command; without content for the nonce.
    static func authenticate(_ content: Content?, _ value: [UInt8] = []) -> CommandAPDU {
        let isLast = content == .terminalToken
        return CommandAPDU(
            isLast ? 0x00 : 0x10, 0x86, 0, 0, data: data(content, value), expected: 256)
    }

    static func isAuthenticate(_ command: CommandAPDU) -> Bool {
        command.header[0] & 0xEF == 0 && command.header[1...] == [0x86, 0, 0]
    }

    /// What a command carries; nil if it is not this content alone, or its chaining is not that of the step.
    static func value(of content: Content?, in command: CommandAPDU) -> [UInt8]? {
        guard command.header[0] == (content == .terminalToken ? 0x00 : 0x10) else { return nil }
        guard let content else { return command.data == data(nil, []) ? [] : nil }
        return value(of: content, in: command.data)
    }

    static func answer(_ content: Content, _ value: [UInt8]) -> ResponseAPDU {
        ResponseAPDU(data: data(content, value), status: 0x9000)
    }

    /// What an answer, or a command, carries; nil if it is not this content alone.
    static func value(of content: Content, in data: [UInt8]) -> [UInt8]? {
        guard let outer = try? TLV.only(0x7C, in: data, strict: true) else { return nil }
        return try? TLV.only(content.rawValue, in: outer.value, strict: true).value
    }

    private static func data(_ content: Content?, _ value: [UInt8]) -> [UInt8] {
        TLV(0x7C, content.map { [TLV($0.rawValue, value)] } ?? []).bytes
    }

    // MARK: Tokens

    /// What a token is the code over: the protocol and the other side's key (ICAO Doc 9303-11 section 4.4.3.4).
    static func authenticated(_ info: PACEInfo, key: [UInt8]) -> [UInt8] {
        TLV(0x7F49, [TLV(0x06, info.identifier), TLV(0x86, key)]).bytes
    }
}
