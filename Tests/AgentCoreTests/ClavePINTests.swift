import AgentProtocol
import Foundation
import GatewayAPI
import Posix
import SecureMemory
import TestSupport
import Testing
import Vault
import Wire

@testable import AgentCore

/// A vault as an agent for Cl@ve PIN alone left it: one identity, in a record of version 0, which knew neither a level nor
/// Cl@ve Mòbil.
///
/// `made()` made it, once; it is never made again: with `CLAVE_PRINT_FIXTURE` in the environment the test prints one.
private enum OldVault {
    static let passphrase = "a test passphrase"
    /// Of its gateway's signing key.
    static let gatewaySeed = [UInt8](repeating: 7, count: 32)
    static let publicKeys = (
        "1bc57663f194bc8f2221020c90ca3ba9dc1fa738a304f97c4f2a62f264d3560e",
        "79873faab792fc404d33c7c5a28e054570949d17b61bf4f13c2b5e1c6e253a06"
    )
    static let file = """
        AAAAC2NsYXZlLXZhdWx0AAAAAQAAABDVWeVNpDHGbsDbDTqybbrEAAAAAQAAAAEAAABwAAAAAAAAAAEAAAAAAAAgAAAAABArppYl
        8HdkWbypzIt28KGTAAAASL+wLiw/Vw7rrvx1s40nsqx2P/BwlrtgLOHAz1GBHPI5orsfv2m/Y6RXaXlFS6ds045+w76/28eHwLrV
        IlHagRUS7jsQKT6G4QAAAAEAAAAQAQEBAQEBAQEBAQEBAQEBAQAAAAEAAAEE72V8PVjGSJSMME83Ne4+eOPRB0LI3uQWh0GyYeyl
        +pfNdAAOnJ3Stb90+qeW7sXk4IjK9ZdjNFdgnqsyiqdE8P7tUxOzwW9HF4QeV0Gz14imKdD/7I5t1MtBeLVgsv0aFxvlFq4xdK3D
        n98IWFeCf4FfW6Ow3TpF08AZMShM3XFHaeE7E3+52fz6JnDOHgLt+SOE9W0MzNQDPahoxqwamwueKLJ+hZjXWJxavM9svOK7EBpk
        dftkolQSrzU4JoklQ4UwKAz3ByqmYSjuLEOnMSsC7sJnd3gk71S1e8FygPNL7OobtR0MyUZoVQCehNQ1AQKMClGvRVj8sugvqKYc
        0KITgR8AAAAg6MM5cN96D7Xy4sUUEhQn8AUtwlP3dddLiJYPNvddv3I=
        """

    static var bytes: [UInt8] { Array(Data(base64Encoded: file, options: .ignoreUnknownCharacters) ?? Data()) }

    static func made() throws -> [UInt8] {
        let folder = NSTemporaryDirectory() + "clave-fixture-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let weakest = KeyDerivation(operations: 1, memory: 8192, salt: randomBytes(16))!
        var vault = try Vault.create(in: folder, passphrase: secret(passphrase), derivation: weakest)
        let signing = SigningKey()
        let sealing = SealingKey()
        for key in [signing.publicKey, sealing.publicKey] {
            print("KEY", key.map { String(format: "%02x", $0) }.joined())
        }
        var writer = SecretWriter()
        writer.put(UInt32(0))
        Identifier([UInt8](repeating: 1, count: 16))!.encode(into: &writer)
        writer.put("12345678Z")
        writer.put("AINA PROVA MOSTRA")
        GatewayTrust(origin: FakeGateway.origin, certificates: [], pin: "sha256//AAAA").encode(into: &writer)
        writer.put("Fake")
        writer.put(SigningKey(seed: SecretBytes(copying: gatewaySeed.span.bytes))!.publicKey)
        signing.withSeed { writer.put($0) }
        sealing.withPrivateKey { writer.put($0) }
        try vault.put(RecordID(bytes: [UInt8](repeating: 1, count: 16))!, kind: .identity, writer.finish())
        return try Files.read(folder + "/vault", limit: 1 << 20)
    }

