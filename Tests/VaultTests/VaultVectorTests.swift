import Foundation
import Posix
import SecureMemory
import Testing
import Wire

@testable import Vault

/// The example of `contrib/doc/VAULT.md`. Its bytes were made by another implementation (XChaCha20-Poly1305 and
/// BLAKE2b in Python, Debian's `argon2`), not by this one.
@Suite struct VaultVectorTests {
    static let file = bytes(
        hex: """
            0000000b636c6176652d7661756c740000000100000010000102030405060708
            090a0b0c0d0e0f00000001000000010000007000000000000000010000000000
            0020000000001030313233343536373839616263646566000000484041424344
            45464748494a4b4c4d4e4f5051525354555657e83f914cb93fa276881a6597f3
            318cd6828059dd68c2c8ee3ad806aea1d8469eeb5f1b3ac0a738ad9642e2f5b4
            c318bc0000000200000010a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0000000100
            000034606162636465666768696a6b6c6d6e6f70717273747576776e57e1086c
            f4af3cd2dc6fdd984f365bdf798d87658e0fb6eacdc9b300000010b0b1b2b3b4
            b5b6b7b8b9babbbcbdbebf0000000200000028808182838485868788898a8b8c
            8d8e8f90919293949596973feecd012e25a4d000d4772de642751a0000002013
            5d6beb35bf80d7e6962c83c6d3214a15e4c2b58c832357fecbf00ab8897f8e
            """)

    static let passphrase = "correct horse battery staple"
    static let first = RecordID(bytes: [UInt8](0xa0...0xaf))!
    static let second = RecordID(bytes: [UInt8](0xb0...0xbf))!

    private static func vaultKey() -> SecretBytes { secret([UInt8](0x20...0x3f)) }

    private static func derivation() -> KeyDerivation {
        KeyDerivation(operations: 1, memory: 8192, salt: Array("0123456789abcdef".utf8))!
    }

