import CSodium

/// A key from a passphrase: Argon2id (RFC 9106, version 1.3, one lane), as libsodium offers it.
public struct KeyDerivation: Equatable, Sendable {
    /// Bytes of a salt.
    public static let saltLength = 16
    /// Passes that a stored slot may ask for, at the most: a hostile file must not take the machine down.
    public static let maximumOperations: UInt64 = 64
    /// Bytes of memory that a stored slot may ask for, at the most.
    public static let maximumMemory: UInt64 = 2 << 30

    /// Passes over the memory.
    public let operations: UInt64
    /// Bytes of memory.
    public let memory: UInt64
    /// 16 random bytes.
    public let salt: [UInt8]

    /// Parameters read from a slot; nil if they are out of bounds.
    public init?(operations: UInt64, memory: UInt64, salt: [UInt8]) {
        guard salt.count == Self.saltLength, (1...Self.maximumOperations).contains(operations),
            (8192...Self.maximumMemory).contains(memory)
        else { return nil }
        self.operations = operations
        self.memory = memory
        self.salt = salt
    }

    /// Fresh parameters of the strength that RFC 9106 section 4 recommends second: 3 passes over 64 MiB.
    public static func recommended() -> KeyDerivation {
        KeyDerivation(operations: 3, memory: 64 << 20, salt: randomBytes(saltLength))!
    }

    /// The derived key of `length` bytes; nil if the passphrase is empty or the memory can't be had.
    ///
    /// Takes long: never on an event loop.
    public func key(from passphrase: borrowing SecretBytes, length: Int) -> SecretBytes? {
        guard passphrase.count > 0 else { return nil }
        let key = SecretBytes(zeros: length)
        let outcome = key.withMutableBytes { target in
            passphrase.withBytes { passphrase in
                unsafe target.withUnsafeMutableBytes { target in
                    unsafe passphrase.withUnsafeBytes { passphrase in
                        unsafe crypto_pwhash(
                            target.baseAddress!.assumingMemoryBound(to: UInt8.self), UInt64(length),
                            passphrase.baseAddress!.assumingMemoryBound(to: CChar.self), UInt64(passphrase.count), salt,
                            operations, Int(memory), crypto_pwhash_ALG_ARGON2ID13)
                    }
                }
            }
        }
        guard outcome == 0 else { return nil }
        return key
    }
}