    static func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8).span.bytes) }
}

@Suite struct `An identity of Cl@ve PIN` {
    private static let grant = Grant(
        name: "AINA PROVA MOSTRA", document: "12345678Z", level: 1, activatedAt: 1_600_000_000)

    private func stage(_ file: [UInt8] = OldVault.bytes) throws -> Stage {
        let stage = try Stage(gateway: FakeGateway(seed: OldVault.gatewaySeed))
        try Files.makeFolder(stage.core.folder + "/vault")
        try Files.replace(stage.core.folder + "/vault/vault", with: file)
        stage.gateway.set {
            $0.deviceKey = Self.bytes(OldVault.publicKeys.0)
            $0.deviceSealingKey = Self.bytes(OldVault.publicKeys.1)
        }
        return stage
    }

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        stride(from: 0, to: hexadecimal.count, by: 2).map {
            UInt8(hexadecimal.dropFirst($0).prefix(2), radix: 16) ?? 0
        }
    }

    private func file(_ stage: Stage) throws -> [UInt8] {
        try Files.read(stage.core.folder + "/vault/vault", limit: 1 << 20)
    }

    private func version(_ file: [UInt8]) throws -> UInt8 {
        let backup = try VaultBackup(opening: file, passphrase: OldVault.secret(OldVault.passphrase))
        let record = try backup.read(backup.records[0].id)
        return record.withBytes { $0.unsafeLoad(fromByteOffset: 3, as: UInt8.self) }
    }

    @Test func `is upgraded in place by the unlock alone, and takes PINs and requests alike`() throws {
        if ProcessInfo.processInfo.environment["CLAVE_PRINT_FIXTURE"] != nil {
            print("FILE", Data(try OldVault.made()).base64EncodedString())
        }
        #expect(try version(OldVault.bytes) == 0)
        let stage = try stage()
        stage.gateway.set { $0.upgrade = Self.grant }
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        try eventually("upgraded") { try stage.core.connect().send(IdentitiesRequest()).identities.first?.level == 1 }
        #expect(stage.person.questions.map(\.subject) == [.unlock(wrongTries: 0)])
        #expect(try version(try file(stage)) > 0)
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(1)))
        try stage.gateway.push(.mobile(FakeGateway.details(2)))
        #expect(try stage.pending(2).map(\.kind) == [.pin, .mobile])
        // A later start has nothing to do.
        let again = try self.stage(try file(stage))
        #expect(again.refusal(UnlockVaultRequest()) == nil)
        try again.connected()
        #expect(!again.gateway.posted.contains(Upgrade.path))
        let kept = try #require(try again.core.connect().send(IdentitiesRequest()).identities.first)
        #expect(kept.level == 1 && kept.activatedAt == 1_600_000_000 && kept.name == "AINA PROVA MOSTRA")
    }

    @Test func `takes PINs as it did while its gateway does not upgrade it`() throws {
        let stage = try stage()
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        try eventually("asked") { stage.gateway.posted.contains(Upgrade.path) }
        try stage.connected()
        try stage.gateway.push(.pin(FakeGateway.pin(), FakeGateway.details(1)))
        #expect(try stage.pending(1).map(\.kind) == [.pin])
        #expect(try version(try file(stage)) == 0)
    }

    @Test func `believes no grant of another person's`() throws {
        let stage = try stage()
        stage.gateway.set { $0.upgrade = Grant(name: "X", document: "00000000T", level: 2, activatedAt: 1) }
        #expect(stage.refusal(UnlockVaultRequest()) == nil)
        try eventually("asked") { stage.gateway.posted.contains(Upgrade.path) }
        try stage.connected()
        #expect(try stage.core.connect().send(IdentitiesRequest()).identities.first?.level == 0)
        #expect(try version(try file(stage)) == 0)
    }
}
