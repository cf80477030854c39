import SSHKeys
import SecureMemory
import Synchronization

/// A key's secret half, encrypted: opened for one signature, in memory that is wiped after it.
final class ShieldedKey: Sendable {
    private let key: PublicKey
    private let sealed: GuardedBytes
    /// Sealed states of RSA's blinding; each belongs to one signature at a time.
    private let blindings = Mutex<[[UInt8]]>([])
    private static let maximumBlindings = 8

    /// - Parameter sealed: what ``Shield/seal(_:of:)`` gave for the key's secret.
    init(_ key: PublicKey, _ sealed: GuardedBytes) {
        self.key = key
        self.sealed = sealed
    }

    /// Whether a signature takes no longer than a frame's way through the agent (some 20 µs).
    var isQuick: Bool { key.algorithm == .ed25519 || key.algorithm == .ecdsaP256 }

    /// The secret half itself, for a key that signs elsewhere; nil if it does not open.
    func open(under shield: SecretBox) -> SecretBytes? {
        let count = sealed.count - AuthenticatedSealing.overhead
        guard count >= 0 else { return nil }
        let secret = SecretBytes(zeros: count)
        let isOpen = shield.withSecret { shield in
            secret.withMutableBytes { target in
                AuthenticatedSealing.open(sealed, under: shield, context: key.blob, into: &target)
            }
        }
        guard isOpen == true else { return nil }
        return secret
    }

    /// The signature blob; nil if it can't be made. May be called from any thread.
    ///
    /// - Parameter shield: the key that ``Shield/key`` lent.
    func sign(_ data: [UInt8], flags: UInt32, under shield: SecretBox) -> [UInt8]? {
        let count = sealed.count - AuthenticatedSealing.overhead
        let scratch = Scratch.take()
        defer { scratch.giveBack() }
        guard count >= 0, count <= scratch.secret.count else { return nil }
        return shield.withSecret { shield in
            // Lent once for all that needs it here: each change of its protection stops the other threads for a moment.
            shield.withBytes { _ in
                scratch.secret.withBytes(first: count) { secret in
                    guard AuthenticatedSealing.open(sealed, under: shield, context: key.blob, into: &secret) else {
                        return nil
                    }
                    return withBlinding(under: shield, scratch.blinding) { state in
                        Signer.sign(data, with: key, secret.bytes, flags: flags, blinding: &state)
                    }
                }
            }
        } ?? nil
    }

    /// Lends a blinding state, which is kept sealed for the next signature if this one succeeds.
    private func withBlinding(
        under shield: borrowing SecretBytes, _ memory: GuardedBuffer, _ body: (inout MutableRawSpan) -> [UInt8]?
    ) -> [UInt8]? {
        let length = RSABlinding.length(of: key)
        let stored = length > 0 ? blindings.withLock { $0.popLast() } : nil
        return memory.withBytes(first: length) { state in
            if let stored, !AuthenticatedSealing.open(stored, under: shield, context: key.blob, into: &state) {
                return nil
            }
            let result = body(&state)
            if result != nil, length > 0 {
                let kept = AuthenticatedSealing.seal(state.bytes, under: shield, context: key.blob)
                blindings.withLock { if $0.count < Self.maximumBlindings { $0.append(kept) } }
            }
            return result
        }
    }
}

/// Memory for one signature, made once and used by one thread at a time.
private final class Scratch: Sendable {
    private static let pool = Mutex<[Scratch]>([])

    /// A key's secret numbers.
    let secret = GuardedBuffer(count: 12 * 1024)
    /// A state of RSA's blinding.
    let blinding = GuardedBuffer(count: 1 + 2 * KeyLimits.number)

    static func take() -> Scratch { pool.withLock { $0.popLast() } ?? Scratch() }

    func giveBack() { Self.pool.withLock { $0.append(self) } }
}
