import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Vault

@testable import AgentCore

/// A vault as an earlier version of the program left it: format 1, one slot for a passphrase (Argon2id, one pass over
/// 8 KiB), two identities in records of version 1, which had no policies, and a setting.
///
/// `StoredVault.made()` made it, once, with the code of the version whose records were of version 2; a record of version 1
/// is one of version 2 without the policies at its end. It is never made again: with `CLAVE_PRINT_FIXTURE` in the
/// environment the test prints one, to be put beside it when another old version is to be kept.
private enum StoredVault {
    static let passphrase = "a test passphrase"
    static let names = ["AINA PROVA MOSTRA", "GRACE SAMPLE"]
    static let publicKeys = [
        "679a43e61a2fa0342bce682cec4c097b845371a686273eb6c44dce63623b1d1d",
        "140301925e9c7b392762b3f8f9da8d4a72b173e4a568fed0e02574fd5df4869f",
    ]
    static let file = """
        AAAAC2NsYXZlLXZhdWx0AAAAAQAAABCf/H0Kd0lkYKqH9GfsXGgFAAAAAQAAAAEAAABwAAAAAAAAAAEAAAAAAAAgAAAAABBRTcxb
        d02VGXmocMK8LH/KAAAASK6X2rnO+qc4KLEtMlQW9WvIYRacVIZk2TdWyki2uXPvTXDa72CiY7jZG3TPmkjksjluGBl7KRLwjfy3
        oKqImZ+G/IjItIkgWgAAAAMAAAAQAQEBAQEBAQEBAQEBAQEBAQAAAAEAAAEU/3P/4wBG8J1fZ4sQDejzfnlopi+7Ua0mzS4zFyZL
        a0o/fii1WzbxqltDN/MJasaQ9cbA6RnZxNMl7PKuqZUCocYGqVa06oRKlmWHhSIcIle+oKD/JqwJkgHUc+wisPO0tRYpwPKkIyk5
        wE6VlDYI83ZWfDoARblr2A07IWAb7VlXW7c4rGnDSG8Trbqcjl0pmxMLyghkkhy7+MTkZo60hzyTyX80BCXMl9Z3KzqZYgHhztxa
        4p9KvwmaKC0p2LNByNVQ2PiqiiNiGgJ9a9tyIwzrtoh+Jq8Ir1SYONReGlYBW1hCf4vOHSY8HEIdx848FZ15nVuB2fmrqR/TQpC0
        0pzkJhwfDhqifAUReyCppXDMyFUHAAAAEAICAgICAgICAgICAgICAgIAAAABAAABDxX6JQpwBQQHNWH06rka8yQ1IGAMf5wGjWy6
        5+wpUoOcM7hPawGlySzlBF980DsHcPLktXTOq0bZFcBj2vO/GovEoUaUAFpqpaOlhchdw/xAzlllVkpz22unYOECHyn2FzbSTeoe
        HhPXHdQXAbqd8ijoViB6Elo0DAOFAMzB3/6XC64EwX1jMIjHM1DW0JGo/42KRew2eKxsvGUsT8G3T18v1xFnKWy8IgPMn/XsfKCI
        BoBXpssyclomyGvJOH9oZfp2owRUliUaNb8+E4q0Rna3HD0DP8YyAy5vbNelHc67Jp4jWAiIaUroQnC7ZIZhWryrs2USFdrD08cY
        sPOQ5ocos4N9dVqdUdwJWLGEQbYAAAAQCQkJCQkJCQkJCQkJCQkJCQAAAAIAAAAs9RUwYmE6ACbr/RW97QOJy2fyPubv8UsdbBlv
        CkHYu99aMWQkcGb+kx24wOwAAAAgFEvAVc3uZnaTPkvI5SDzLeWIeSl2na4mpgQY4lOQGGw=
        """

    static var bytes: [UInt8] { Array(Data(base64Encoded: file, options: .ignoreUnknownCharacters) ?? Data()) }

