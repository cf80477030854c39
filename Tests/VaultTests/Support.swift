import Foundation
import Glibc
import Posix
import SecureMemory
import Testing

@testable import Vault

/// A folder of a test's own, removed at its end; the vault's is `vault` in it.
final class TestFolder {
    let path: String
    var vault: String { path + "/vault" }
    var file: String { vault + "/vault" }

    init() {
        var template = Array((NSTemporaryDirectory() + "/clave-vault-XXXXXX").utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file))) }

    /// Puts bytes in the file's place, as a thief or a bad disk would.
    func overwrite(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: file)) }
}

func secret(_ bytes: [UInt8]) -> SecretBytes { SecretBytes(copying: bytes.span.bytes) }
func secret(_ text: String) -> SecretBytes { secret(Array(text.utf8)) }

func revealed(_ secret: borrowing SecretBytes) -> [UInt8] {
    secret.withBytes { $0.withUnsafeBytes { Array($0) } }
}

/// An identifier that is the same byte sixteen times.
func record(_ byte: UInt8) -> RecordID { RecordID(bytes: [UInt8](repeating: byte, count: 16))! }

/// The weakest parameters that are allowed: tests open vaults a thousand times.
func weakest() -> KeyDerivation { KeyDerivation(operations: 1, memory: 8192, salt: randomBytes(16))! }

/// A new vault with the tests' passphrase.
func makeVault(_ folder: TestFolder) throws(VaultError) -> Vault {
    try Vault.create(in: folder.vault, passphrase: secret("open sesame"), derivation: weakest())
}

/// What a vault holds, opened with `passphrase`; it is closed again when this returns.
func contents(
    _ folder: String, passphrase: String = "open sesame"
) throws(VaultError) -> [RecordID: [UInt8]] {
    let vault = try Vault.open(in: folder, passphrase: secret(passphrase))
    var found: [RecordID: [UInt8]] = [:]
    for info in vault.records { found[info.id] = revealed(try vault.read(info.id)) }
    return found
}

/// The error that `body` throws: `#expect` takes no noncopyable value.
func failure(_ body: () throws(VaultError) -> Void) -> VaultError? {
    do { try body() } catch { return error }
    return nil
}
