import SecureMemory
import TestSupport
import Testing
import Wire

/// A client that adds keys and looks at the list.
private struct KeyHolder {
    let client: RawClient

    init() throws { client = try RawClient(CoreHarness()) }

    /// Adds a fresh key; whether it was taken.
    func add(comment: String) throws -> Bool {
        let key = SigningKey()
        var pair = SecretWriter()
        key.withSeed { seed in seed.withBytes { pair.append(secret: $0) } }
        pair.append(key.publicKey.span.bytes)
        var payload = SecretWriter()
        payload.put(byte: 17)
        payload.put("ssh-ed25519")
        payload.put(key.publicKey)
        payload.put(pair.finish())
        payload.put(comment)
        var frame = SecretWriter()
        frame.put(payload.finish())
        try client.write(frame.finish().withBytes { bytes in bytes.withUnsafeBytes { Array($0) } })
        return try client.read() == [6]
    }

    /// Removes all keys.
    func clear() throws {
        try client.write([0, 0, 0, 1, 19])
        #expect(try client.read() == [6])
    }

    /// How many keys a list has, whose frame must be one that clients take.
    func listed() throws -> Int {
        try client.write([0, 0, 0, 1, 11])
        let list = try #require(try client.read())
        #expect(list.count <= 262_144 && list.first == 12)
        return list[1..<5].reduce(0) { $0 << 8 | Int($1) }
    }
}

@Suite struct `The list of keys` {
    @Test func `has every key that was taken, and no more are taken than OpenSSH's tools take in a list`() throws {
        let holder = try KeyHolder()
        for number in 0..<2048 { #expect(try holder.add(comment: "\(number)")) }
        #expect(try !holder.add(comment: "one more"))
        #expect(try holder.listed() == 2048)
        try holder.clear()
        #expect(try holder.add(comment: "again") && holder.listed() == 1)
    }

    @Test func `never outgrows a frame, however long the comments are`() throws {
        let holder = try KeyHolder()
        var taken = 0
        while try holder.add(comment: String(repeating: "c", count: 1000)) {
            taken += 1
            try #require(taken < 2048)
        }
        // 1,059 bytes each.
        #expect(taken == 262_139 / 1059)
        #expect(try holder.listed() == taken)
        // A short one still has room.
        #expect(try holder.add(comment: "") && holder.listed() == taken + 1)
    }
}
