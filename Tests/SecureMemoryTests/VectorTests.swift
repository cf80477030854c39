import SecureMemory
import Testing

@Suite struct VectorTests {
    // MARK: XChaCha20-Poly1305, draft-irtf-cfrg-xchacha-03 A.3.1

    static let sunscreen = Array(
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
            .utf8)
    static let context = bytes(hex: "50515253c0c1c2c3c4c5c6c7")
    static let sealed = bytes(
        hex: """
            404142434445464748494a4b4c4d4e4f5051525354555657
            bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
            ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
            21f9664c97637da9768812f615c68b13b52e
            c0875924c1c7987947deafd8780acf49
            """)

    static let key = [UInt8](0x80...0x9f)

    private func opened(_ sealed: [UInt8], key: [UInt8] = key, context: [UInt8] = context) -> [UInt8]? {
        revealed(AuthenticatedSealing.open(sealed, under: secret(key), context: context))
    }

    @Test func `sealing gives the draft's bytes`() {
        let made = AuthenticatedSealing.seal(
            Self.sunscreen.span.bytes, under: secret(Self.key), context: Self.context,
            nonce: Array(Self.sealed[..<24]))
        #expect(made == Self.sealed)
    }

    @Test func `the draft's bytes open`() {
        #expect(opened(Self.sealed) == Self.sunscreen)
    }

    @Test func `a change of any byte is refused`() {
        for index in Self.sealed.indices {
            var changed = Self.sealed
            changed[index] ^= 1
            #expect(opened(changed) == nil)
        }
    }

    @Test func `a truncation at any length is refused`() {
        for length in Self.sealed.indices {
            #expect(opened(Array(Self.sealed[..<length])) == nil)
        }
    }

    @Test func `another key or context is refused`() {
        #expect(opened(Self.sealed, context: []) == nil)
        #expect(opened(Self.sealed, key: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(opened(Self.sealed, key: [UInt8](Self.key[..<31])) == nil)
    }

    @Test func `an empty value is sealed and opened, each time otherwise`() {
        let key = SecretBytes.random(count: 32)
        let one = AuthenticatedSealing.seal([UInt8]().span.bytes, under: key, context: [])
        let other = AuthenticatedSealing.seal([UInt8]().span.bytes, under: key, context: [])
        #expect(one.count == AuthenticatedSealing.overhead)
        #expect(one != other)
        #expect(revealed(AuthenticatedSealing.open(one, under: key, context: [])) == [])
    }

