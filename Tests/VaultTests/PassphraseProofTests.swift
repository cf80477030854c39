import SecureMemory
import Testing

@testable import Vault

@Suite struct `What a vault's passphrase is known by` {
    private let folder = TestFolder()

    @Test func `is the same after it was kept as bytes, and takes the same passphrase alone`() throws {
        var vault = try makeVault(folder)
        try vault.setKeyring(KeyringKey.random())
        let proof = vault.passphraseProof
        let kept = try PassphraseProof(decoding: proof.encoded)
        #expect(kept == proof)
        #expect(try kept.accepts(secret("open sesame")))
        #expect(try !kept.accepts(secret("open sesame ")))
        // Neither the keyring's slot nor a record is in it.
        #expect(proof.encoded.count < 200)
    }

    @Test func `is none of bytes that are cut short, or go on`() throws {
        let bytes = try makeVault(folder).passphraseProof.encoded
        for count in 0..<bytes.count {
            #expect(throws: VaultError.self) { try PassphraseProof(decoding: Array(bytes[..<count])) }
        }
        #expect(throws: VaultError.self) { try PassphraseProof(decoding: bytes + [0]) }
    }
}
