import CSodium

/// `bytes` in base64 (RFC 4648 section 4, with padding). Not for secrets: text can't be wiped.
public func base64(_ bytes: [UInt8]) -> String {
    encoded(bytes, variant: 1)
}

/// `bytes` in base64url without padding (RFC 4648 section 5). Not for secrets: text can't be wiped.
public func base64URL(_ bytes: [UInt8]) -> String {
    encoded(bytes, variant: 7)
}

/// base64url without padding of bytes that come in parts: three make four characters, so what is left of a part goes before
/// the next one. Not for secrets.
public struct Base64URLParts {
    private var left: [UInt8] = []

    /// Of nothing yet.
    public init() {}

    /// The characters of what has come, as far as it makes whole ones.
    public mutating func encode(_ part: [UInt8]) -> [UInt8] {
        let all = left + part
        let end = all.count - all.count % 3
        left = Array(all[end...])
        return Array(base64URL(Array(all[..<end])).utf8)
    }

    /// The characters of the rest, behind all others.
    public consuming func finish() -> [UInt8] { Array(base64URL(left).utf8) }
}

/// The bytes of base64 text with padding; nil if it is not that, or holds more than `limit` bytes.
public func bytes(base64 text: String, limit: Int) -> [UInt8]? {
    decoded(text, variant: 1, limit: limit)
}

/// The bytes of base64url text without padding; nil if it is not that, or holds more than `limit` bytes.
public func bytes(base64URL text: String, limit: Int) -> [UInt8]? {
    decoded(text, variant: 7, limit: limit)
}

// The variants are libsodium's numbers: `sodium_base64_VARIANT_ORIGINAL` and `…_URLSAFE_NO_PADDING`.

private func encoded(_ bytes: [UInt8], variant: Int32) -> String {
    Sodium.prepare()
    var buffer = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, variant))
    unsafe sodium_bin2base64(&buffer, buffer.count, bytes, bytes.count, variant)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func decoded(_ text: String, variant: Int32, limit: Int) -> [UInt8]? {
    let characters = text.utf8.map { CChar(bitPattern: $0) }
    guard characters.count / 4 * 3 <= limit + 3 else { return nil }
    var buffer = [UInt8](repeating: 0, count: characters.count / 4 * 3 + 3)
    var count = 0
    let outcome = unsafe sodium_base642bin(
        &buffer, buffer.count, characters, characters.count, nil, &count, nil, variant)
    guard outcome == 0, count <= limit else { return nil }
    return Array(buffer[..<count])
}
