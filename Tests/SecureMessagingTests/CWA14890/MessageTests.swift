import SecureMemory
import Testing

@testable import SecureMessaging

@Suite struct `The message that authenticates one side` {
    private static let answered: [UInt8] = Array(1...16)
    private let signer = TestKeys.shared.card
    private let recipient = TestKeys.shared.other

    private func sealed(_ key: borrowing SecretBytes) -> [UInt8] {
        let randoms = CWARandoms(challenge: Array(1...8), padding: randomBytes(74), key: key.copy())!
        return CWAMessage.seal(
            randoms, answering: Self.answered, by: signer.privateKey(), for: recipient.publicKey)!
    }

    private func opens(_ message: [UInt8], _ key: borrowing SecretBytes) -> Bool {
        let opened = CWAMessage.open(
            message, answering: Self.answered, by: signer.publicKey, for: recipient.privateKey())
        guard let opened else { return false }
        return opened.equals(key)
    }

    /// Whether the signer has taken the complement of the signature: the half with the frame is the other one.
    private func isComplement(_ message: [UInt8]) -> Bool {
        let signature = recipient.privateKey().raised(message.span.bytes)!
        let value = signature.withBytes { signer.publicKey.raised($0) }!
        return value.withBytes { CWABytes.byte($0, 0) != 0x6A || CWABytes.byte($0, 127) != 0xBC }
    }

    @Test func `opens whether the signature or its complement is the smaller, and with leading zeros`() {
        var (kinds, hasZero) = (Set<Bool>(), false)
        // Either kind is one of two, a zero one of 256: that none comes in so many is chance of one in 10^13.
        for _ in 0..<8000 where kinds.count < 2 || !hasZero {
            let key = SecretBytes.random(count: 32)
            let message = sealed(key)
            #expect(message.count == 128)
            let isOpen = opens(message, key)
            #expect(isOpen)
            kinds.insert(isComplement(message))
            if message[0] == 0 { hasZero = true }
        }
        #expect(kinds == [true, false] && hasZero)
    }

    @Test func `never has a signature above half the modulus`() {
        for _ in 0..<50 {
            let message = sealed(.random(count: 32))
            let signature = recipient.privateKey().raised(message.span.bytes)!
            let other = signer.publicKey.complement(signature).withBytes { CWABytes.array($0) }
            let own = signature.withBytes { CWABytes.array($0) }
            #expect(own.lexicographicallyPrecedes(other))
        }
    }

    @Test func `is none with any bit changed, or of another length`() {
        let key = SecretBytes.random(count: 32)
        let message = sealed(key)
        let isOpen = opens(message, key)
        #expect(isOpen)
        for bit in 0..<1024 {
            var changed = message
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let opened = CWAMessage.open(
                changed, answering: Self.answered, by: signer.publicKey, for: recipient.privateKey())
            let isNone = opened == nil
            #expect(isNone, "\(bit)")
        }
        for other in [[], Array(message.dropLast()), message + [0], [UInt8](repeating: 0xFF, count: 128)] {
            let opened = CWAMessage.open(
                other, answering: Self.answered, by: signer.publicKey, for: recipient.privateKey())
            let isNone = opened == nil
            #expect(isNone)
        }
    }

    @Test func `answers one challenge, of one signer, for one recipient`() {
        let message = sealed(.random(count: 32))
        let third = TestKeys.shared.root
        var answered = Self.answered
        answered[15] ^= 1
        let others = [
            CWAMessage.open(message, answering: answered, by: signer.publicKey, for: recipient.privateKey()) == nil,
            CWAMessage.open(message, answering: Self.answered, by: third.publicKey, for: recipient.privateKey()) == nil,
            CWAMessage.open(message, answering: Self.answered, by: signer.publicKey, for: third.privateKey()) == nil,
        ]
        #expect(others == [true, true, true])
    }
}