    @Test func `the example opens and says what the document says`() throws {
        let folder = TestFolder()
        try Files.makeFolder(folder.vault)
        try Files.replace(folder.file, with: Self.file)
        let vault = try Vault.open(in: folder.vault, passphrase: secret(Self.passphrase))
        #expect(
            vault.records == [
                RecordInfo(id: Self.first, kind: .identity), RecordInfo(id: Self.second, kind: .setting),
            ])
        #expect(revealed(try vault.read(Self.first)) == Array("first record".utf8))
        #expect(revealed(try vault.read(Self.second)) == [])
    }

    @Test func `the same contents, salts and nonces give the example's bytes`() throws {
        let key = Self.vaultKey()
        var contents = VaultContents(id: [UInt8](0x00...0x0f))
        try contents.setPassphrase(
            secret(Self.passphrase), derivation: Self.derivation(), key: key, nonce: [UInt8](0x40...0x57))
        try contents.put(
            secret("first record"), id: Self.first, kind: 1, key: key, nonce: [UInt8](0x60...0x77))
        try contents.put(secret(""), id: Self.second, kind: 2, key: key, nonce: [UInt8](0x80...0x97))
        #expect(contents.encoded(key: key) == Self.file)
    }

    @Test func `the layout is the document's, field by field`() throws {
        func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
        func large(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }
        func string(_ bytes: [UInt8]) -> [UInt8] { number(UInt32(bytes.count)) + bytes }
        func sealed(_ text: [UInt8], _ key: borrowing SecretBytes, _ context: [UInt8], _ nonce: [UInt8]) -> [UInt8] {
            AuthenticatedSealing.seal(text.span.bytes, under: key, context: context, nonce: nonce)
        }
        let vault = [UInt8](0x00...0x0f)
        let records = derivedKey(named: "clave-vault records", from: Self.vaultKey())
        let wrapping = try #require(wrappingKey())
        let parameters = large(1) + large(8192) + string(Array("0123456789abcdef".utf8))
        let slotContext = string(Array("clave-vault slot".utf8)) + number(1) + string(vault) + number(1) + parameters
        let wrapped = sealed([UInt8](0x20...0x3f), secret(wrapping), slotContext, [UInt8](0x40...0x57))
        var said = string(Array("clave-vault".utf8)) + number(1) + string(vault)
        said += number(1) + number(1) + string(parameters + string(wrapped))
        said += number(2)
        for (id, kind, text, nonce) in [
            (Self.first, 1, "first record", 0x60...0x77), (Self.second, 2, "", 0x80...0x97),
        ] as [(RecordID, UInt32, String, ClosedRange<UInt8>)] {
            let context =
                string(Array("clave-vault record".utf8)) + number(1) + string(vault) + string(id.bytes) + number(kind)
            said += string(id.bytes) + number(kind)
            said += string(sealed(Array(text.utf8), records, context, [UInt8](nonce)))
        }
        let file = derivedKey(named: "clave-vault file", from: Self.vaultKey())
        #expect(said + string(keyedDigest(said.span.bytes, key: file)) == Self.file)
    }

    // MARK: The keyring's slot

    static let keyringSlot = bytes(
        hex: """
            000000020000006000000010c0c1c2c3c4c5c6c7c8c9cacbcccdcecf00000048
            606162636465666768696a6b6c6d6e6f7071727374757677e9eed8511c11fd4a
            64f2c0e1721e9936f6963f8315019af275f8fd1b6c21a8b885db04e065286559
            37a70ce1a8bf00c0
            """)

    private static func keyringKey() -> KeyringKey {
        KeyringKey(id: SlotID(bytes: [UInt8](0xc0...0xcf))!, key: secret([UInt8](0xe0...0xff)))
    }

    @Test func `the keyring's slot of the example opens, and is made again byte for byte`() throws {
        var contents = VaultContents(id: [UInt8](0x00...0x0f))
        try contents.setKeyring(Self.keyringKey(), key: Self.vaultKey(), nonce: [UInt8](0x60...0x77))
        var writer = ByteWriter()
        contents.slots[0].encode(into: &writer)
        #expect(writer.bytes == Self.keyringSlot)
        contents.slots = [
            try WireReader.read(Self.keyringSlot) { (reader) throws(WireError) in try Slot(decoding: &reader) }
        ]
        #expect(revealed(try contents.key(keyring: Self.keyringKey())) == [UInt8](0x20...0x3f))
    }

    @Test func `the document shows the bytes of the keyring's slot`() throws {
        #expect(try shown(after: "<!-- keyring example -->", to: "<!-- end of keyring example -->") == Self.keyringSlot)
    }

    @Test func `the document shows these bytes`() throws {
        #expect(try shown(after: "<!-- example -->", to: "<!-- end of example -->") == Self.file)
    }

    /// The bytes of an example in the document.
    private func shown(after first: String, to last: String) throws -> [UInt8] {
        let path = Files.parent(of: Files.parent(of: Files.parent(of: #filePath))) + "/contrib/doc/VAULT.md"
        let text = String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self)
        let start = try #require(text.range(of: first))
        let end = try #require(text.range(of: last))
        // A line of the example is an offset, the bytes and, after a bar, what they are.
        var shown: [UInt8] = []
        for line in text[start.upperBound..<end.lowerBound].split(separator: "\n") where line.hasPrefix("    ") {
            let columns = line.split(separator: "|", omittingEmptySubsequences: false)
            let words = columns[0].split(separator: " ")
            guard let offset = words.first else { continue }
            #expect(Int(offset) == shown.count)
            shown += words.dropFirst().flatMap { bytes(hex: String($0)) }
        }
        return shown
    }

    private func wrappingKey() -> [UInt8]? {
        switch Self.derivation().key(from: secret(Self.passphrase), length: 32) {
        case .some(let key): revealed(key)
        case .none: nil
        }
    }
}

/// The bytes of hexadecimal digits; spaces and line feeds are skipped.
private func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
