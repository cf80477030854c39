import SecureMemory

/// The keys and the counter of one channel, the same on both of its sides.
struct MessageProtection: ~Copyable {
    let keys: MessagingKeys
    /// The send sequence counter, as long as a block: one more for each command and for each answer.
    private(set) var counter: [UInt8]

    /// - Precondition: the counter, zero if there is none, is as long as a block.
    init(keys: consuming MessagingKeys, counter: [UInt8]? = nil) {
        let length = keys.cipher.blockLength
        precondition(counter.map { $0.count == length } ?? true)
        self.counter = counter ?? [UInt8](repeating: 0, count: length)
        self.keys = keys
    }

    /// Counts a message, before anything of it is made or checked.
    mutating func step() {
        for place in counter.indices.reversed() {
            counter[place] &+= 1
            if counter[place] != 0 { return }
        }
    }

    /// Padded data encrypted; nil if OpenSSL fails.
    borrowing func encrypted(_ data: [UInt8]) -> [UInt8]? {
        guard let iv = iv() else { return nil }
        return keys.cipher.crypt(padded(data), key: keys.encryption, iv: iv, encrypts: true)
    }

    /// The data of a cryptogram whose code is right; nil if it is none.
    borrowing func decrypted(_ cryptogram: [UInt8]) -> [UInt8]? {
        guard !cryptogram.isEmpty, cryptogram.count % keys.cipher.blockLength == 0, let iv = iv(),
            let data = keys.cipher.crypt(cryptogram, key: keys.encryption, iv: iv, encrypts: false)
        else { return nil }
        return withoutPadding(data)
    }

    /// The code over a command's header, or nothing for an answer, and the objects; nil if OpenSSL fails.
    borrowing func code(header: [UInt8] = [], objects: [UInt8]) -> [UInt8]? {
        let header = header.isEmpty ? [] : padded(header)
        let message = counter + header + (objects.isEmpty ? [] : padded(objects))
        return keys.code(over: message)
    }

    /// Whether that is the code; the time taken does not tell where it differs.
    borrowing func isCode(_ code: [UInt8], header: [UInt8] = [], objects: [UInt8]) -> Bool {
        guard let right = self.code(header: header, objects: objects) else { return false }
        return unsafe constantTimeEqual(right.span.bytes, code.span.bytes)
    }

    /// The counter encrypted for AES, zero for 3DES (ICAO Doc 9303-11 section 9.8.6 and 9.8.7).
    private borrowing func iv() -> [UInt8]? {
        guard keys.cipher != .tripleDES else { return [UInt8](repeating: 0, count: 8) }
        return keys.cipher.crypt(counter, key: keys.encryption, encrypts: true)
    }

    /// ISO/IEC 9797-1, padding method 2: a byte 80, then zeros to a whole block.
    private borrowing func padded(_ bytes: [UInt8]) -> [UInt8] {
        let length = keys.cipher.blockLength
        return bytes + [0x80] + [UInt8](repeating: 0, count: length - 1 - bytes.count % length)
    }

    private borrowing func withoutPadding(_ bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.lastIndex(where: { $0 != 0 }), bytes[end] == 0x80,
            bytes.count - end <= keys.cipher.blockLength
        else { return nil }
        return Array(bytes[..<end])
    }
}