    // MARK: Ed25519, RFC 8032 section 7.1

    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            """
            e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
            5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
            """
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            """
            92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
            085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
            """
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            """
            6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
            18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
            """
        ),
    ]) func `a signature is the RFC's`(seed: String, publicKey: String, message: String, signature: String) throws {
        guard let key = SigningKey(seed: secret(hex: seed)) else { throw NoKey() }
        let text = bytes(hex: message)
        #expect(key.publicKey == bytes(hex: publicKey))
        let made = key.sign(text.span.bytes)
        #expect(made == bytes(hex: signature))
        #expect(isValid(bytes(hex: signature), of: text, by: key.publicKey))
        #expect(key.withSeed { revealed($0) } == bytes(hex: seed))
    }

    @Test func `a signature of another message, by another key or cut short is refused`() {
        let key = SigningKey()
        let message: [UInt8] = [1, 2, 3]
        let signature = key.sign(message.span.bytes)
        #expect(isValid(signature, of: message, by: key.publicKey))
        #expect(!isValid(signature, of: Array(message[..<2]), by: key.publicKey))
        #expect(!isValid(signature, of: message, by: SigningKey().publicKey))
        #expect(!isValid(Array(signature[..<63]), of: message, by: key.publicKey))
        #expect(!isValid(signature, of: message, by: Array(key.publicKey[..<31])))
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!isValid(changed, of: message, by: key.publicKey))
        }
    }

    @Test func `a seed or private key of another length is refused`() {
        let signing = SigningKey(seed: SecretBytes(zeros: 31)) == nil
        let sealing = SealingKey(privateKey: SecretBytes(zeros: 33)) == nil
        #expect(signing && sealing)
    }

    // MARK: X25519, RFC 7748 section 6.1

    @Test(arguments: [
        (
            "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
        ),
        (
            "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
        ),
    ]) func `a public key is the RFC's`(privateKey: String, publicKey: String) throws {
        guard let key = SealingKey(privateKey: secret(hex: privateKey)) else { throw NoKey() }
        #expect(key.publicKey == bytes(hex: publicKey))
    }

    @Test func `a sealed box opens for its key alone and unchanged`() throws {
        let key = SealingKey()
        let other = SealingKey()
        let message = Array("T4K9QZ".utf8)
        let box = SealingKey.seal(message.span.bytes, to: key.publicKey)
        let sealed = try #require(box)
        #expect(sealed.count == message.count + SealingKey.overhead)
        #expect(revealed(key.open(sealed)) == message)
        #expect(revealed(other.open(sealed)) == nil)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(revealed(key.open(changed)) == nil)
            #expect(revealed(key.open(Array(sealed[..<index]))) == nil)
        }
        let unsealed = SealingKey.seal(message.span.bytes, to: Array(key.publicKey[..<31]))
        #expect(unsealed == nil)
    }

    // MARK: Digests

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ]) func `SHA-256 is the standard's`(text: String, digest: String) {
        let made = sha256(Array(text.utf8).span.bytes)
        #expect(made == bytes(hex: digest))
    }

    // Made with Python: hashlib.blake2b(text, key=bytes(range(32)), digest_size=32).
    @Test(arguments: [
        ("", "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d"),
        ("abc", "d63a32d3e44738d7907f964316c241adaba0abfeabc32349677578a15a203f7f"),
    ]) func `keyed BLAKE2b-256 is another implementation's`(text: String, digest: String) {
        let made = keyedDigest(Array(text.utf8).span.bytes, key: secret([UInt8](0..<32)))
        #expect(made == bytes(hex: digest))
    }

    // MARK: Argon2id

    // Made with Debian's `argon2 0123456789abcdef -id -t … -m … -p 1 -l 32 -v 13 -r`.
    @Test(arguments: [
        (
            "correct horse battery staple", 3, 64,
            "a3996bf29c8b08313dab38c2410db2271c99112bb64af8f092eed2f9d6c98272"
        ),
        ("password", 1, 8, "771338d819573c67116b39e1788ae8e04b0eb0cf9dfbbfe2e6d746cf3e464fc7"),
        ("password", 3, 65536, "daf16780dcb73e862146297fa17b81b86b480f33c0b67daef0f2c7c809c5797b"),
    ]) func `a derived key is the argon2 program's`(passphrase: String, passes: Int, kibibytes: Int, key: String) throws
    {
        let derivation = try #require(
            KeyDerivation(
                operations: UInt64(passes), memory: UInt64(kibibytes) << 10, salt: Array("0123456789abcdef".utf8)))
        let derived = derivation.key(from: secret(Array(passphrase.utf8)), length: 32)
        #expect(revealed(derived) == bytes(hex: key))
    }

    @Test func `no key comes from an empty passphrase`() throws {
        let derivation = try #require(KeyDerivation(operations: 1, memory: 8192, salt: randomBytes(16)))
        #expect(revealed(derivation.key(from: SecretBytes(zeros: 0), length: 32)) == nil)
    }

    @Test(
        arguments: [
            (0, 8192, 16), (65, 8192, 16), (1, 8191, 16), (1, (2 << 30) + 1, 16), (1, 8192, 15), (1, 8192, 17),
            (UInt64.max, UInt64.max, 16),
        ] as [(UInt64, UInt64, Int)]) func `parameters out of bounds are refused`(
            operations: UInt64, memory: UInt64, salt: Int
        )
    {
        #expect(KeyDerivation(operations: operations, memory: memory, salt: randomBytes(salt)) == nil)
    }

    @Test func `fresh parameters have fresh salts`() {
        #expect(KeyDerivation.recommended().salt != KeyDerivation.recommended().salt)
    }

    // MARK: Base64, RFC 4648 section 10

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]) func `base64 is the RFC's both ways`(text: String, encoded: String) {
        let plain = Array(text.utf8)
        #expect(base64(plain) == encoded)
        #expect(SecureMemory.bytes(base64: encoded, limit: 6) == plain)
        let unpadded = String(encoded.prefix { $0 != "=" })
        #expect(base64URL(plain) == unpadded)
        #expect(SecureMemory.bytes(base64URL: unpadded, limit: 6) == plain)
    }

    @Test(arguments: ["Zg", "Zg=", "Z===", "Zm9v!", "Zm9vZm9vZg==", "Zh==", "Zm 9v", "Zm9v\n"])
    func `base64 that is not exact or too long is refused`(text: String) {
        #expect(SecureMemory.bytes(base64: text, limit: 6) == nil)
    }
}

private struct NoKey: Error {}

private func isValid(_ signature: [UInt8], of message: [UInt8], by publicKey: [UInt8]) -> Bool {
    SigningKey.isValid(signature, of: message.span.bytes, by: publicKey)
}
