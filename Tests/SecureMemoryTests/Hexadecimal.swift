import SecureMemory

/// The bytes of hexadecimal digits, as vectors are printed; spaces and line feeds are skipped.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// A secret with the bytes of a vector.
func secret(hex: String) -> SecretBytes {
    secret(bytes(hex: hex))
}

/// A secret with these bytes.
func secret(_ bytes: [UInt8]) -> SecretBytes {
    SecretBytes(copying: bytes.span.bytes)
}

/// What a secret holds, for comparison: `#expect` takes no noncopyable value.
func revealed(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { $0.withUnsafeBytes { Array($0) } }
}

/// What a secret holds; nil if there is none.
func revealed(_ secret: consuming SecretBytes?) -> [UInt8]? {
    switch consume secret {
    case .some(let secret): secret.withBytes { $0.withUnsafeBytes { Array($0) } }
    case .none: nil
    }
}

/// Whether secrets with these bytes are equal.
func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    secret(one).equals(secret(other))
}
