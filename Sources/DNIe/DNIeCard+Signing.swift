public import SecureMemory
import SecureMessaging
import SmartCard

/// The PIN and the signature.
extension DNIeCard {
    /// Characters of a PIN.
    public static let pinLengths = 8...16
    /// The most tries that a card gives.
    static let maximumTries = 15

    /// Opens the secure channel in which the PIN is verified.
    ///
    /// - Returns: the tries that are left; zero if the PIN is blocked.
    public func beginPIN() throws(DNIeError) -> Int {
        try openChannel(generation == .second ? .user : .pin)
        tell(.pin)
        // Without data: nothing is tried.
        let answer = try transmit(CommandAPDU(0x00, 0x20, 0x00, 0x00), .pin)
        switch answer.status {
        case 0x63C0...0x63CF: return Int(answer.status & 0xF)
        case 0x6983: return 0
        default: throw .refused(.pin, answer.status)
        }
    }

    /// Verifies the PIN, once, and makes the card ready to sign.
    ///
    /// - Throws: ``DNIeError/wrongPIN(triesLeft:)`` or ``DNIeError/blockedPIN``; another may be tried in the same
    ///   channel as long as tries are left.
    public func verify(_ pin: borrowing SecretBytes) throws(DNIeError) {
        guard let channel = channel as? CWAChannel else { throw .failed(.pin, "no channel for the PIN") }
        guard Self.pinLengths.contains(pin.count) else { throw .failed(.pin, "a PIN of no possible length") }
        let answer: ResponseAPDU
        do throws(CardError) {
            answer = try channel.transmit(CommandAPDU(0x00, 0x20, 0x00, 0x00), secret: pin)
        } catch { throw DNIeError(error, .pin) }
        switch answer.status {
        case 0x9000: break
        case 0x63C1...0x63CF: throw .wrongPIN(triesLeft: Int(answer.status & 0xF))
        case 0x63C0, 0x6983: throw .blockedPIN
        default: throw .refused(.pin, answer.status)
        }
        if generation == .second { try complete() } else { try openChannel(.user) }
    }

    /// The card's signature by RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2), as long as the key's modulus.
    ///
    /// - Parameters:
    ///   - digestInfo: DER, section 9.2.
    ///   - purpose: the key.
    /// - Throws: ``DNIeError/needsPIN`` if the card wants the PIN once more: ``beginPIN()`` and ``verify(_:)`` again.
    public func sign(_ digestInfo: [UInt8], for purpose: CardContents.Purpose) throws(DNIeError) -> [UInt8] {
        guard let credential = contents?.credential(for: purpose), let key = credential.key else {
            forgetKept()
            throw .noKey
        }
        tell(.signature)
        if chosenKey != key {
            let place: [UInt8] = [0x84, 0x02, UInt8(key >> 8), UInt8(key & 0xFF)]
            try require(CommandAPDU(0x00, 0x22, 0x41, 0xB6, data: place))
            chosenKey = key
        }
        let answer = try require(CommandAPDU(0x00, 0x2A, 0x9E, 0x9A, data: digestInfo, expected: 256))
        guard CardSignature.isRight(answer.data, over: digestInfo, by: credential.certificate) else {
            forgetKept()
            throw .notAuthentic(.signature)
        }
        return answer.data
    }

    private func openChannel(_ role: CWARole) throws(DNIeError) {
        tell(.channel)
        guard let identity else { throw .failed(.channel, "the card was not read") }
        chosenKey = nil
        var settings = CWASettings(generation: generation)
        settings.saysExpected = self.settings.saysExpected
        do throws(CWAFailure) {
            channel = try CWATerminal(settings).open(role, to: identity, through: channel, over: lower)
        } catch {
            // Perhaps the card is another than what was kept of it.
            if error.cause == .notAuthentic { forgetKept() }
            throw DNIeError(error.cause, .channel)
        }
    }

    @discardableResult
    private func require(_ command: CommandAPDU) throws(DNIeError) -> ResponseAPDU {
        let answer = try transmit(command, .signature)
        if answer.status == 0x6982 { throw .needsPIN }
        guard answer.isSuccess else { throw .refused(.signature, answer.status) }
        return answer
    }

    private func transmit(_ command: CommandAPDU, _ stage: DNIeStage) throws(DNIeError) -> ResponseAPDU {
        do { return try channel.transmit(command) } catch { throw DNIeError(error, stage) }
    }
}