    static func made() throws -> (file: [UInt8], publicKeys: [String]) {
        let folder = NSTemporaryDirectory() + "clave-fixture-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let weakest = KeyDerivation(operations: 1, memory: 8192, salt: randomBytes(16))!
        var vault = try Vault.create(in: folder, passphrase: secret(passphrase), derivation: weakest)
        var keys: [String] = []
        for (number, name) in names.enumerated() {
            let record = IdentityRecord(
                identifier: Identifier([UInt8](repeating: UInt8(number + 1), count: 16))!, method: "sms",
                grant: Grant(
                    name: name, document: ["12345678Z", "X1234567L"][number], level: 1,
                    activatedAt: 1_700_000_000 + UInt64(number)),
                trust: GatewayTrust(origin: FakeGateway.origin, certificates: [], pin: "sha256//AAAA"),
                gatewayName: "Fake", gatewayKey: [UInt8](repeating: 2, count: 32), keys: DeviceKeys())
            keys.append(hexadecimal(record.keys.signing.publicKey))
            var bytes = revealed(record.encoded())
            bytes.removeLast(15)
            bytes[3] = 1
            try vault.put(
                RecordID(bytes: record.identifier.bytes)!, kind: .identity, SecretBytes(copying: bytes.span.bytes))
        }
        try vault.put(RecordID(bytes: [UInt8](repeating: 9, count: 16))!, kind: .setting, secret("kept"))
        return (try Files.read(folder + "/vault", limit: 1 << 20), keys)
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
    static func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span.bytes) }
    static func revealed(_ secret: borrowing SecretBytes) -> [UInt8] {
        secret.withBytes { $0.withUnsafeBytes { Array($0) } }
    }
}

@Suite struct `A vault that an earlier version left` {
    /// A core with that vault.
    private func stage(_ file: [UInt8] = StoredVault.bytes) throws -> Stage {
        let stage = try Stage()
        try Files.makeFolder(stage.core.folder + "/vault")
        try Files.replace(stage.core.folder + "/vault/vault", with: file)
        return stage
    }

    /// The number of the version of each identity's record, by opening a copy.
    private func versions(_ file: [UInt8]) throws -> [UInt8] {
        let backup = try VaultBackup(opening: file, passphrase: StoredVault.secret(StoredVault.passphrase))
        var found: [UInt8] = []
        for info in backup.records where info.kind == .identity {
            found.append(StoredVault.revealed(try backup.read(info.id))[3])
        }
        return found
    }

    private func file(_ stage: Stage) throws -> [UInt8] {
        try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20)
    }

    @Test func `is opened as it is, with its keys`() throws {
        if ProcessInfo.processInfo.environment["CLAVE_PRINT_FIXTURE"] != nil {
            let made = try StoredVault.made()
            print(Data(made.file).base64EncodedString(), made.publicKeys)
        }
        #expect(try versions(StoredVault.bytes) == [1, 1])
        let stage = try stage()
        let identities = try stage.core.connect().send(IdentitiesRequest()).identities
        #expect(identities.map(\.name) == StoredVault.names)
        #expect(identities.map { StoredVault.hexadecimal($0.publicKey) } == StoredVault.publicKeys)
        #expect(identities.allSatisfy { $0.policies == ConfirmationPolicies() })
        #expect(try versions(try file(stage)) == [1, 1])
    }

    @Test func `becomes the present version record by record, as each is written, and is read again`() throws {
        let stage = try stage()
        let first = try #require(try stage.core.connect().send(IdentitiesRequest()).identities.first)
        #expect(
            stage.refusal(SetPolicyRequest(identity: first.identifier, operation: .pin, policy: .passphrase)) == nil)
        let written = try versions(try file(stage))
        #expect(written[0] > 1 && written[1] == 1)
        let again = try self.stage(try file(stage))
        let identities = try again.core.connect().send(IdentitiesRequest()).identities
        #expect(identities.map { StoredVault.hexadecimal($0.publicKey) } == StoredVault.publicKeys)
        #expect(identities.map { $0.policies[.pin] } == [.passphrase, .ask])
    }

    @Test func `keeps what the present version does not list`() throws {
        let stage = try stage()
        let first = try #require(try stage.core.connect().send(IdentitiesRequest()).identities.first)
        #expect(stage.refusal(RemoveRequest(first.identifier)) == nil)
        let backup = try VaultBackup(
            opening: try file(stage), passphrase: StoredVault.secret(StoredVault.passphrase))
        let setting = try #require(backup.records.first { $0.kind == .setting })
        #expect(StoredVault.revealed(try backup.read(setting.id)) == Array("kept".utf8))
    }

    @Test func `is restored from a backup`() throws {
        let stage = try Stage()
        let connection = try stage.core.connect()
        _ = try connection.send(VaultPartRequest(offset: 0, bytes: StoredVault.bytes))
        #expect(try connection.send(RestoreRequest()) == BackupInfo(records: 3))
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.map(\.name) == StoredVault.names)
    }
}
