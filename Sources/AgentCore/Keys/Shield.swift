import SecureMemory
import Wire

/// Keeps keys encrypted while nobody uses them: each is sealed under one key in guarded memory, and opened for one
/// operation. Locked, the shield's key itself is sealed under a passphrase, and the plain one is gone.
@CoreActor
final class Shield {
    private enum State {
        case open(SecretBox)
        case locked(sealed: [UInt8], KeyDerivation)
    }

    private nonisolated static let context = Array("clave-agent lock v1".utf8)
    /// Milliseconds after a wrong passphrase, at most.
    private static let longestDelay: UInt64 = 10_000

    private var state = State.open(SecretBox(.random(count: AuthenticatedSealing.keyLength)))
    private let turnstile = Turnstile()
    private var delay: UInt64
    private let firstDelay: UInt64
    private let makeDerivation: @Sendable () -> KeyDerivation

    /// - Parameters:
    ///   - derivation: how hard it is to try lock passphrases.
    ///   - firstDelay: milliseconds after the first wrong one; each further one doubles them.
    init(derivation: @escaping @Sendable () -> KeyDerivation = { .recommended() }, firstDelay: UInt64 = 100) {
        makeDerivation = derivation
        self.firstDelay = firstDelay
        delay = firstDelay
    }

    var isLocked: Bool {
        if case .locked = state { return true }
        return false
    }

    /// Seals a secret that belongs to `owner`; nil while locked.
    func seal(_ secret: borrowing SecretBytes, of owner: [UInt8]) -> [UInt8]? {
        guard case .open(let box) = state else { return nil }
        return box.withSecret { key in
            secret.withBytes { AuthenticatedSealing.seal($0, under: key, context: owner) }
        }
    }

    /// The key, for a worker; nil while locked.
    var key: SecretBox? {
        guard case .open(let box) = state else { return nil }
        return box
    }

    /// Locks; false if it is locked already, or the key can't be derived.
    func lock(_ passphrase: SecretBox) async -> Bool {
        guard await turnstile.enter() else { return false }
        defer { turnstile.leave() }
        guard case .open(let box) = state else { return false }
        let derivation = makeDerivation()
        let sealed = await WorkerPool.shared.run { () -> [UInt8]? in
            guard let lock = Self.derive(derivation, passphrase) else { return nil }
            return box.withSecret { key in
                key.withBytes { AuthenticatedSealing.seal($0, under: lock, context: Self.context) }
            }
        }
        guard let sealed, !isLocked else { return false }
        state = .locked(sealed: sealed, derivation)
        delay = firstDelay
        return true
    }

    /// Unlocks; a wrong passphrase is answered late, and only who gave one waits.
    func unlock(_ passphrase: SecretBox) async -> Bool {
        guard await turnstile.enter() else { return false }
        defer { turnstile.leave() }
        guard case .locked(let sealed, let derivation) = state else { return false }
        let opened = await WorkerPool.shared.run { () -> SecretBox? in
            guard let lock = Self.derive(derivation, passphrase),
                let key = AuthenticatedSealing.open(sealed, under: lock, context: Self.context)
            else { return nil }
            return SecretBox(key)
        }
        guard let opened else {
            let pause = delay
            delay = min(delay * 2, Self.longestDelay)
            await Promise<Void>().wait(milliseconds: pause, ifLate: (), ifCancelled: ())
            return false
        }
        state = .open(opened)
        return true
    }

    private nonisolated static func derive(_ derivation: KeyDerivation, _ passphrase: SecretBox) -> SecretBytes? {
        // With its length in front, so that an empty one is a passphrase as well: ssh-add lets people choose it.
        var input = SecretWriter()
        guard passphrase.withSecret({ input.put($0) }) != nil else { return nil }
        return derivation.key(from: input.finish(), length: AuthenticatedSealing.keyLength)
    }
}
