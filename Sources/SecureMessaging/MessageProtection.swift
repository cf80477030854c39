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
    borrowing func encrypted(_ data: RawSpan) -> [UInt8]? {
        guard let iv = iv() else { return nil }
        let padded = keys.cipher.padded(data)
        return padded.withBytes { keys.cipher.crypt($0, key: keys.encryption, iv: iv, encrypts: true) }
    }

    /// The data of a cryptogram whose code is right; nil if it is none.
    borrowing func decrypted(_ cryptogram: [UInt8]) -> [UInt8]? {
        guard !cryptogram.isEmpty, cryptogram.count % keys.cipher.blockLength == 0, let iv = iv() else { return nil }
        return unsafe keys.cipher.crypt(cryptogram.span.bytes, key: keys.encryption, iv: iv, encrypts: false)
            .flatMap { keys.cipher.withoutPadding($0) }
    }

    /// The code over a command's header, or nothing for an answer, and the objects; nil if OpenSSL fails.
    borrowing func code(header: [UInt8] = [], objects: [UInt8]) -> [UInt8]? {
        let parts = [header, objects].filter { !$0.isEmpty }
        return keys.code(over: counter + parts.flatMap { keys.cipher.padded($0) })
    }

    /// Whether that is the code; the time taken does not tell where it differs.
    borrowing func isCode(_ code: [UInt8], header: [UInt8] = [], objects: [UInt8]) -> Bool {
        guard let right = self.code(header: header, objects: objects) else { return false }
        return unsafe constantTimeEqual(right.span.bytes, code.span.bytes)
    }

    /// The counter encrypted for AES, zero for 3DES (ICAO Doc 9303-11 section 9.8.6 and 9.8.7).
    private borrowing func iv() -> [UInt8]? {
        guard keys.cipher != .tripleDES else { return [UInt8](repeating: 0, count: 8) }
        return unsafe keys.cipher.crypt(counter.span.bytes, key: keys.encryption, encrypts: true)
    }
}
