import EventLoop
import SecureMemory

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
    /// Passphrases of one process that may be tried or held back at once; more of it are refused untried.
    static let maximumTries = 32

    private var state = State.open(SecretBox(.random(count: AuthenticatedSealing.keyLength)))
    /// Who gives a passphrase does not stand behind all that somebody else has given.
    private let turns = TurnQueue(.oldestAndNewest)
    /// Passphrases of each process that wait, are tried or held back.
    private var tries: [Int32: Int] = [:]
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

    /// Locks; false if it is locked already, the passphrase is empty, or the key can't be derived.
    func lock(_ passphrase: SecretBox) async -> Bool {
        await turns.withTurn { await lockInTurn(passphrase) } ?? false
    }

    private func lockInTurn(_ passphrase: SecretBox) async -> Bool {
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

    /// Unlocks. A right passphrase is answered as soon as it has been tried; a wrong one late, and only who gave it
    /// waits: not even a passphrase of the same process on another connection does.
    ///
    /// - Parameter process: who gives it.
    func unlock(_ passphrase: SecretBox, of process: Int32) async -> Bool {
        guard isLocked, beginTry(of: process) else { return false }
        let outcome = await turns.withTurn { await tryInTurn(passphrase) } ?? .untried
        guard case .wrong = outcome else {
            endTry(of: process)
            return outcome == .opened
        }
        let pause = delay
        delay = min(delay * 2, Self.longestDelay)
        // Who goes away meanwhile has no free place earlier.
        EventLoop.shared.after(milliseconds: pause) { [weak self] in
            CoreActor.assumeIsolated { self?.endTry(of: process) }
        }
        await Promise<Void>().wait(milliseconds: pause, ifLate: (), ifCancelled: ())
        return false
    }

    private enum Outcome { case opened, wrong, untried }

    private func tryInTurn(_ passphrase: SecretBox) async -> Outcome {
        guard case .locked(let sealed, let derivation) = state else { return .untried }
        let opened = await WorkerPool.shared.run { () -> SecretBox? in
            guard let lock = Self.derive(derivation, passphrase),
                let key = AuthenticatedSealing.open(sealed, under: lock, context: Self.context)
            else { return nil }
            return SecretBox(key)
        }
        guard let opened else { return .wrong }
        state = .open(opened)
        return .opened
    }

    /// How many passphrases of a process wait, are tried or held back.
    func tries(of process: Int32) -> Int { tries[process, default: 0] }

    /// Counts one more passphrase of a process; false if it has too many.
    private func beginTry(of process: Int32) -> Bool {
        guard tries[process, default: 0] < Self.maximumTries else { return false }
        tries[process, default: 0] += 1
        return true
    }

    private func endTry(of process: Int32) {
        let left = tries[process, default: 0] - 1
        tries[process] = left > 0 ? left : nil
    }

    /// The key that a passphrase stands for; nil for an empty one, which OpenSSH's agent refuses too.
    private nonisolated static func derive(_ derivation: KeyDerivation, _ passphrase: SecretBox) -> SecretBytes? {
        guard let passphrase = passphrase.take() else { return nil }
        return derivation.key(from: passphrase, length: AuthenticatedSealing.keyLength)
    }
}
