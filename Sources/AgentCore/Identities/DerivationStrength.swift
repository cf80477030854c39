import SecureMemory

/// How hard it is made to try the vault's passphrase: as hard as the machine can well afford.
struct DerivationStrength: Sendable {
    /// Passes over the memory.
    private static let operations: UInt64 = 3
    /// Bytes of memory where there is not plenty.
    private static let usual: UInt64 = 64 << 20
    /// How many times the memory must be available to count as plenty.
    private static let plenty: UInt64 = 8

    /// Bytes of memory where there is plenty.
    let most: UInt64

    /// Fresh parameters.
    ///
    /// - Parameters:
    ///   - former: what the slot has now, which is never lowered; nil for a new one.
    ///   - available: bytes that this process can have; nil if unknown.
    func derivation(
        after former: KeyDerivation? = nil, available: UInt64? = MachineMemory.available()
    ) -> KeyDerivation {
        let wanted = wanted(available)
        let operations = max(wanted.operations, former?.operations ?? 0)
        let memory = max(wanted.memory, former?.memory ?? 0)
        let salt = randomBytes(KeyDerivation.saltLength)
        return KeyDerivation(operations: operations, memory: memory, salt: salt) ?? wanted
    }

    /// Fresh parameters in the place of weaker ones; nil if the slot's are not weaker in every respect.
    func raised(above slot: KeyDerivation, available: UInt64? = MachineMemory.available()) -> KeyDerivation? {
        let wanted = wanted(available)
        guard slot.operations <= wanted.operations, slot.memory <= wanted.memory else { return nil }
        return slot.operations < wanted.operations || slot.memory < wanted.memory ? wanted : nil
    }

    private func wanted(_ available: UInt64?) -> KeyDerivation {
        let isPlenty = (available ?? 0) / Self.plenty >= most
        let memory = isPlenty ? most : min(most, Self.usual)
        let salt = randomBytes(KeyDerivation.saltLength)
        return KeyDerivation(operations: Self.operations, memory: memory, salt: salt) ?? .recommended()
    }
}
