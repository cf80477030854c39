import Glibc
import Posix
import SecureMemory
import Vault

/// Makes one change of a vault, for tests that kill it at each of its system calls: `clave-vault-writer FOLDER CHANGE`.
///
/// The vault's passphrase is "open sesame"; it changes to "xyzzy". The keyring's keys are those of `keyring(_:)`.
@main
struct Main {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { exit(64) }
        do throws(VaultError) {
            try change(arguments[2], arguments[1])
        } catch {
            let text = Array("\(error)\n".utf8)
            _ = write(2, text, text.count)
            exit(1)
        }
        exit(0)
    }

    private static func change(_ change: String, _ folder: String) throws(VaultError) {
        if change == "create" {
            _ = try Vault.create(in: folder, passphrase: secret("open sesame"), derivation: derivation(8192))
            return
        }
        if change == "restore" {
            guard let file = try? Files.read(folder + "/backup", limit: 1 << 20) else { exit(2) }
            _ = try Vault.restore(VaultBackup(opening: file, passphrase: secret("xyzzy")), in: folder)
            return
        }
        var vault = try Vault.open(in: folder, passphrase: secret("open sesame"))
        let name = RecordID(bytes: [UInt8](repeating: 1, count: 16))!
        switch change {
        case "put": try vault.put(name, kind: .identity, secret("new"))
        case "remove": try vault.remove(name)
        case "passphrase":
            try vault.changePassphrase(to: secret("xyzzy"), derivation: derivation(8192), keyring: keyring(2))
        case "key": try vault.changeKey(passphrase: secret("open sesame"), derivation: derivation(8192))
        case "keyring": try vault.setKeyring(keyring(2))
        case "no-keyring": try vault.removeKeyring()
        case "derivation": try vault.setDerivation(derivation(16384), passphrase: secret("open sesame"))
        default: exit(64)
        }
    }

    private static func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span.bytes) }

    private static func derivation(_ memory: UInt64) -> KeyDerivation {
        KeyDerivation(operations: 1, memory: memory, salt: randomBytes(KeyDerivation.saltLength))!
    }

    private static func keyring(_ number: UInt8) -> KeyringKey {
        KeyringKey(
            id: SlotID(bytes: [UInt8](repeating: number, count: 16))!,
            key: SecretBytes(copying: [UInt8](repeating: number, count: 32).span.bytes))
    }
}
