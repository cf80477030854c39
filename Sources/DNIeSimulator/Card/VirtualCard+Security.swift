import SecureMemory
import SmartCard

extension VirtualCard {
    /// Bytes that a PIN has at most.
    static let pinLimit = 16
    /// The private keys' files lie here.
    private static let keyFolder: UInt8 = 0x01

    // MARK: VERIFY

    /// The PIN; without data, the tries left.
    mutating func verify(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.header[2] == 0 else { return ResponseAPDU(status: CardStatus.wrongParameters) }
        guard command.header[3] == 0 else { return ResponseAPDU(status: CardStatus.referenceNotFound) }
        guard mayVerify else { return ResponseAPDU(status: CardStatus.securityNotSatisfied) }
        guard counters.pinTries > 0 else { return ResponseAPDU(status: CardStatus.blocked) }
        guard !command.data.isEmpty else { return ResponseAPDU(status: triesStatus) }
        guard command.data.count <= Self.pinLimit else { return ResponseAPDU(status: CardStatus.wrongLength) }
        isVerified = false
        // Counted before it is looked at: who takes the power away gains no try.
        guard memory.remember({ $0.pinTries -= 1 }) else { return ResponseAPDU(status: CardStatus.memoryFailure) }
        guard unsafe constantTimeEqual(command.data.span.bytes, model.pin.span.bytes) else {
            return ResponseAPDU(status: counters.pinTries > 0 ? triesStatus : CardStatus.blocked)
        }
        guard memory.remember({ $0.pinTries = CardMemory.pinTries }) else {
            return ResponseAPDU(status: CardStatus.memoryFailure)
        }
        isVerified = true
        return ResponseAPDU(status: CardStatus.success)
    }

    private var triesStatus: UInt16 { CardStatus.wrongPIN | UInt16(counters.pinTries) }

    /// The PIN goes through the only channel of the old generation, and through a channel of its own later.
    private var mayVerify: Bool {
        !rules.needsChannels || protection == (model.generation.isOld ? .user : .pin)
    }

    // MARK: Signing

    /// MSE SET DST: the private key, by the last identifier of its file's path.
    mutating func manageSecurity(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.header[2...] == [0x41, 0xB6] else {
            return ResponseAPDU(status: CardStatus.wrongParameters)
        }
        guard command.data.count == 4, command.data[...2] == [0x84, 0x02, Self.keyFolder] else {
            return ResponseAPDU(status: CardStatus.wrongData)
        }
        guard model.keys[command.data[3]] != nil else { return ResponseAPDU(status: CardStatus.referenceNotFound) }
        chosenKey = command.data[3]
        return ResponseAPDU(status: CardStatus.success)
    }

    /// PSO COMPUTE DIGITAL SIGNATURE over a DigestInfo.
    mutating func performSecurity(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.header[2...] == [0x9E, 0x9A] else { return ResponseAPDU(status: CardStatus.wrongParameters) }
        guard isVerified, !rules.needsChannels || protection == .user else {
            return ResponseAPDU(status: CardStatus.securityNotSatisfied)
        }
        guard let key = chosenKey.flatMap({ model.keys[$0] }) else {
            return ResponseAPDU(status: CardStatus.conditionsNotSatisfied)
        }
        guard DigestInformation.isValid(command.data) else { return ResponseAPDU(status: CardStatus.wrongData) }
        if rules.asksPINEachTime { isVerified = false }
        guard memory.remember({ $0.signatures += 1 }) else { return ResponseAPDU(status: CardStatus.memoryFailure) }
        guard let signature = key.sign(command.data) else { return ResponseAPDU(status: CardStatus.failure) }
        return ResponseAPDU(data: signature, status: CardStatus.success)
    }
}

/// The hash that a signature is made over (RFC 8017 section 9.2, note 1).
///
/// Apart from `DigestInfo` on purpose: a card of the tests that shared it would accept its mistakes.
enum DigestInformation {
    /// Everything before the hash, and the hash's length.
    private static let prefixes: [(bytes: [UInt8], hash: Int)] = [
        ([0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14], 20),
        (sha2(0x31, 0x01, 32), 32), (sha2(0x41, 0x02, 48), 48), (sha2(0x51, 0x03, 64), 64),
    ]

    private static func sha2(_ length: UInt8, _ kind: UInt8, _ hash: UInt8) -> [UInt8] {
        [0x30, length, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, kind, 0x05, 0x00]
            + [0x04, hash]
    }

    /// Whether it is one of SHA-1, SHA-256, SHA-384 or SHA-512, and nothing else.
    static func isValid(_ bytes: [UInt8]) -> Bool {
        prefixes.contains { bytes.starts(with: $0.bytes) && bytes.count == $0.bytes.count + $0.hash }
    }
}
